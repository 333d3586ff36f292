"""Aliases: the two numbers on a citizen card are one person's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chalicelib.models.entry.aliases import Alias
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.gate.cards import CardReading
from chalicelib.models.people import hashed
from chalicelib.models.people.identities import Identity, IdentityKind
from chalicelib.models.people.names import without_accents
from chalicelib.models.people.persons import Person
from chalicelib.models.staff.recorded import recorded
from chalicelib.models.staff.roles import Principal
from chalicelib.services.gate.ports import Entries
from chalicelib.services.ports import Clock, KeyedHash


def record_alias(
    reading: CardReading,
    found: Sequence[HeldPass],
    *,
    staff: Principal,
    entries: Entries,
    keyed_hash: KeyedHash,
    clock: Clock,
) -> bool:
    """Record beside a pass of the card's holder that the card's two numbers are theirs: one write, at the first scan.

    `found` are the passes under the two numbers. Returns whether anything was written: not if a pass has the alias on
    record, if none is of this holder by name and year of birth, or if the card contradicts itself.
    """
    if reading.identity is None or reading.older_number is None or reading.doubts:
        return False
    numbers = [reading.identity, Identity(kind=IdentityKind.CMND, number=reading.older_number)]
    texts = list(dict.fromkeys(each.identifying_text for each in numbers))
    own = [each for each in found if each.person.identifying_text in texts and _is_holder(each.person, reading)]
    if len(texts) == 1 or not own or any(each.alias for each in own):
        return False
    held = own[0]
    (other,) = (text for text in texts if text != held.person.identifying_text)
    entries.append_alias(held, Alias(other=keyed_hash.text(hashed.PERSON, other), **recorded(staff, clock())))
    return True


def _is_holder(person: Person, reading: CardReading) -> bool:
    """Somebody else may have declared with the holder's number."""
    born_in = reading.birth_date.year if reading.birth_date else reading.birth_year
    return (
        reading.full_name is not None
        and person.born_in == born_in
        and _plain(person.full_name) == _plain(reading.full_name)
    )


def _plain(name: str) -> list[str]:
    return re.findall(r"\w+", without_accents(name.casefold()))
