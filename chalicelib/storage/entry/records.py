"""From the rows of a partition to the record of a declaration: each fact is read when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.records import DeclarationRecord
from chalicelib.models.records import Record
from chalicelib.storage.entry.rows import (
    ALIAS,
    AMENDMENT,
    ARRIVAL,
    CONFLICT,
    CORRECTION,
    CROSSING,
    DECLARATION,
    DEPARTURE,
    PROOF,
    REPLACED,
    RESTRICTION,
    REVOCATION,
    SETTLEMENT,
    kind_of,
    person_of,
)

if TYPE_CHECKING:
    from chalicelib.models.entry.aliases import Alias
    from chalicelib.models.entry.amendments import Amendment
    from chalicelib.models.entry.arrivals import GateArrival
    from chalicelib.models.entry.conflicts import Conflict, Settlement
    from chalicelib.models.entry.corrections import Correction
    from chalicelib.models.entry.crossings import Crossing
    from chalicelib.models.entry.departures import Departure
    from chalicelib.models.entry.proofs import PhoneProof
    from chalicelib.models.entry.replacements import Replacement
    from chalicelib.models.entry.restrictions import Restriction
    from chalicelib.models.entry.revocations import Revocation

Fact = TypeVar("Fact", bound=Record)


def record_of(rows: Mapping[str, str]) -> DeclarationRecord | None:
    """The record that these rows make: bodies by the rows' names, in the order of the names. None without a
    declaration."""
    if DECLARATION not in rows:
        return None
    corrections: dict[int, list[Correction]] = {}
    conflicts: dict[int, list[Conflict]] = {}
    settlements: dict[str, Settlement] = {}
    restrictions: dict[int, list[Restriction]] = {}
    amendments: dict[int, list[Amendment]] = {}
    departures: dict[int, list[Departure]] = {}
    # In the order of their names, and so of the numbers of what is numbered.
    for row, body in rows.items():
        kind = kind_of(row)
        if kind == CORRECTION:
            corrections.setdefault(person_of(row), []).append(_correction(body))
        elif kind == CONFLICT:
            conflicts.setdefault(person_of(row), []).append(_conflict(body))
        elif kind == SETTLEMENT:
            settlement = _settlement(body)
            settlements[settlement.conflict] = settlement
        elif kind == RESTRICTION:
            restrictions.setdefault(person_of(row), []).append(_restriction(body))
        elif kind == AMENDMENT:
            amendments.setdefault(person_of(row), []).append(_amendment(body))
        elif kind == DEPARTURE:
            departures.setdefault(person_of(row), []).append(_departure(body))
    return DeclarationRecord(
        declaration=_declaration(rows[DECLARATION]),
        crossings=_Rows(crossing_of, CROSSING, rows),
        revocations=_Rows(revocation_of, REVOCATION, rows),
        corrections=corrections,
        conflicts=conflicts,
        settlements=settlements,
        proof=_proof(rows[PROOF]) if PROOF in rows else None,
        aliases=_Rows(_alias, ALIAS, rows),
        restrictions=restrictions,
        amendments=amendments,
        departures=departures,
        arrivals=_Rows(arrival_of, ARRIVAL, rows),
        replacements=_Rows(_replacement, REPLACED, rows),
    )


@lru_cache(maxsize=16)
def _declaration(body: str) -> Declaration:
    """A declaration never changes: while a full bus is checked, one after the other, its record is read from the table
    for each of them, and taken apart once."""
    return Declaration.from_stored(body)


# Lazy import: most records are a declaration without facts, and need no models of facts.


def _proof(body: str) -> PhoneProof:
    from chalicelib.models.entry.proofs import PhoneProof

    return PhoneProof.from_stored(body)


def _alias(body: str) -> Alias:
    from chalicelib.models.entry.aliases import Alias

    return Alias.from_stored(body)


def crossing_of(body: str) -> Crossing:
    from chalicelib.models.entry.crossings import Crossing

    return Crossing.from_stored(body)


def revocation_of(body: str) -> Revocation:
    from chalicelib.models.entry.revocations import Revocation

    return Revocation.from_stored(body)


def _correction(body: str) -> Correction:
    from chalicelib.models.entry.corrections import Correction

    return Correction.from_stored(body)


def _conflict(body: str) -> Conflict:
    from chalicelib.models.entry.conflicts import Conflict

    return Conflict.from_stored(body)


def _settlement(body: str) -> Settlement:
    from chalicelib.models.entry.conflicts import Settlement

    return Settlement.from_stored(body)


def _restriction(body: str) -> Restriction:
    from chalicelib.models.entry.restrictions import Restriction

    return Restriction.from_stored(body)


def _amendment(body: str) -> Amendment:
    from chalicelib.models.entry.amendments import Amendment

    return Amendment.from_stored(body)


def arrival_of(body: str) -> GateArrival:
    from chalicelib.models.entry.arrivals import GateArrival

    return GateArrival.from_stored(body)


def _replacement(body: str) -> Replacement:
    from chalicelib.models.entry.replacements import Replacement

    return Replacement.from_stored(body)


def _departure(body: str) -> Departure:
    from chalicelib.models.entry.departures import Departure

    return Departure.from_stored(body)


class _Rows(Mapping[int, Fact]):
    """The facts of one kind by person, each read when it is first asked for. Of a full bus, a gate looks at one
    person's facts, and only asks whether there are others."""

    def __init__(self, read: Callable[[str], Fact], kind: str, rows: Mapping[str, str]) -> None:
        self._reader = read
        self._bodies = {person_of(row): body for row, body in rows.items() if row.startswith(kind)}
        self._read: dict[int, Fact] = {}

    def __getitem__(self, person: int) -> Fact:
        if person not in self._read:
            self._read[person] = self._reader(self._bodies[person])
        return self._read[person]

    def __contains__(self, person: object) -> bool:
        return person in self._bodies

    def __iter__(self) -> Iterator[int]:
        return iter(self._bodies)

    def __len__(self) -> int:
        return len(self._bodies)
