"""Finding passes."""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.adapters.keyed_hash import KeyedHash
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.errors import CodeMistyped, PassUnknown
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.errors import InvalidInput
from chalicelib.models.people.identities import IdentityKind
from chalicelib.models.tracing.exposures import FoundBy, Side
from chalicelib.services.entry.declarations import Caller
from chalicelib.services.gate import searches
from chalicelib.services.gate.searches import FoundPasses, manifest_of_declaration
from tests.forms import form, person
from tests.unit.gate.scanned import CARD
from tests.unit.world import PUBLIC, World, at


def test_a_person_is_found_by_plate_phone_and_document_however_they_are_written(world: World) -> None:
    declared = world.declare_and_trace(form(companions=1))
    both = [declared.code, Code(declared.code.declaration, 1)]
    assert [each.code for each in world.search(plate="70e1 12345")] == both
    for phone in ("0912345678", "+84 912 345 678", "84912345678"):
        assert [each.code for each in world.search(phone=phone)] == both[:1]
    for identity in ({"number": "072 090 000001"}, {"kind": IdentityKind.CCCD, "number": "072090000001"}):
        assert [each.code for each in world.search(identity=identity)] == both[1:]
    assert world.search(identity={"kind": IdentityKind.PASSPORT, "number": "07209000"}) == []


@pytest.mark.parametrize("kind", ["cccd", "cmnd"])
@pytest.mark.parametrize("sought", [None, IdentityKind.CCCD, IdentityKind.CMND])
def test_twelve_digits_are_found_whatever_the_document_was_called(
    world: World, kind: str, sought: IdentityKind | None
) -> None:
    number = "072090000123"
    declared = world.declare_and_trace({**form(), "traveller": person(identity={"kind": kind, "number": number})})
    assert [each.code for each in world.search(identity={"kind": sought, "number": number})] == [declared.code]


@pytest.mark.parametrize("kind", ["cccd", "cmnd"])
def test_what_the_former_release_stored_under_a_number_is_found(world: World, kind: str) -> None:
    number = "072090000123"
    declared = world.declare_and_trace({**form(), "traveller": person(identity={"kind": kind, "number": number})})
    (exposure,) = world.exposures.kept
    former = world.keyed_hash.text("person", f"{kind} {number}")
    world.exposures.kept = [exposure.model_copy(update={"person": former})]
    for sought in (None, IdentityKind.CCCD, IdentityKind.CMND):
        assert [each.code for each in world.search(identity={"kind": sought, "number": number})] == [declared.code]


def test_a_number_is_sought_as_all_that_it_can_be(world: World) -> None:
    for kind in ("cmnd", "passport"):
        number = {"kind": kind, "number": "290000123"}
        world.declare_and_trace({**form(), "traveller": person(identity=number)})
    assert len(world.search(identity={"number": "290000123"})) == 2


def test_a_card_finds_what_its_holder_declared_under_the_older_card_that_it_names(world: World) -> None:
    other = {"kind": "passport", "number": "290000123"}
    world.declare_and_trace({**form(), "traveller": person(1, identity=other)})
    older, newer = (
        world.declare_and_trace({**form(), "traveller": person(identity={"kind": kind, "number": number})})
        for kind, number in (("cmnd", "290000123"), ("cccd", "072090000000"))
    )
    assert CARD.startswith("072090000000|290000123|")
    for card in (CARD, CARD.replace("072090000000", "nonsense")):
        found = world.check(card).found
        assert found is not None
        expected = {older.code, newer.code} if card == CARD else {older.code}
        assert {each.code for each in found} == expected
    assert world.check(CARD.replace("072090000000", "nonsense").replace("290000123", "")).found is None


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"plate": "70A-123.45", "phone": "0912345678"},
        {"plate": "HELLO"},
        {"phone": "12"},
        {"identity": {"number": "1234-5678-9012-34"}},
        {"identity": {"kind": IdentityKind.CCCD, "number": "290000123"}},
    ],
)
def test_a_search_that_cannot_be_answered_is_refused(world: World, asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        world.search(**asked)


def test_only_passes_that_have_not_expired_are_found_the_newest_first(world: World) -> None:
    first = world.declare_and_trace(form(expected_arrival=at(minutes=60)))
    world.clock.advance(minutes=40)
    second = world.declare_and_trace()
    assert [each.code for each in world.search(plate="70E112345")] == [second.code, first.code]
    world.clock.advance(minutes=20)
    assert [each.code for each in world.search(plate="70E112345")] == [second.code]
    world.cross(second.code)
    assert [each.verdict(world.clock()) for each in world.search(plate="70E112345")] == [Verdict.USED]
    world.clock.advance(minutes=40)
    assert world.search(plate="70E112345") == []


def test_a_pass_declared_for_arrival_now_is_found_until_it_ends(world: World) -> None:
    declared = world.declare_and_trace(form(expected_arrival=at(seconds=-59)))
    world.clock.advance(seconds=3599)
    assert [each.code for each in world.search(phone="0912345678")] == [declared.code]


def test_declarations_of_strangers_with_the_same_plate_do_not_hide_the_passengers(world: World) -> None:
    riding = world.declare_and_trace()
    for _ in range(2):
        world.clock.advance(minutes=1)
        world.declare_and_trace(form(world.clock(), companions=50))
    for passes in (world.search_all(plate="70E112345"), world.manifest_of("70E112345")):
        assert (len(passes.passes), passes.complete) == (103, True)
        assert riding.code in [each.code for each in passes.passes]


def test_an_answer_tells_three_hundred_passes_and_that_there_are_more(world: World) -> None:
    for number in range(6):
        world.clock.advance(minutes=1)
        last = world.declare_and_trace(form(world.clock(), companions=49 + (number == 0)))
    for passes in (world.search_all(plate="70E112345"), world.manifest_of("70E112345")):
        assert (len(passes.passes), passes.complete) == (300, False)
        assert last.code in [each.code for each in passes.passes]


def test_what_staff_and_partners_declared_is_listed_before_a_flood_of_forms(world: World) -> None:
    known = [
        world.declare_and_trace(caller=Caller("guard", staff="guard")),
        world.declare_and_trace(caller=Caller("app", is_partner=True)),
    ]
    for _ in range(6):
        world.clock.advance(minutes=1)
        world.declare_and_trace(form(world.clock(), companions=50))
    for passes in (world.search_all(plate="70E112345"), world.manifest_of("70E112345")):
        assert (len(passes.passes), passes.complete) == (300, False)
        assert [each.code for each in passes.passes[:2]] == [each.code for each in known]
        assert {each.origin for each in passes.passes[2:]} == {Origin.UNPROVEN}


KNOWN = {
    Origin.STAFF: Caller("guard", staff="guard"),
    Origin.PARTNER: Caller("app", is_partner=True),
    Origin.PROVEN: PUBLIC,
}


@pytest.mark.parametrize("origin", KNOWN)
def test_a_flood_of_two_hundred_forms_hides_no_declaration_of_known_origin_even_an_older_one(
    world: World, origin: Origin
) -> None:
    flood(world, 100)
    declared = world.declare_and_trace(form(expected_arrival=at(minutes=5)), caller=KNOWN[origin])
    flood(world, 50)
    if origin is Origin.PROVEN:
        world.prove_and_trace(declared)
    flood(world, 50)
    for passes in (
        world.search_all(plate="70E112345"),
        world.search_all(phone="0912345678"),
        world.search_all(identity={"number": "072090000000"}),
        world.manifest_of("70E112345"),
    ):
        assert (passes.passes[0].code, passes.passes[0].origin) == (declared.code, origin)
        assert passes.complete is False
    found = world.check(CARD).found
    assert found is not None
    assert found[0].code == declared.code


def flood(world: World, number: int) -> None:
    """Forms with somebody else's plate, phone and document, for a later arrival than theirs."""
    for _ in range(number):
        world.declare_and_trace(form(expected_arrival=at(minutes=55)))


def test_a_declaration_moves_to_the_front_when_the_phone_answers_and_is_listed_once(world: World) -> None:
    first = world.declare_and_trace(form(expected_arrival=at(minutes=5)))
    second = world.declare_and_trace()
    assert [each.code for each in world.search(plate="70E112345")] == sorted([first.code, second.code], key=str)
    world.clock.advance(minutes=1)
    third = world.declare_and_trace()
    world.prove_and_trace(first)
    for passes in (world.search(plate="70E112345"), world.manifest("70E112345")):
        assert [each.origin for each in passes] == [Origin.PROVEN, Origin.UNPROVEN, Origin.UNPROVEN]
        assert passes[0].code == first.code
        assert {each.code for each in passes[1:]} == {second.code, third.code}


def test_a_proof_that_the_worker_has_not_seen_yet_hides_nothing(world: World) -> None:
    declared = world.declare_and_trace()
    world.prove(declared)
    assert [(each.code, each.origin) for each in world.search(plate="70E112345")] == [(declared.code, Origin.PROVEN)]


def pages(ask: Callable[..., FoundPasses], meanwhile: Callable[[], object] = lambda: None) -> list[list[HeldPass]]:
    """All pages of a list."""
    page = ask()
    found = [page.passes]
    while page.cursor is not None:
        meanwhile()
        page = ask(cursor=page.cursor)
        found.append(page.passes)
        assert len(found) < 200
    assert page.complete
    return found


@pytest.mark.parametrize("limit", [1, 2, 7, 50, 300])
def test_the_cursor_leads_through_all_passes_once_while_new_ones_come_in(world: World, limit: int) -> None:
    declared = [
        world.declare_and_trace(
            form(companions=number % 3, expected_arrival=at(minutes=number % 4)), caller=list(CALLERS)[number % 3]
        )
        for number in range(24)
    ]
    for each in declared[2::6]:
        world.prove_and_trace(each)
    world.clock.advance(minutes=1)
    expected = {Code(each.code.declaration, n) for number, each in enumerate(declared) for n in range(number % 3 + 1)}

    later = iter(range(10))

    def arrive() -> None:
        for caller in CALLERS if next(later, None) is not None else ():
            world.declare_and_trace(form(expected_arrival=at(minutes=50)), caller=caller)
        world.clock.advance(seconds=1)

    for ask in (
        lambda **page: world.search_all(plate="70E112345", limit=limit, **page),
        lambda **page: world.manifest_of("70E112345", limit=limit, **page),
    ):
        found = pages(ask, arrive)
        passes = [each for page in found for each in page]
        assert all(len(page) <= limit for page in found)
        codes = [each.code for each in passes if each.code in expected]
        assert len(codes) == len(set(codes))
        assert set(codes) == expected
        known = [each.origin.is_known for each in passes]
        assert known == sorted(known, reverse=True)


CALLERS = (Caller("guard", staff="guard"), Caller("app", is_partner=True), PUBLIC)


def test_sixty_declarations_are_a_page_and_the_cursor_leads_to_the_rest(world: World) -> None:
    for number in range(130):
        world.declare_and_trace({**form(), "traveller": person(number)})
    found = pages(lambda **page: world.search_all(plate="70E112345", **page))
    assert [len(page) for page in found] == [60, 60, 10]
    assert len({each.code for page in found for each in page}) == 130


@pytest.mark.parametrize("turned", range(5))
def test_who_becomes_known_while_staff_turn_the_pages_is_not_left_out(world: World, turned: int) -> None:
    declared = [world.declare_and_trace({**form(), "traveller": person(number)}) for number in range(10)]
    world.prove_and_trace(declared[0])
    world.clock.advance(minutes=1)
    waiting = [declared[3], declared[7]]
    pages_turned = 0

    def proven() -> None:
        nonlocal pages_turned
        if pages_turned == turned:
            for each in waiting:
                world.prove_and_trace(each)
        pages_turned += 1

    found = pages(lambda **page: world.search_all(plate="70E112345", limit=2, **page), proven)
    codes = [each.code for page in found for each in page]
    assert {*codes} == {each.code for each in declared}
    assert codes[0] == declared[0].code
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("limit", [1, 3])
def test_a_card_s_two_numbers_are_one_list_for_the_cursor(world: World, limit: int) -> None:
    for number in range(7):
        identity = (
            {"kind": "cmnd", "number": "290000123"} if number % 2 else {"kind": "passport", "number": "290000123"}
        )
        arrival = at(minutes=number // 3)
        world.declare_and_trace({**form(expected_arrival=arrival), "traveller": person(identity=identity)})
    found = pages(lambda **page: world.search_all(identity={"number": "290000123"}, limit=limit, **page))
    codes = [each.code for page in found for each in page]
    assert len(codes) == len(set(codes)) == 7


def test_of_two_numbers_lists_neither_is_passed_over_where_the_other_was_not_read_to_its_end(world: World) -> None:
    declared = [
        world.declare_and_trace(
            {
                **form(expected_arrival=at(minutes=minutes)),
                "traveller": person(identity={"kind": kind, "number": OLDER}),
            }
        )
        for kind, minutes in (("cmnd", 9), ("cmnd", 8), ("cmnd", 5), ("cmnd", 4), ("passport", 2), ("passport", 1))
    ]
    for each in declared[:2]:
        world.prove_and_trace(each)
    world.clock.advance(minutes=1)
    found = pages(lambda **page: world.search_all(identity={"number": OLDER}, limit=2, **page))
    codes = [each.code for page in found for each in page]
    assert sorted(codes, key=str) == sorted((each.code for each in declared), key=str)


OLDER = "290000123"


def refused_cursor(ask: Callable[[], object]) -> bool:
    with pytest.raises(InvalidInput) as raised:
        ask()
    return [(each.pointer, each.code) for each in raised.value.problems] == [("/cursor", "cursor_unknown")]


def test_a_cursor_leads_on_with_its_own_question_alone(world: World) -> None:
    for _ in range(3):
        world.declare_and_trace()
    cursor = world.search_all(plate="70E112345", limit=1).cursor
    assert cursor is not None
    assert len(world.search(plate="70E1-123.45", cursor=cursor)) == 2
    of_manifest = world.manifest_of("70E112345", limit=1).cursor
    assert of_manifest is not None
    assert refused_cursor(lambda: world.manifest_of("70E112345", cursor=cursor))
    assert refused_cursor(lambda: world.search(plate="70E112345", cursor=of_manifest))
    assert refused_cursor(lambda: world.search(plate="70E112346", cursor=cursor))
    assert refused_cursor(lambda: world.search(phone="0912345678", cursor=cursor))
    assert refused_cursor(lambda: world.search(identity={"number": "072090000000"}, cursor=cursor))


def test_a_cursor_that_is_not_ours_or_was_changed_is_refused(world: World) -> None:
    for _ in range(3):
        world.declare_and_trace()
    cursor = world.search_all(plate="70E112345", limit=1).cursor
    assert cursor is not None
    changed = [cursor[:n] + ("A" if cursor[n] != "A" else "B") + cursor[n + 1 :] for n in range(len(cursor) - 1)]
    for text in ("", "x", "é", cursor[:-1], cursor + "A", "A" * 47, *changed):
        assert refused_cursor(partial(world.search, plate="70E112345", cursor=text)), text
    world.keyed_hash = KeyedHash(b"l" * 32)
    assert refused_cursor(lambda: world.search(plate="70E112345", cursor=cursor))


def test_a_cursor_is_good_for_as_long_as_a_pass(world: World) -> None:
    for number in range(3):
        world.declare_and_trace({**form(expected_arrival=at(minutes=50)), "traveller": person(number)})
    cursor = world.manifest_of("70E112345", limit=1).cursor
    world.clock.advance(minutes=60)
    assert len(world.manifest_of("70E112345", cursor=cursor).passes) == 2
    world.clock.advance(seconds=1)
    assert refused_cursor(lambda: world.manifest_of("70E112345", cursor=cursor))


def test_a_cursor_tells_nothing_of_what_was_asked_and_found(world: World) -> None:
    declared = [world.declare_and_trace() for _ in range(3)]
    cursor = world.search_all(phone="0912345678", limit=1).cursor
    assert cursor is not None
    raw = urlsafe_b64decode(cursor + "=")
    assert len(raw) == 35
    for each in declared:
        assert each.code.to_bytes()[:5] not in raw
        assert each.code.declaration not in cursor
    seconds = int(world.clock().timestamp()).to_bytes(4, "big")
    assert seconds[:3] not in raw


def test_a_search_reads_each_side_once_and_a_card_no_alias(world: World) -> None:
    world.search(plate="70E112345")
    assert [(by, side) for by, _, side in world.exposures.read] == [(FoundBy.PLATE, side) for side in Side]
    world.exposures.read.clear()
    world.check(CARD)
    # Two numbers on two sides, and the text of the former release for 12 digits.
    assert len(world.exposures.read) == len(set(world.exposures.read)) == 5


def test_as_many_declarations_are_looked_at_whatever_a_number_can_be(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "MOST_DECLARATIONS", 2)
    for kind in ("cmnd", "passport", "passport"):
        number = {"kind": kind, "number": "290000123"}
        world.declare_and_trace({**form(), "traveller": person(identity=number)})
    passes = world.search_all(identity={"number": "290000123"})
    assert (len(passes.passes), passes.complete) == (2, False)


def test_a_full_bus_is_one_manifest_whether_declared_together_or_each_for_themselves(world: World) -> None:
    together = world.declare_and_trace(form(companions=50))
    for text in (together.code.declaration, together.code.shown, str(Code(together.code.declaration, 50)).lower()):
        found = manifest_of_declaration(text, records=world.entries, clock=world.clock).passes
        assert [each.code.person for each in found] == list(range(51))
    bus = {"kind": "bus", "plate": "70B-012.34"}
    for number in range(45):
        world.declare_and_trace({**form(transport=bus), "traveller": person(number)})
    found = world.manifest("70B01234")
    assert len({each.code.declaration for each in found}) == 45
    assert [each.code.declaration for each in found] == sorted(each.code.declaration for each in found)
    world.clock.advance(minutes=70)
    assert {each.verdict(world.clock()) for each in world.manifest("70B01234")} == {Verdict.EXPIRED}
    assert len(found) == 45
    world.clock.advance(minutes=25)
    assert world.manifest("70B01234") == []


def test_a_manifest_of_no_declaration_is_refused(world: World) -> None:
    declared = world.declare()
    for text, error in (
        ("0" * 13, PassUnknown),
        (str(Code.of(1, 0)), PassUnknown),
        (str(Code(declared.code.declaration, 1)), PassUnknown),
        (str(declared.code)[:15], CodeMistyped),
        ("", CodeMistyped),
    ):
        with pytest.raises(error):
            manifest_of_declaration(text, records=world.entries, clock=world.clock)
