"""A case's chain of contacts, from the case outwards. It has all that files and pictures show."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.models.cases.kinds import ContactKind


class ChainPerson(NamedTuple):
    """A person of the chain. Number 0 is the case; the others are numbered in the order of the list of contacts."""

    number: int
    hop: int
    """0 is the case."""
    contact: str | None = None
    """The contact's id in this case; None for the case itself."""
    name: str | None = None
    """The declared name, masked; None if the declaration was deleted. Only JSON shows it, pictures and tables do
    not."""
    state: str | None = None
    """The contact's state; None for the case itself."""


class ChainEdge(NamedTuple):
    """One reason why a person is in the chain."""

    person: int
    """The number of the person who was found."""
    through: int
    """The number of the person that they were near: one hop closer to the case."""
    hop: int
    """The hop of the person who was found."""
    kind: ContactKind
    from_: datetime
    """The earlier of the two facts."""
    until: datetime
    """The later of the two facts: from then on both were there."""


class Chain(NamedTuple):
    """Persons by their numbers; edges by hop, kind and time."""

    persons: Sequence[ChainPerson]
    edges: Sequence[ChainEdge]
