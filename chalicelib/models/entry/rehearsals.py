"""Rehearsals: the system does what a traveller's app does, through a stage's public address."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Answered(NamedTuple):
    """An answer of the API."""

    status: int
    members: Mapping[str, Any]
    """Of its JSON; empty if it is no JSON object."""


AskApi = Callable[[str, str, Mapping[str, Any] | None, Mapping[str, str]], Answered]
"""Ask the API of a stage: method, path, body, headers. Raises `RehearsalFailed` if there is no answer."""


class RehearsalFailed(Exception):
    """A step went wrong. The text says which and how, and names no pass."""
