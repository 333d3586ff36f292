"""Crossings: a pass has one, however many are sent."""

from chalicelib.models.entry.crossings import Decision
from tests.contracts.gate.conftest import Entries, declared, found
from tests.records import crossing


def test_a_crossing_is_stored_beside_the_declaration(entries: Entries) -> None:
    _, held, _ = declared(entries, companions=2)
    stored = crossing(held.code)
    assert entries.append_crossing(held, stored) is None
    assert found(entries, held.code).crossing == stored
    assert dict(held.record.crossings) == {}  # what was found before it does not change
    assert dict(found(entries, held.code).record.crossings) == {1: stored}


def test_a_second_crossing_returns_the_first_and_writes_nothing(entries: Entries) -> None:
    (held,) = declared(entries)
    first, second = crossing(held.code), crossing(held.code, Decision.REFUSE, by="other")
    entries.append_crossing(held, first)
    for other in (second, first):
        assert entries.append_crossing(held, other) == first
    assert found(entries, held.code).crossing == first


def test_a_hundred_crossings_are_stored_at_once(entries: Entries) -> None:
    bus = [*declared(entries, 1, companions=49), *declared(entries, 2, companions=49)]
    assert entries.append_crossings([(held, crossing(held.code)) for held in bus])
    for held in bus:
        assert found(entries, held.code).crossing == crossing(held.code)


def test_of_several_crossings_none_is_stored_if_a_pass_has_one(entries: Entries) -> None:
    bus = declared(entries, companions=2)
    before = crossing(bus[1].code, Decision.REFUSE, by="other")
    entries.append_crossing(bus[1], before)
    assert not entries.append_crossings([(held, crossing(held.code)) for held in bus])
    assert dict(found(entries, bus[0].code).record.crossings) == {1: before}
