"""One pass in the record of its declaration: what it is worth, and what holds for it."""

from datetime import datetime, timedelta

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.records import DeclarationRecord, HeldPass, pass_of
from tests.forms import NOW
from tests.records import conflict, correction, crossing, declaration, revocation, settlement

CODE = Code.of(1, 1)
RECORD = DeclarationRecord(declaration(companions=2))
HELD = pass_of(CODE, RECORD)
HOUR = timedelta(hours=1)


def revoked(held: HeldPass) -> HeldPass:
    record = DeclarationRecord(held.record.declaration, held.record.crossings, {held.code.person: revocation()})
    return HeldPass(held.code, record)


def test_a_pass_is_that_of_the_person_whom_its_code_names() -> None:
    assert HELD.person == RECORD.declaration.form.companions[0]
    assert HELD.issued.token == "TNP1:1"
    assert [each.code for each in RECORD.passes(CODE.declaration)] == [Code(CODE.declaration, n) for n in range(3)]
    assert RECORD.passes(CODE.declaration)[1] == HELD


@pytest.mark.parametrize("record", [None, RECORD])
def test_a_code_beyond_the_record_is_no_pass(record: DeclarationRecord | None) -> None:
    with pytest.raises(PassUnknown):
        pass_of(Code.of(1, 3), record)


def test_a_pass_is_valid_until_it_expires() -> None:
    moments = (NOW, NOW + HOUR - timedelta(microseconds=1), NOW + HOUR)
    assert [HELD.verdict(now) for now in moments] == [Verdict.VALID, Verdict.VALID, Verdict.EXPIRED]


@pytest.mark.parametrize("now", [NOW, NOW + 2 * HOUR])
def test_being_revoked_outweighs_having_been_used_and_that_having_expired(now: datetime) -> None:
    used = HELD.with_crossing(crossing(CODE))
    assert used.verdict(now) is Verdict.USED
    assert revoked(HELD).verdict(now) is revoked(used).verdict(now) is Verdict.REVOKED


def test_of_a_pass_without_a_crossing_nothing_is_decided() -> None:
    assert (HELD.crossing, HELD.decision, HELD.is_used, HELD.is_revoked, HELD.is_settled) == (
        None,
        None,
        False,
        False,
        False,
    )


def test_the_crossing_decides_until_it_is_corrected_and_then_the_last_correction() -> None:
    held = HELD.with_crossing(crossing(CODE))
    assert held.decision is Decision.ADMIT
    for decision in (Decision.ISOLATE, Decision.REFUSE, Decision.ADMIT):
        held = held.with_correction(correction(decision=decision))
        assert held.decision is decision
    assert len(held.corrections) == 3
    assert held.crossing == crossing(CODE)


def test_what_certificates_proved_at_the_gate_counts_for_more_than_what_was_declared() -> None:
    assert (HELD.findings, HELD.instructions) == (["declared"], ["wait"])
    nothing_shown = HELD.with_crossing(crossing(CODE))
    assert (nothing_shown.findings, nothing_shown.instructions) == (["declared"], ["wait"])
    proven = crossing(CODE).model_copy(update={"findings": ["proven"], "instructions": ["go"]})
    assert (HELD.with_crossing(proven).findings, HELD.with_crossing(proven).instructions) == (["proven"], ["go"])
    healthy = crossing(CODE).model_copy(update={"findings": [], "instructions": []})
    assert (HELD.with_crossing(healthy).findings, HELD.with_crossing(healthy).instructions) == ([], [])


def test_a_conflict_is_open_until_it_is_settled() -> None:
    first, second = conflict(CODE, by="a"), conflict(CODE, by="b")
    held = HELD.with_conflict(first).with_conflict(second)
    assert (held.conflicts, held.open_conflicts, held.is_settled) == ([first, second], [first, second], False)
    held = held.with_settlement(settlement(first))
    assert (held.conflicts, held.open_conflicts, held.is_settled) == ([first, second], [second], True)


def test_a_settlement_of_another_pass_of_the_declaration_settles_nothing_here() -> None:
    other = conflict(Code(CODE.declaration, 2))
    held = HELD.with_conflict(conflict(CODE)).with_settlement(settlement(other))
    assert len(held.open_conflicts) == 1
    assert not held.is_settled


def test_what_is_added_to_a_pass_changes_neither_what_was_found_nor_other_passes() -> None:
    own = conflict(CODE)
    after = (
        HELD.with_crossing(crossing(CODE))
        .with_correction(correction())
        .with_conflict(own)
        .with_settlement(settlement(own))
    )
    assert after.code == CODE
    assert DeclarationRecord(declaration(companions=2)) == RECORD
    (traveller, _, last) = after.record.passes(CODE.declaration)
    for other in (traveller, last):
        assert not other.is_used
        assert not other.corrections
        assert not other.conflicts
