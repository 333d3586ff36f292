"""Search: from what a guard sees or is told, or from any one code, to the passes that belong to it.

The tracing table leads from the keyed hash of a plate, phone or document to codes; the records say the rest. It is
written a moment after a declaration was answered, so who declared this very second may not be found yet.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from chalicelib.models.codes import ALPHABET, DECLARATION_LENGTH, Code, plain_characters
from chalicelib.models.errors import PassUnknown
from chalicelib.models.exposures import FoundBy
from chalicelib.models.facts import Facts
from chalicelib.models.searches import SearchForm
from chalicelib.services.collaborators import Clock, Entries, Exposures, KeyedHash
from chalicelib.services.declarations import CLOCK_TOLERANCE
from chalicelib.services.parallel import in_parallel
from chalicelib.services.passes import Found, verdict_of

MOST_FOUND = 100
"""Passes that one search leads to."""


def search(
    form: SearchForm,
    *,
    lifetime: timedelta,
    entries: Entries,
    exposures: Exposures,
    keyed_hash: KeyedHash,
    clock: Clock,
) -> list[Found]:
    """The passes of a vehicle or a person that have not expired, the newest first."""
    now = clock()
    codes = _codes(form, now - lifetime, exposures, keyed_hash)
    records = _records(codes, entries)
    found = [each for code in codes for each in _found(code, records, now) if each.declaration.expires_at > now]
    return sorted(found, key=lambda each: (now - each.declaration.issued_at, each.code.declaration, each.code.person))


def manifest_of_vehicle(
    form: SearchForm,
    *,
    lifetime: timedelta,
    entries: Entries,
    exposures: Exposures,
    keyed_hash: KeyedHash,
    clock: Clock,
) -> list[Found]:
    """All passes of the declarations that expected this vehicle within the last `lifetime` or expect it now, those
    that have expired on the way included; by declaration and person."""
    now = clock()
    return _manifest(_codes(form, now - lifetime, exposures, keyed_hash), entries, now)


def manifest_of_declaration(text: str, *, entries: Entries, clock: Clock) -> list[Found]:
    """All passes of one declaration, by the code of any of them or the 13 characters that they begin with.

    Raises
    ------
    CodeMistyped, PassUnknown
    """
    declaration = plain_characters(text)
    code = Code(declaration, 0) if _names_a_declaration(declaration) else Code.parse(text)
    found = _manifest([code], entries, clock())
    if code.person >= len(found):
        raise PassUnknown(code=code.shown)
    return found


def _names_a_declaration(text: str) -> bool:
    return len(text) == DECLARATION_LENGTH and all(character in ALPHABET for character in text)


def _manifest(codes: list[Code], entries: Entries, now: datetime) -> list[Found]:
    records = _records(codes, entries)
    return [
        each
        for declaration, facts in sorted(records.items())
        for person in range(len(facts.declaration.passes))
        for each in _found(Code(declaration, person), records, now)
    ]


def _found(code: Code, records: dict[str, Facts], now: datetime) -> Iterator[Found]:
    facts = records.get(code.declaration)
    if facts is not None and facts.has(code.person):
        yield Found(code, verdict_of(code, facts, now), facts)


def _codes(form: SearchForm, since: datetime, exposures: Exposures, keyed_hash: KeyedHash) -> list[Code]:
    # Keys hold the expected arrival. It lies before the declaration by the clocks' tolerance at most, and a pass is
    # good for its lifetime from the declaration: what was expected earlier has expired.
    since -= CLOCK_TOLERANCE
    codes: dict[Code, None] = {}
    for by, text in _meant(form):
        found = exposures.codes(by, keyed_hash.text(by.value, text), since=since, at_most=MOST_FOUND)
        codes |= dict.fromkeys(found)
    return list(codes)[:MOST_FOUND]


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
