"""Arrivals and replacements, and the list of until when passes hold."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from chalicelib.models.entry.arrivals import ArrivalBy, ArrivedPass, GateArrival
from chalicelib.models.entry.crossings import Offline
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.entry.replacements import ReplacedPass, Replacement
from tests.contracts.gate.conftest import Entries, declared, found
from tests.forms import NOW

if TYPE_CHECKING:
    from chalicelib.services.entry.ports import ArrivalsAtGates

HOUR = timedelta(hours=1)


def arrival(at: datetime = NOW, received_at: datetime | None = None) -> GateArrival:
    offline = Offline(device="d1", id="1", said_at=at, received_at=received_at) if received_at else None
    return GateArrival(
        checkpoint="an-hoa", recorded_at=at, holds_until=at + 6 * HOUR, by=ArrivalBy.HOLDER, offline=offline
    )


def listed(held: HeldPass, at: datetime = NOW) -> ArrivedPass:
    return ArrivedPass(code=str(held.code), arrived_at=at, expires_at=at + 6 * HOUR)


def test_an_arrival_is_stored_and_listed(entries: Entries) -> None:
    first, second = declared(entries, companions=1)
    assert entries.append_arrivals([(second, arrival())]) == [None]
    assert found(entries, first.code).arrival is None
    assert found(entries, second.code).arrival == arrival()
    assert found(entries, second.code).expires_at == NOW + 6 * HOUR
    assert entries.holding_since(NOW) == [listed(second)]
    assert entries.changes_since(NOW) == []


def test_who_has_arrived_gets_the_first_arrival_and_the_others_are_stored(entries: Entries) -> None:
    passes = declared(entries, companions=2)
    later = arrival(NOW + HOUR / 2)
    entries.append_arrivals([(passes[1], arrival())])
    assert entries.append_arrivals([(held, later) for held in passes]) == [None, arrival(), None]
    assert [found(entries, held.code).arrival for held in passes] == [later, arrival(), later]
    assert [each.code for each in entries.holding_since(NOW)] == [str(passes[place].code) for place in (1, 0, 2)]


def test_a_line_of_a_hundred_arrives(entries: Entries) -> None:
    passes = [*declared(entries, companions=50), *declared(entries, number=2, companions=48)]
    entries.append_arrivals([(passes[70], arrival())])
    assert entries.append_arrivals([(held, arrival()) for held in passes]).count(None) == 99
    assert len(entries.holding_since(NOW)) == 100


def test_what_came_late_is_listed_when_it_came(entries: Entries) -> None:
    (held,) = declared(entries)
    came = NOW + 2 * HOUR
    entries.append_arrivals([(held, arrival(NOW, received_at=came))])
    assert entries.holding_since(came) == [listed(held)]
    assert entries.holding_since(came + HOUR) == []


def test_a_replacement_is_stored_and_listed_once(entries: Entries) -> None:
    older, newer = declared(entries)[0], declared(entries, number=2)[0]
    first, second = (Replacement(recorded_at=NOW + number * HOUR / 4, by=str(newer.code)) for number in (1, 2))
    entries.append_replacement(older, first)
    entries.append_replacement(older, second)
    assert found(entries, older.code).replacement == first
    assert found(entries, older.code).expires_at == first.recorded_at
    assert entries.holding_since(NOW) == [
        ReplacedPass(code=str(older.code), replaced_at=first.recorded_at, by=str(newer.code), expires_at=NOW + HOUR)
    ]


def test_people_who_arrived_at_a_checkpoint_are_found(entries: Entries) -> None:
    first, second, third = declared(entries, companions=2)
    elsewhere = arrival().model_copy(update={"checkpoint": "loc-giang"})
    entries.append_arrivals([(first, arrival()), (second, elsewhere), (third, arrival(NOW + HOUR / 2))])
    arrivals = cast("ArrivalsAtGates", entries)
    assert list(arrivals.arrived_at("an-hoa", since=NOW)) == [first.code, third.code]
    assert list(arrivals.arrived_at("an-hoa", since=NOW + HOUR / 4)) == [third.code]
    assert list(arrivals.arrived_at("loc-giang", since=NOW)) == [second.code]
