"""Declared again replaces: when the same persons declare the same trip again, their earlier passes end.

A worker does so, which has just stored the exposures by which both declarations are found. The later of the two
events sees both declarations, so none is missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.models.entry.codes import DECLARATION_LENGTH, Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.records import DeclarationRecord
from chalicelib.models.entry.replacements import Replacement
from chalicelib.models.people import hashed
from chalicelib.models.people.clocks import CLOCK_TOLERANCE
from chalicelib.models.tracing.exposures import FoundBy, Side
from chalicelib.services.parallel import in_parallel

if TYPE_CHECKING:
    from chalicelib.services.entry.ports import FindRecord
    from chalicelib.services.ports import Clock, KeyedHash
    from chalicelib.services.tracing.ports import DeclaredExposures, Replace

MOST_DECLARATIONS = 10
"""Of one traveller, on each side, that one event compares. Somebody who declares more often keeps more than one."""

_ENDS: Mapping[Origin, frozenset[Origin]] = {
    Origin.PARTNER: frozenset({Origin.PARTNER, Origin.UNPROVEN}),
    Origin.PROVEN: frozenset({Origin.PARTNER, Origin.PROVEN, Origin.UNPROVEN}),
    Origin.UNPROVEN: frozenset({Origin.UNPROVEN}),
}
"""The origins of the declarations that one of this origin may replace, with the same phone."""

_EVENTS = frozenset({EntryEventKind.DECLARATION_SUBMITTED, EntryEventKind.PHONE_PROVEN})
"""A proof may give a declaration the right to replace another."""


def replace_earlier(
    event: EntryEvent,
    *,
    find_record: FindRecord,
    exposures: DeclaredExposures,
    replace: Replace,
    keyed_hash: KeyedHash,
    lifetime: timedelta,
    clock: Clock,
) -> int:
    """End the passes that a declaration replaces, or by which it is replaced itself. Returns how many there are.

    The same event again changes nothing. Two queries for the traveller; one for each other declaration of theirs that
    has not ended, and one write for each pass.
    """
    record = find_record(event.code) if event.kind in _EVENTS else None
    now = clock()
    if record is None or now >= record.declaration.expires_at:
        return 0
    own = event.code.declaration
    person = keyed_hash.text(hashed.PERSON, record.declaration.form.traveller.identifying_text)
    lists = in_parallel(
        lambda side: exposures.declared_under(
            FoundBy.PERSON,
            person,
            side,
            since=now - lifetime - CLOCK_TOLERANCE,
            before=None,
            declarations=MOST_DECLARATIONS,
            passes=MOST_DECLARATIONS,
        ),
        list(Side),
    )
    names = dict.fromkeys(each.position.code[:DECLARATION_LENGTH] for found in lists for each in found.passes)
    replaced = 0
    for name in names:
        other = None if name == own else find_record(Code(name, 0))
        if other is None or not is_same_trip(record, other):
            continue
        (earlier, older), (later, newer) = sorted(
            ((own, record), (name, other)), key=lambda each: (each[1].declaration.issued_at, each[0])
        )
        if not may_replace(newer, older):
            continue
        by_person = {
            each.person.identifying_text: each
            for each in newer.passes(later)
            if each.verdict(now) in (Verdict.VALID, Verdict.USED)
        }
        for held in older.passes(earlier):
            same = by_person.get(held.person.identifying_text)
            if same is not None and held.arrival is None and held.verdict(now) is Verdict.VALID:
                replace(held, Replacement(recorded_at=now, by=str(same.code)))
                replaced += 1
    return replaced


def is_same_trip(one: DeclarationRecord, other: DeclarationRecord) -> bool:
    """The same persons, to the same commune, in the same vehicle or past the same checkpoint."""
    (persons, trip), (others, another) = [
        ({each.identifying_text for each in form.persons}, form.trip)
        for form in (one.declaration.form, other.declaration.form)
    ]
    plate, checkpoint = trip.transport.plate, trip.checkpoint
    return (
        persons == others
        and trip.destination.unit.code == another.destination.unit.code
        and (
            (plate is not None and plate == another.transport.plate)
            or (checkpoint is not None and checkpoint == another.checkpoint)
        )
    )


def may_replace(newer: DeclarationRecord, older: DeclarationRecord) -> bool:
    """Whether a declaration may end the passes of another one.

    Anyone can type the numbers of other people's documents. So only staff, who saw the papers, may always do so. All
    others need the phone of the earlier declaration, and an origin by which that phone is as certain: an unproven form
    or a partner's ends no pass of a proven phone, and a proven phone ends no pass of another phone.
    """
    if newer.origin is Origin.STAFF:
        return True
    phone = newer.declaration.form.traveller.phone
    same_phone = phone is not None and phone == older.declaration.form.traveller.phone
    return same_phone and older.origin in _ENDS[newer.origin]
