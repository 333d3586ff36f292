"""Search: from a plate, a phone or a document, or from any one code, to the passes that belong to it.

The tracing table leads from the keyed hash of a plate, phone or document to codes; the records have the rest. It is
written a moment after a declaration was answered, so a declaration of this very second may not be found yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.models.entry.codes import ALPHABET, DECLARATION_LENGTH, Code, plain_characters
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.models.gate.searches import IdentitySought, SearchForm
from chalicelib.models.people.clocks import CLOCK_TOLERANCE
from chalicelib.models.people.identities import Identity, IdentityKind
from chalicelib.models.tracing.exposures import FoundBy
from chalicelib.services.entry.ports import Records
from chalicelib.services.entry.records import records_of
from chalicelib.services.gate.ports import Exposures
from chalicelib.services.ports import Clock, KeyedHash

if TYPE_CHECKING:
    from chalicelib.models.gate.cards import CardReading

MOST_DECLARATIONS = 60
"""That one search looks at: a bus on which everyone declared for themselves. Passes are not counted: with a single
declaration anyone could put fifty of them before those of another vehicle."""

MOST_PASSES = 300
"""That one answer has: five full buses."""


@dataclass(frozen=True, slots=True)
class Finder:
    """What finding passes needs. `lifetime` is a pass's."""

    lifetime: timedelta
    records: Records
    exposures: Exposures
    keyed_hash: KeyedHash
    clock: Clock


@dataclass(frozen=True, slots=True)
class FoundPasses:
    """What a search found, at a time."""

    at: datetime
    passes: list[HeldPass]
    complete: bool
    """Whether these are all."""


def search(form: SearchForm, *, finder: Finder) -> FoundPasses:
    """The passes of a vehicle or a person that have not expired: by origin, then the newest first."""
    return _search(_meant(form), finder)


def search_by_card(reading: CardReading, *, finder: Finder) -> FoundPasses | None:
    """The same for the holder of a card: the passes under its number, and under that of the older card which it names.
    None if it has no number."""
    identities = [*IdentitySought(number=reading.identity.number).candidates] if reading.identity else []
    if reading.older_number:
        # Search it as an older card only: another person's passport may have the same number.
        identities += IdentitySought(kind=IdentityKind.CMND, number=reading.older_number).candidates
    return _search(_persons(identities), finder) if identities else None


def _search(meant: Iterable[tuple[FoundBy, str]], finder: Finder) -> FoundPasses:
    now = finder.clock()
    codes, complete = _codes(meant, now - finder.lifetime, finder)
    records = records_of(codes, finder.records)
    held = [HeldPass(code, records[code.declaration]) for code in codes if code.declaration in records]
    found = [each for each in held if each.expires_at > now]
    found.sort(key=lambda each: (_rank(each), now - each.issued_at, each.code.declaration, each.code.person))
    return FoundPasses(now, found[:MOST_PASSES], complete and len(found) <= MOST_PASSES)


def manifest_of_vehicle(form: SearchForm, *, finder: Finder) -> FoundPasses:
    """All passes of the declarations that expected this vehicle within the last `lifetime` or expect it now, by
    origin, declaration and person. Passes that have expired on the way are included."""
    now = finder.clock()
    codes, complete = _codes(_meant(form), now - finder.lifetime, finder)
    records = records_of(codes, finder.records)
    found = [each for name, record in records.items() for each in record.passes(name)]
    found.sort(key=lambda each: (_rank(each), now - each.issued_at))
    shown = found[:MOST_PASSES]
    shown.sort(key=lambda each: (_rank(each), each.code.declaration, each.code.person))
    return FoundPasses(now, shown, complete and len(found) <= MOST_PASSES)


def manifest_of_declaration(text: str, *, records: Records, clock: Clock) -> FoundPasses:
    """All passes of one declaration, by the code of any of them or the 13 characters that they begin with.

    Raises
    ------
    CodeMistyped, PassUnknown
    """
    declaration = plain_characters(text)
    code = Code(declaration, 0) if _names_a_declaration(declaration) else Code.parse(text)
    record = pass_of(code, records.find(code)).record
    return FoundPasses(clock(), record.passes(code.declaration), complete=True)


def _rank(held: HeldPass) -> int:
    return list(Origin).index(held.origin)


def _names_a_declaration(text: str) -> bool:
    return len(text) == DECLARATION_LENGTH and all(character in ALPHABET for character in text)


def _codes(meant: Iterable[tuple[FoundBy, str]], since: datetime, finder: Finder) -> tuple[list[Code], bool]:
    # Keys hold the expected arrival. It lies before the declaration by the clocks' tolerance at most, and a pass is
    # good for its lifetime from the declaration: what was expected earlier has expired.
    since -= CLOCK_TOLERANCE
    codes: dict[Code, None] = {}
    complete = True
    for by, text in meant:
        left = MOST_DECLARATIONS - len({code.declaration for code in codes})
        found, are_all = finder.exposures.codes(
            by, finder.keyed_hash.text(by.value, text), since=since, declarations=left
        )
        codes |= dict.fromkeys(found)
        complete = complete and are_all
    return list(codes), complete


def _meant(form: SearchForm) -> Iterator[tuple[FoundBy, str]]:
    """What the rows were made from: see `services.tracing`."""
    if form.plate:
        yield FoundBy.PLATE, form.plate
    if form.phone:
        yield FoundBy.PHONE, form.phone
    if form.identity:
        yield from _persons(form.identity.candidates)


def _persons(identities: Iterable[Identity]) -> Iterator[tuple[FoundBy, str]]:
    for text in dict.fromkeys(text for each in identities for text in each.stored_texts):
        yield FoundBy.PERSON, text
