"""What is held about a person, and by which keys it is found: the words that all capabilities share for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Self


class PersonKeys(NamedTuple):
    """The keys by which rows of one person are found."""

    codes: frozenset[str]
    """Of their passes: 16 characters without hyphens."""
    persons: frozenset[str]
    """The keyed hashes that stand for them in the keys of exposures."""
    phones: frozenset[str]
    """The keyed hashes under which texts to their phones are counted."""
    citizens: frozenset[str] = frozenset()
    """The keyed hashes of their phones as citizen tokens have them. Without a default, an erasure that an earlier
    release began could not be finished."""

    def __or__(self, other: Self) -> Self:
        return type(self)(*(own | others for own, others in zip(self, other, strict=True)))


class Holding(NamedTuple):
    """One thing that is held about a person."""

    table: str
    what: str
    purpose: str
    since: datetime
    until: datetime
    """When its retention ends."""
    content: Mapping[str, Any]
    """As JSON has it, without the data of other people."""
