"""Finding passes."""

from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.errors import CodeMistyped, PassUnknown
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.people.identities import IdentityKind
from chalicelib.services.entry.declarations import Caller
from chalicelib.services.gate import searches
from chalicelib.services.gate.searches import manifest_of_declaration
from tests.forms import form, person
from tests.unit.gate.scanned import CARD
from tests.unit.world import World, at


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


def test_a_search_leads_to_sixty_declarations_and_says_whether_there_are_more(world: World) -> None:
    for number in range(60):
        world.declare_and_trace({**form(), "traveller": person(number)})
    for complete in (True, False):
        for passes in (world.search_all(plate="70E112345"), world.manifest_of("70E112345")):
            assert (len(passes.passes), passes.complete) == (60, complete)
        world.declare_and_trace({**form(), "traveller": person(60)})


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
