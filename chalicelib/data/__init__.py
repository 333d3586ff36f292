"""What ships as data, and the one way to read it."""

import json
import os
from functools import cache
from typing import Any

_FOLDER = os.path.dirname(os.path.abspath(__file__))


def read_bytes(*path: str) -> bytes:
    """The content of a shipped file, named by its path under this folder."""
    with open(os.path.join(_FOLDER, *path), "rb") as file:
        return file.read()


def read_text(*path: str) -> str:
    """The same as text in UTF-8."""
    return read_bytes(*path).decode()


class Texts(dict[str, Any]):
    """A text by language, in Vietnamese and English at least. A language that it does not have gets the English."""

    def __missing__(self, language: str) -> Any:
        if language not in ("km", "zh"):
            raise KeyError(language)
        return self["en"]


def texts_of(content: bytes) -> dict[str, Any]:
    """The content of a JSON file whose objects with Vietnamese are texts."""
    known: dict[str, Any] = json.loads(content, object_hook=lambda each: Texts(each) if "vi" in each else each)
    return known


@cache
def words(capability: str) -> dict[str, Any]:
    """What a capability says to people, by language: its `errors` by code, and other words by their kind."""
    return texts_of(read_bytes("words", f"{capability}.json"))


def with_words() -> list[str]:
    """The capabilities that have words."""
    with os.scandir(os.path.join(_FOLDER, "words")) as files:
        return sorted(file.name.removesuffix(".json") for file in files)
