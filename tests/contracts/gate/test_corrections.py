"""Corrections: each is written after those that its writer knows, so that none is lost."""

from datetime import timedelta

from chalicelib.models.entry.corrections import CorrectedPass
from chalicelib.models.entry.crossings import Decision
from tests.contracts.gate.conftest import Entries, declared, found
from tests.forms import NOW
from tests.records import correction, crossing


def test_a_correction_is_stored_and_listed(entries: Entries) -> None:
    (held,) = declared(entries)
    entries.append_crossing(held, crossing(held.code))
    held, stored = found(entries, held.code), correction(decision=Decision.REFUSE)
    assert entries.append_correction(held, stored)
    after = found(entries, held.code)
    assert (after.corrections, after.crossing) == ([stored], held.crossing)
    assert entries.changes_since(NOW) == [
        CorrectedPass(
            code=str(held.code), decision=Decision.REFUSE, corrected_at=NOW, expires_at=NOW + timedelta(hours=1)
        )
    ]


def test_a_correction_without_knowledge_of_the_last_one_is_not_written(entries: Entries) -> None:
    (held,) = declared(entries)
    entries.append_crossing(held, crossing(held.code))
    first, late = correction("first"), correction("late", at=NOW + timedelta(seconds=1))
    assert entries.append_correction(held, first)
    assert not entries.append_correction(held, late)
    assert found(entries, held.code).corrections == [first]
    assert len(entries.changes_since(NOW)) == 1
    assert entries.append_correction(found(entries, held.code), late)
    assert found(entries, held.code).corrections == [first, late]


def test_twelve_corrections_stand_in_their_order_and_those_of_others_apart(entries: Entries) -> None:
    one, other = declared(entries, companions=1)
    for held in (one, other):
        entries.append_crossing(held, crossing(held.code))
    assert entries.append_correction(other, correction("other"))
    for number in range(12):
        assert entries.append_correction(found(entries, one.code), correction(f"{number}"))
    assert [each.reason for each in found(entries, one.code).corrections] == [f"{number}" for number in range(12)]
    assert [each.reason for each in found(entries, other.code).corrections] == ["other"]
