"""Conflicts: listed until a supervisor settles them, and on record for good."""

from datetime import timedelta

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import Conflict
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.records import HeldPass
from tests.contracts.gate.conftest import Entries, declared, found
from tests.forms import NOW
from tests.records import conflict, correction, crossing, settlement

BOTH = {"an-hoa", "ben-cui"}


def crossed(entries: Entries, number: int = 1, checkpoint: str = "ben-cui") -> HeldPass:
    """A pass with a crossing. Those in conflict with it are of An Hòa."""
    (held,) = declared(entries, number)
    refused = crossing(held.code, Decision.REFUSE).model_copy(update={"checkpoint": checkpoint})
    entries.append_crossing(held, refused)
    return found(entries, held.code)


def in_conflict(entries: Entries, number: int = 1) -> tuple[HeldPass, Conflict]:
    held = crossed(entries, number)
    kept = conflict(held.code)
    entries.append_conflict(held, kept)
    return found(entries, held.code), kept


def test_a_conflict_is_stored_and_listed_for_the_checkpoints_it_concerns(entries: Entries) -> None:
    held, kept = in_conflict(entries)
    assert held.conflicts == held.open_conflicts == [kept]
    for checkpoint, listed in ((None, True), ("an-hoa", True), ("ben-cui", True), ("cui", False), ("an-tinh", False)):
        assert entries.open_conflicts(checkpoint, 10) == ([(held.code, kept.id)] if listed else [])


def test_a_conflict_without_knowledge_of_the_last_one_is_not_written(entries: Entries) -> None:
    held = crossed(entries)
    kept = conflict(held.code)
    assert entries.append_conflict(held, kept)
    for late in (conflict(held.code, by="late"), kept):
        assert not entries.append_conflict(held, late)
    assert found(entries, held.code).conflicts == [kept]
    assert [len(entries.open_conflicts(each, 10)) for each in (*BOTH, None)] == [1, 1, 1]


def test_the_conflicts_that_came_in_last_are_listed_first_and_as_many_as_are_asked_for(entries: Entries) -> None:
    names = {}
    for number, minutes in enumerate((2, 0, 3, 1)):
        held = crossed(entries, number, "an-hoa" if minutes else "ben-cui")
        kept = conflict(held.code, at=NOW + timedelta(minutes=minutes))
        entries.append_conflict(held, kept)
        names[minutes] = (held.code, kept.id)
    assert entries.open_conflicts(None, 10) == [names[minutes] for minutes in (3, 2, 1, 0)]
    assert entries.open_conflicts(None, 2) == [names[3], names[2]]
    assert entries.open_conflicts("an-hoa", 2) == [names[3], names[2]]
    assert entries.open_conflicts("ben-cui", 1) == [names[0]]


def test_a_crossing_in_conflict_is_that_of_the_pass_and_a_conflict(entries: Entries) -> None:
    (held,) = declared(entries)
    kept = conflict(held.code)
    assert entries.append_crossing_in_conflict(held, kept)
    after = found(entries, held.code)
    assert (after.crossing, after.conflicts) == (kept.crossing, [kept])
    assert entries.open_conflicts("an-hoa", 10) == [(held.code, kept.id)]


def test_where_a_pass_has_a_crossing_none_in_conflict_is_written(entries: Entries) -> None:
    held = crossed(entries)
    assert not entries.append_crossing_in_conflict(held, conflict(held.code))
    after = found(entries, held.code)
    assert after.crossing == held.crossing
    assert not after.conflicts
    assert entries.open_conflicts(None, 10) == []


def test_the_same_crossing_in_conflict_again_is_not_written(entries: Entries) -> None:
    (held,) = declared(entries)
    kept = conflict(held.code)
    entries.append_crossing_in_conflict(held, kept)
    assert not entries.append_crossing_in_conflict(held, kept)
    assert found(entries, held.code).conflicts == [kept]
    assert len(entries.open_conflicts(None, 10)) == 1


def test_where_only_the_number_of_the_conflict_is_taken_no_crossing_is_written(entries: Entries) -> None:
    (held,) = declared(entries)
    kept = conflict(held.code)
    assert entries.append_conflict(held, kept)
    assert not entries.append_crossing_in_conflict(held, conflict(held.code, by="other"))
    after = found(entries, held.code)
    assert (after.crossing, after.conflicts) == (None, [kept])


def test_twelve_conflicts_stand_in_the_order_in_which_they_were_written(entries: Entries) -> None:
    held = crossed(entries)
    kept = [conflict(held.code, by=f"{12 - number}") for number in range(12)]
    for each in kept:
        assert entries.append_conflict(found(entries, held.code), each)
    assert found(entries, held.code).conflicts == kept


def test_a_settlement_is_stored_with_its_correction_and_leaves_the_list(entries: Entries) -> None:
    held, kept = in_conflict(entries)
    other, _ = in_conflict(entries, 2)
    settled, corrected = settlement(kept), correction("settled")
    assert entries.append_settlement(held, kept, settled, corrected)
    after = found(entries, held.code)
    assert (after.corrections, after.conflicts, after.open_conflicts) == ([corrected], [kept], [])
    assert after.record.settlements == {kept.id: settled}
    assert [code for code, _ in entries.open_conflicts(None, 10)] == [other.code]
    assert [each.code for each in entries.changes_since(NOW)] == [str(held.code)]


def test_a_settled_conflict_leaves_the_list_of_each_checkpoint(entries: Entries) -> None:
    held, kept = in_conflict(entries)
    (alone,) = declared(entries, 2)
    own = conflict(alone.code)
    entries.append_crossing_in_conflict(alone, own)
    assert [len(entries.open_conflicts(each, 10)) for each in (*sorted(BOTH), None)] == [2, 1, 2]
    for each, settled in ((held, kept), (found(entries, alone.code), own)):
        assert entries.append_settlement(each, settled, settlement(settled), correction())
    assert [entries.open_conflicts(each, 10) for each in (*BOTH, None)] == [[], [], []]


def test_a_conflict_is_settled_once(entries: Entries) -> None:
    held, kept = in_conflict(entries)
    first = settlement(kept)
    assert entries.append_settlement(held, kept, first, correction("first"))
    for stale in (held, found(entries, held.code)):
        assert not entries.append_settlement(stale, kept, settlement(kept, by="other"), correction("second"))
    after = found(entries, held.code)
    assert after.record.settlements == {kept.id: first}
    assert [each.reason for each in after.corrections] == ["first"]


def test_a_settlement_without_knowledge_of_the_last_correction_is_not_written(entries: Entries) -> None:
    held, kept = in_conflict(entries)
    assert entries.append_correction(held, correction("first"))
    assert not entries.append_settlement(held, kept, settlement(kept), correction("second"))
    after = found(entries, held.code)
    assert (after.record.settlements, after.open_conflicts) == ({}, [kept])
    assert [each.reason for each in after.corrections] == ["first"]
    assert len(entries.open_conflicts(None, 10)) == len(entries.changes_since(NOW)) == 1
    assert entries.append_settlement(after, kept, settlement(kept), correction("second"))


def test_a_settled_conflict_that_is_stored_again_is_not_listed_again(entries: Entries) -> None:
    unaware = crossed(entries)
    kept = conflict(unaware.code)
    entries.append_conflict(unaware, kept)
    held = found(entries, unaware.code)
    entries.append_settlement(held, kept, settlement(kept), correction())
    assert not entries.append_conflict(unaware, kept)
    assert entries.open_conflicts(None, 10) == []
    assert found(entries, held.code).open_conflicts == []


def test_several_conflicts_of_a_declaration_stand_with_their_passes(entries: Entries) -> None:
    passes = declared(entries, companions=1)
    kept = {held.code.person: [conflict(held.code, by=by) for by in ("a", "b")] for held in passes}
    for held in passes:
        entries.append_crossing(held, crossing(held.code))
        for each in kept[held.code.person]:
            assert entries.append_conflict(found(entries, held.code), each)
    record = entries.find(passes[0].code)
    assert record is not None
    assert record.conflicts == kept
    settled = kept[1][0]
    entries.append_settlement(found(entries, passes[1].code), settled, settlement(settled), correction())
    assert found(entries, passes[0].code).open_conflicts == kept[0]
    assert found(entries, Code(passes[0].code.declaration, 1)).open_conflicts == kept[1][1:]
