"""What ships as data, and the one way to read it."""

import os

_FOLDER = os.path.dirname(os.path.abspath(__file__))


def read_bytes(*path: str) -> bytes:
    """The content of a shipped file, named by its path under this folder."""
    with open(os.path.join(_FOLDER, *path), "rb") as file:
        return file.read()


def read_text(*path: str) -> str:
    """The same as text in UTF-8."""
    return read_bytes(*path).decode()
