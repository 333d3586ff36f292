"""Departures: on record in their order, and who must still come to a gate is listed until then."""

from datetime import date, timedelta

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import Conflict
from chalicelib.models.entry.crossings import Crossing, Decision, IdentityHeld
from chalicelib.models.entry.records import HeldPass
from tests.contracts.gate.conftest import Entries, declared, found
from tests.forms import NOW
from tests.records import conflict, correction, crossing, declaration, departure

TODAY = NOW.date()


def visitors(entries: Entries, number: int = 1, companions: int = 0, until: date = TODAY) -> list[HeldPass]:
    """The passes of a new declaration for one day."""
    code, stored = Code.of(number, 0), declaration(companions)
    trip = stored.form.trip.model_copy(update={"stay_until": until})
    form = stored.form.model_copy(update={"trip": trip})
    assert entries.append_declaration(code, stored.model_copy(update={"form": form})) is None
    return [found(entries, Code(code.declaration, person)) for person in range(companions + 1)]


def crossed(entries: Entries, held: HeldPass, **changes: object) -> HeldPass:
    assert entries.append_crossing(held, crossing(held.code).model_copy(update=changes)) is None
    return found(entries, held.code)


def listed(entries: Entries, checkpoint: str | None = None, day: date = TODAY) -> list[Code]:
    return entries.visitors(day, checkpoint, 10_000)


def with_card(code: Code) -> Crossing:
    return crossing(code).model_copy(update={"identity_held": IdentityHeld(receipt="A-017")})


def test_a_departure_is_stored_beside_the_declaration(entries: Entries) -> None:
    _, held = declared(entries, companions=1)
    stored = departure(held.code)
    assert entries.append_departures([(held, stored)])
    assert found(entries, held.code).departures == [stored]
    assert dict(found(entries, held.code).record.departures) == {1: [stored]}


def test_a_departure_without_knowledge_of_the_last_one_is_not_written(entries: Entries) -> None:
    (held,) = declared(entries)
    first, second = departure(held.code), departure(held.code, by="other")
    assert entries.append_departures([(held, first)])
    assert not entries.append_departures([(held, second)])
    assert entries.append_departures([(found(entries, held.code), second)])
    assert found(entries, held.code).departures == [first, second]


def test_a_visitor_for_the_day_is_listed_until_they_leave(entries: Entries) -> None:
    own, other = visitors(entries, companions=1)
    held = crossed(entries, own)
    crossed(entries, other, checkpoint="ben-cui")
    crossed(entries, *visitors(entries, 2, until=TODAY + timedelta(days=1)))
    crossed(entries, *declared(entries, 3))
    assert listed(entries) == [own.code, other.code]
    assert listed(entries, "ben-cui") == [other.code]
    assert listed(entries, "ben") == listed(entries, day=TODAY + timedelta(days=1)) == []
    assert entries.append_departures([(held, departure(own.code))])
    assert listed(entries) == [other.code]


def test_they_are_listed_by_checkpoint_and_time_and_as_many_as_are_asked_for(entries: Entries) -> None:
    codes = {}
    for number, (checkpoint, minutes) in enumerate((("b", 1), ("a", 3), ("b", 0), ("a", 2))):
        (held,) = visitors(entries, number)
        crossed(entries, held, checkpoint=checkpoint, recorded_at=NOW + timedelta(minutes=minutes))
        codes[minutes] = held.code
    assert listed(entries) == [codes[minutes] for minutes in (2, 3, 0, 1)]
    assert entries.visitors(TODAY, None, 3) == [codes[minutes] for minutes in (2, 3, 0)]
    assert entries.visitors(TODAY, "b", 1) == [codes[0]]


def test_a_second_crossing_lists_nobody(entries: Entries) -> None:
    (held,) = visitors(entries)
    refused = crossing(held.code, Decision.REFUSE)
    assert entries.append_crossing(held, refused) is None
    assert entries.append_crossing(held, crossing(held.code)) == refused
    assert listed(entries) == []


def test_a_correction_lists_whom_it_admits_and_nobody_else(entries: Entries) -> None:
    (held,) = visitors(entries)
    held = crossed(entries, held, decision=Decision.REFUSE)
    assert entries.append_correction(held, correction(decision=Decision.ADMIT))
    assert listed(entries) == [held.code]
    assert entries.append_correction(found(entries, held.code), correction(decision=Decision.ISOLATE))
    assert listed(entries) == []


def test_a_visitor_who_comes_in_by_a_conflict_is_listed(entries: Entries) -> None:
    (held,) = visitors(entries)
    kept: Conflict = conflict(held.code)
    assert entries.append_crossing_in_conflict(held, kept)
    assert listed(entries) == [held.code]


def test_whose_card_is_kept_is_listed_until_it_is_given_back(entries: Entries) -> None:
    (held,) = declared(entries)
    entries.append_crossing(held, with_card(held.code))
    for returned, awaited in ((False, [held.code]), (True, [])):
        left = departure(held.code, returned=returned)
        assert entries.append_departures([(found(entries, held.code), left)])
        assert listed(entries) == awaited
    assert found(entries, held.code).identity_held is None


@pytest.mark.parametrize("number", [30, 60])
def test_a_full_bus_comes_and_leaves_at_once(entries: Entries, number: int) -> None:
    bus = [held for each in (1, 2) for held in visitors(entries, each, companions=number // 2 - 1)]
    assert entries.append_crossings([(held, crossing(held.code)) for held in bus])
    assert set(listed(entries)) == {held.code for held in bus}
    after = [found(entries, held.code) for held in bus]
    assert entries.append_departures([(held, departure(held.code)) for held in after])
    assert listed(entries) == []


def test_of_several_departures_none_is_stored_if_one_pass_has_another(entries: Entries) -> None:
    bus = [crossed(entries, held) for each in (1, 2) for held in visitors(entries, each, companions=29)]
    assert entries.append_departures([(bus[3], departure(bus[3].code, by="other"))])
    assert not entries.append_departures([(held, departure(held.code)) for held in bus])
    assert len(listed(entries)) == 59
    assert found(entries, bus[0].code).departures == ()
