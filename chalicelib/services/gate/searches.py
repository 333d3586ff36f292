"""Search: from what a guard sees or is told, or from any one code, to the passes that belong to it.

The tracing table leads from the keyed hash of a plate, phone or document to codes; the records say the rest. It is
written a moment after a declaration was answered, so who declared this very second may not be found yet.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.models.entry.codes import ALPHABET, DECLARATION_LENGTH, Code, plain_characters
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import Facts
from chalicelib.models.gate.searches import SearchForm
from chalicelib.models.tracing.exposures import FoundBy
from chalicelib.services.collaborators import Clock, Entries, Exposures, KeyedHash
from chalicelib.services.entry.declarations import CLOCK_TOLERANCE
from chalicelib.services.entry.passes import verdict_of
from chalicelib.services.gate.checks import Found
from chalicelib.services.parallel import in_parallel

MOST_DECLARATIONS = 60
"""That one search leads to: a bus on which everyone declared for themselves. Not passes: with a single declaration
anyone could put fifty of them before those of someone else's vehicle."""

MOST_PASSES = 300
"""That one answer tells: five full buses."""


@dataclass(frozen=True, slots=True)
class Passes:
    """What a search led to."""

    found: list[Found]
    complete: bool
    """Whether these are all."""


def search(
    form: SearchForm,
    *,
    lifetime: timedelta,
    entries: Entries,
    exposures: Exposures,
    keyed_hash: KeyedHash,
    clock: Clock,
) -> Passes:
    """The passes of a vehicle or a person that have not expired, the newest first."""
    now = clock()
    codes, complete = _codes(form, now - lifetime, exposures, keyed_hash)
    records = {name: facts for name, facts in _records(codes, entries).items() if facts.declaration.expires_at > now}
    found = [_found(code, records[code.declaration], now) for code in codes if code.declaration in records]
    found.sort(key=lambda each: (now - each.declaration.issued_at, each.code.declaration, each.code.person))
    return Passes(found[:MOST_PASSES], complete and len(found) <= MOST_PASSES)


def manifest_of_vehicle(
    form: SearchForm,
    *,
    lifetime: timedelta,
    entries: Entries,
    exposures: Exposures,
    keyed_hash: KeyedHash,
    clock: Clock,
) -> Passes:
    """All passes of the declarations that expected this vehicle within the last `lifetime` or expect it now, those
    that have expired on the way included; by declaration and person."""
    now = clock()
    codes, complete = _codes(form, now - lifetime, exposures, keyed_hash)
    found = [each for name, facts in _records(codes, entries).items() for each in _everyone(name, facts, now)]
    told = sorted(found[:MOST_PASSES], key=lambda each: (each.code.declaration, each.code.person))
    return Passes(told, complete and len(found) <= MOST_PASSES)


def manifest_of_declaration(text: str, *, entries: Entries, clock: Clock) -> Passes:
    """All passes of one declaration, by the code of any of them or the 13 characters that they begin with.

    Raises
    ------
    CodeMistyped, PassUnknown
    """
    declaration = plain_characters(text)
    code = Code(declaration, 0) if _names_a_declaration(declaration) else Code.parse(text)
    facts = entries.find(code)
    if facts is None or not facts.has(code.person):
        raise PassUnknown(code=code.shown)
    return Passes(_everyone(code.declaration, facts, clock()), complete=True)


def _names_a_declaration(text: str) -> bool:
    return len(text) == DECLARATION_LENGTH and all(character in ALPHABET for character in text)


def _everyone(declaration: str, facts: Facts, now: datetime) -> list[Found]:
    return [_found(Code(declaration, person), facts, now) for person in range(len(facts.declaration.passes))]


def _found(code: Code, facts: Facts, now: datetime) -> Found:
    return Found(code, verdict_of(code, facts, now), facts)


def _codes(form: SearchForm, since: datetime, exposures: Exposures, keyed_hash: KeyedHash) -> tuple[list[Code], bool]:
    # Keys hold the expected arrival. It lies before the declaration by the clocks' tolerance at most, and a pass is
    # good for its lifetime from the declaration: what was expected earlier has expired.
    since -= CLOCK_TOLERANCE
    codes: dict[Code, None] = {}
    complete = True
    for by, text in _meant(form):
        left = MOST_DECLARATIONS - len({code.declaration for code in codes})
        found, are_all = exposures.codes(by, keyed_hash.text(by.value, text), since=since, declarations=left)
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
        for identity in form.identity.could_be:
            yield FoundBy.PERSON, identity.is_who


def _records(codes: Iterable[Code], entries: Entries) -> dict[str, Facts]:
    """The records of the codes' declarations, by declaration: one query each, some at a time."""
    wanted = list({code.declaration: code for code in codes}.values())
    records = in_parallel(entries.find, wanted)
    return {code.declaration: facts for code, facts in zip(wanted, records, strict=True) if facts is not None}
