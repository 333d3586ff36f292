"""A case's chain: who was near whom, from the case outwards. Pictures of it are drawn from nothing else."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.models.cases.kinds import ContactKind


class ChainPerson(NamedTuple):
    """A person of the chain. Number 0 is the case; the others have theirs from the list of contacts."""

    number: int
    hop: int
    """0 is the case."""
    contact: str | None = None
    """The contact's id in this case; None of the case itself."""
    name: str | None = None
    """As the declaration has it, masked; None where it has left. It is for JSON alone, not for pictures and tables."""
    state: str | None = None
    """The contact's state; None of the case itself."""


class ChainEdge(NamedTuple):
    """One reason why a person stands in the chain."""

    person: int
    """The number of the person who was found."""
    through: int
    """The number of the person near whom they were: one hop nearer to the case."""
    hop: int
    """Of the person who was found."""
    kind: ContactKind
    from_: datetime
    """The earlier one of the two facts that met."""
    until: datetime
    """The later one: from then on both were there."""


class Chain(NamedTuple):
    """Persons by their numbers; edges by hop, kind and time."""

    persons: Sequence[ChainPerson]
    edges: Sequence[ChainEdge]
