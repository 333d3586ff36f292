"""Search: from a plate, a phone or a document, or from any one code, to the passes that belong to it.

The tracing table leads from the keyed hash of a plate, phone or document to codes; the records have the rest. It is
written a moment after a declaration was answered, so a declaration of this very second may not be found yet.

A list has two sides: passes whose origin is known come first, page by page, then those that anyone may have declared.
The sides are read apart, so however many unproven ones there are, they take no room from the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.models.entry.codes import ALPHABET, DECLARATION_LENGTH, Code, plain_characters
from chalicelib.models.entry.declarations import MAXIMUM_COMPANIONS
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import DeclarationRecord, HeldPass, pass_of
from chalicelib.models.gate.pages import PageStart
from chalicelib.models.gate.searches import MOST_PASSES, IdentitySought, SearchForm
from chalicelib.models.people import hashed
from chalicelib.models.people.citizens import Citizen
from chalicelib.models.people.clocks import CLOCK_TOLERANCE
from chalicelib.models.people.identities import Identity, IdentityKind
from chalicelib.models.policy.policies import LONGEST_HOLD
from chalicelib.models.tracing.exposures import DeclaredPasses, FoundBy, Side
from chalicelib.services.entry.ports import Records
from chalicelib.services.entry.records import records_of
from chalicelib.services.gate.pages import cursor_of, page_start
from chalicelib.services.gate.ports import Exposures
from chalicelib.services.pages import Page
from chalicelib.services.parallel import in_parallel
from chalicelib.services.ports import Clock, KeyedHash

if TYPE_CHECKING:
    from chalicelib.models.gate.cards import CardReading

MOST_DECLARATIONS = 60
"""The most declarations of one page: a bus on which everyone declared for themselves."""

LISTED_FOR = timedelta(days=1)
"""How long the owner of a phone can still find an ended pass: its instructions are for the days after the gate. The
time is short, because the phone may be lost, or its number may belong to another person by now: the list must not be a
history of a person's trips."""

_WAITS = timedelta(hours=LONGEST_HOLD)
"""How long a pass may hold after its lifetime, as its holder waits at a gate."""

_CLOCKS = timedelta(seconds=5)
"""By how much the clocks of two functions may differ."""


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
    complete: bool = True
    """Whether these are all, or the last page of them."""
    cursor: str | None = None
    """Leads to the next ones, if these are not all."""


class _Extent(NamedTuple):
    """What a page reads of its lists."""

    back: timedelta
    """The list begins so long before the request of the first page."""
    passes: int
    declarations: int


class _List(NamedTuple):
    """One side of what was declared under a keyed hash."""

    by: FoundBy
    hashed: str
    side: Side


def search(form: SearchForm, *, finder: Finder) -> FoundPasses:
    """The passes of a vehicle or a person that have not expired: those of a known origin on the first pages; on each
    page by origin, then the newest first.

    Raises `InvalidInput` if the cursor is of another question, or too old.
    """
    now = finder.clock()
    page, cursor, _ = _page("search", form, now, finder)
    return FoundPasses(now, _living(page, now), cursor is None, cursor)


def search_by_card(reading: CardReading, *, finder: Finder) -> FoundPasses | None:
    """The same for the holder of a card: the passes under its number, and under that of the older card which it names,
    on one page. None if it has no number."""
    identities = [*IdentitySought(number=reading.identity.number).candidates] if reading.identity else []
    if reading.older_number:
        # Search it as an older card only: another person's passport may have the same number.
        identities += IdentitySought(kind=IdentityKind.CMND, number=reading.older_number).candidates
    if not identities:
        return None
    now = finder.clock()
    start = PageStart(now.replace(microsecond=0), Side.KNOWN)
    extent = _Extent(finder.lifetime + _WAITS, MOST_PASSES, MOST_DECLARATIONS)
    page, following = _read(_lists_of(identities, finder), start, extent, finder)
    return FoundPasses(now, _living(page, now), following is None)


def passes_of_citizen(citizen: Citizen, *, cursor: str | None, limit: int, finder: Finder) -> Page[Sequence[HeldPass]]:
    """The passes that the owner of a proven phone may open, by declaration. Declarations of a known origin are on the
    first pages, then unproven ones; in each part the latest arrival is first. At most `limit` declarations, and at most
    `MOST_DECLARATIONS`.

    Raises `InvalidInput` (`cursor_unknown`) as `search` does.
    """
    now, question = finder.clock(), ["passes of", citizen.phone_hash]
    start = PageStart(now.replace(microsecond=0), Side.KNOWN)
    if cursor is not None:
        start = page_start(cursor, question, keyed_hash=finder.keyed_hash, now=now, good_for=finder.lifetime)
    declarations = min(limit, MOST_DECLARATIONS)
    # A declaration is read completely: it is never split over two pages.
    extent = _Extent(finder.lifetime + _WAITS + LISTED_FOR, declarations * (MAXIMUM_COMPANIONS + 1), declarations)
    lists = [_List(FoundBy.PHONE, citizen.phone_hash, side) for side in Side]
    page, following = _read(lists, start, extent, finder)
    records = {each.code.declaration: each.record for each in page}
    own = [_held_by(citizen, name, record, finder.keyed_hash) for name, record in records.items()]
    shown = [[each for each in passes if each.ends_at + LISTED_FOR > now] for passes in own]
    return Page(
        [passes for passes in shown if passes],
        None if following is None else cursor_of(following, question, finder.keyed_hash),
    )


def _held_by(
    citizen: Citizen, declaration: str, record: DeclarationRecord, keyed_hash: KeyedHash
) -> Sequence[HeldPass]:
    """A companion's phone opens only the companion's pass. The traveller's phone opens all passes, as the answer to the
    declaration did, except those of companions with restricted data and a phone of their own."""
    passes = record.passes(declaration)
    own = {
        each.code.person
        for each in passes
        if each.phone and keyed_hash.text(hashed.PHONE, each.phone) == citizen.phone_hash
    }
    if 0 not in own:
        return [each for each in passes if each.code.person in own]
    return [each for each in passes if each.code.person in own or not (each.is_restricted and each.phone)]


def manifest_of_vehicle(form: SearchForm, *, finder: Finder) -> FoundPasses:
    """All passes of the declarations that expected this vehicle within the last `lifetime` or expect it now, those of a
    known origin on the first pages; on each page by origin, declaration and person. Passes that have expired on the way
    are included, and those whose holders still wait at a gate.

    Raises `InvalidInput` as `search` does.
    """
    now = finder.clock()
    page, cursor, begun = _page("manifest", form, now, finder)
    since = begun - finder.lifetime - CLOCK_TOLERANCE
    page = [each for each in page if each.trip.expected_arrival >= since or each.expires_at > now]
    page.sort(key=lambda each: (each.origin.rank, each.code.declaration, each.code.person))
    return FoundPasses(now, page, cursor is None, cursor)


def manifest_of_declaration(text: str, *, records: Records, clock: Clock) -> FoundPasses:
    """All passes of one declaration, by the code of any of them or the 13 characters that they begin with.

    Raises
    ------
    CodeMistyped, PassUnknown
    """
    declaration = plain_characters(text)
    code = Code(declaration, 0) if _names_a_declaration(declaration) else Code.parse(text)
    record = pass_of(code, records.find(code)).record
    return FoundPasses(clock(), record.passes(code.declaration))


def _living(page: Iterable[HeldPass], now: datetime) -> list[HeldPass]:
    found = [each for each in page if each.expires_at > now]
    return sorted(
        found, key=lambda each: (each.origin.rank, now - each.issued_at, each.code.declaration, each.code.person)
    )


def _names_a_declaration(text: str) -> bool:
    return len(text) == DECLARATION_LENGTH and all(character in ALPHABET for character in text)


def _page(kind: str, form: SearchForm, now: datetime, finder: Finder) -> tuple[list[HeldPass], str | None, datetime]:
    """A page of the answer to a form, the cursor of the next one, and when the first one was read."""
    asked = list(_asked(form))
    question = [kind, *(part for by, text in asked for part in (by.value, text))]
    start = PageStart(now.replace(microsecond=0), Side.KNOWN)
    if form.cursor is not None:
        start = page_start(form.cursor, question, keyed_hash=finder.keyed_hash, now=now, good_for=finder.lifetime)
    if form.identity:
        lists = _lists_of_typed(form.identity.candidates, finder)
    else:
        lists = [_List(by, finder.keyed_hash.text(by.value, text), side) for by, text in asked for side in Side]
    extent = _Extent(finder.lifetime + _WAITS, form.limit, MOST_DECLARATIONS)
    page, following = _read(lists, start, extent, finder)
    return page, None if following is None else cursor_of(following, question, finder.keyed_hash), start.begun


def _asked(form: SearchForm) -> Iterator[tuple[FoundBy, str]]:
    """What the rows were made from: see `services.tracing`."""
    if form.plate:
        yield FoundBy.PLATE, form.plate
    if form.phone:
        yield FoundBy.PHONE, form.phone
    if form.identity:
        for text in dict.fromkeys(each.identifying_text for each in form.identity.candidates):
            yield FoundBy.PERSON, text


def _lists_of_typed(identities: Sequence[Identity], finder: Finder) -> list[_List]:
    """Those of a typed number, and of the person's other number that a card has shown. A passport's number is not
    looked at: only cards name each other."""
    cards = {_person(each.identifying_text, finder) for each in identities if each.kind is not IdentityKind.PASSPORT}
    others = [other for each in sorted(cards) for other in finder.exposures.other_numbers(each)]
    return [*_lists_of(identities, finder), *(_List(FoundBy.PERSON, each, side) for each in others for side in Side)]


def _lists_of(identities: Iterable[Identity], finder: Finder) -> list[_List]:
    lists: dict[_List, None] = {}
    for each in identities:
        person = _person(each.identifying_text, finder)
        lists |= dict.fromkeys(_List(FoundBy.PERSON, person, side) for side in Side)
        # The release that wrote other texts had one side.
        former = [_person(text, finder) for text in each.stored_texts if text != each.identifying_text]
        lists |= dict.fromkeys(_List(FoundBy.PERSON, former_person, Side.UNPROVEN) for former_person in former)
    return list(lists)


def _person(text: str, finder: Finder) -> str:
    return finder.keyed_hash.text(hashed.PERSON, text)


def _read(
    lists: Sequence[_List], start: PageStart, extent: _Extent, finder: Finder
) -> tuple[list[HeldPass], PageStart | None]:
    """A page of the passes in these lists, and where the next one begins; None after the last."""
    codes, following = _codes(lists, start, extent, finder)
    records = records_of(codes, finder.records)
    page = []
    for code in codes:
        with suppress(PassUnknown):
            page.append(pass_of(code, records.get(code.declaration)))
    return page, following


def _codes(
    lists: Sequence[_List], start: PageStart, extent: _Extent, finder: Finder
) -> tuple[list[Code], PageStart | None]:
    # Keys hold the expected arrival. It lies before the declaration by the clocks' tolerance at most, and a pass is
    # good for its lifetime from the declaration: what was expected a lifetime ago or earlier has expired.
    since = start.begun - extent.back - CLOCK_TOLERANCE
    sides = [side for side in Side if start.side in (Side.KNOWN, side)]

    def read(each: _List) -> DeclaredPasses:
        before = start.before if each.side is start.side else None
        return finder.exposures.declared_under(
            *each, since=since, before=before, declarations=extent.declarations, passes=extent.passes
        )

    # Side by side: nearly always there is room for both sides, and waiting twice would take longer.
    wanted = [each for each in lists if each.side in sides]
    parts = list(zip(wanted, in_parallel(read, wanted), strict=True))
    codes: dict[str, None] = {}
    declarations: set[str] = set()
    reached = start
    for following, code in _in_order(parts, start.begun):
        if code is None:
            return _parsed(codes), following
        if code not in codes:
            declarations.add(code[:DECLARATION_LENGTH])
            if len(codes) == extent.passes or len(declarations) > extent.declarations:
                return _parsed(codes), reached
            codes[code] = None
        reached = following
    return _parsed(codes), None


def _in_order(parts: Sequence[tuple[_List, DeclaredPasses]], begun: datetime) -> Iterator[tuple[PageStart, str | None]]:
    """The codes of these parts of lists as a page has them, each with where a page behind it begins. At the end None
    instead of a code, if a list goes on there."""
    for side in Side:
        of_side = [part for each, part in parts if each.side is side]
        # Beyond this at least one of the lists was not read.
        end = max((part.read_to for part in of_side if part.read_to is not None), default=None)
        merged = sorted((each for part in of_side for each in part.passes), key=attrgetter("position"), reverse=True)
        for position, known_since in merged:
            if end is not None and position < end:
                break
            # What was among the known ones when the first page was read is on an earlier page, or on this one. In doubt
            # it is listed again: better twice than never.
            if known_since is None or known_since >= begun - _CLOCKS:
                yield PageStart(begun, side, position), position.code
        if end is not None:
            yield PageStart(begun, side, end), None
            return


def _parsed(codes: Iterable[str]) -> list[Code]:
    return [Code.parse(each) for each in codes]
