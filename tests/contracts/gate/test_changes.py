"""Revocations, and the list of what was revoked and corrected."""

from datetime import timedelta

from chalicelib.models.entry.corrections import CorrectedPass
from chalicelib.models.entry.revocations import RevokedPass
from tests.contracts.gate.conftest import Entries, declared, found
from tests.forms import NOW
from tests.records import correction, crossing, revocation

SECOND = timedelta(seconds=1)


def test_a_revocation_is_stored_and_listed(entries: Entries) -> None:
    _, held = declared(entries, companions=1)
    stored = revocation()
    assert entries.append_revocation(held, stored) is None
    assert dict(found(entries, held.code).record.revocations) == {1: stored}
    assert entries.changes_since(NOW) == [
        RevokedPass(code=str(held.code), revoked_at=NOW, expires_at=NOW + timedelta(hours=1))
    ]


def test_a_second_revocation_returns_the_first_and_writes_nothing(entries: Entries) -> None:
    (held,) = declared(entries)
    first, second = revocation("first"), revocation("second", at=NOW + SECOND)
    entries.append_revocation(held, first)
    for other in (second, first):
        assert entries.append_revocation(held, other) == first
    assert found(entries, held.code).revocation == first
    assert len(entries.changes_since(NOW)) == 1


def test_changes_are_listed_in_the_order_of_time_whenever_they_were_written(entries: Entries) -> None:
    passes = declared(entries, companions=4)
    for held, seconds in zip(passes, (3, 1, 4, 0, 2), strict=True):
        if seconds % 2:
            entries.append_revocation(held, revocation(at=NOW + seconds * SECOND))
        else:
            entries.append_crossing(held, crossing(held.code))
            entries.append_correction(held, correction(at=NOW + seconds * SECOND))
    changes = entries.changes_since(NOW)
    assert [each.code for each in changes] == [str(passes[place].code) for place in (3, 1, 4, 0, 2)]
    assert [type(each) for each in changes] == [CorrectedPass, RevokedPass] * 2 + [CorrectedPass]


def test_changes_are_listed_from_a_moment_on_and_that_moment_counts(entries: Entries) -> None:
    passes = declared(entries, companions=2)
    instants = [NOW, NOW + timedelta(microseconds=1), NOW + SECOND]
    for held, at in zip(passes, instants, strict=True):
        entries.append_revocation(held, revocation(at=at))
    for moment, number in ((NOW - SECOND, 3), (NOW, 3), (instants[1], 2), (instants[2], 1)):
        assert len(entries.changes_since(moment)) == number
    assert entries.changes_since(NOW + 2 * SECOND) == []


def test_of_one_moment_the_changes_of_all_passes_are_listed(entries: Entries) -> None:
    passes = declared(entries, companions=2)
    for held in reversed(passes):
        entries.append_crossing(held, crossing(held.code))
        entries.append_revocation(held, revocation())
        entries.append_correction(held, correction())
    codes = [str(held.code) for held in passes for _ in range(2)]
    assert [each.code for each in entries.changes_since(NOW)] == codes


def test_of_two_corrections_of_a_pass_in_one_moment_the_last_is_listed(entries: Entries) -> None:
    (held,) = declared(entries)
    entries.append_crossing(held, crossing(held.code))
    entries.append_correction(held, correction("first"))
    held = found(entries, held.code)
    last = correction("last", held.crossing.decision) if held.crossing else correction()
    assert entries.append_correction(held, last)
    (listed,) = entries.changes_since(NOW)
    assert isinstance(listed, CorrectedPass)
    assert listed.decision == last.decision
