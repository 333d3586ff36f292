"""Limits hold under concurrent writes. Only on the local engine, because moto is not thread-safe."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import CrossingForm, Direction
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.gate.batches import BatchForm, OfflineCrossingForm
from chalicelib.models.gate.errors import DepartureAlreadyRecorded, TooManyConflicts
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.services.gate.batches import MOST_CONFLICTS, record_batch
from chalicelib.services.gate.crossings import record_crossing
from chalicelib.services.gate.lines import Line, LineOutcome
from tests.contracts.gate.conftest import Entries, declared, found
from tests.forms import NOW
from tests.records import crossing
from tests.unit.world import World

DEVICES = 24


def sent(entries: Entries, code: Code, device: str, start: Barrier) -> Line:
    """The answer to one crossing without network."""
    line = {"id": "1", "code": str(code), "checkpoint": "an-hoa", "decision": "refuse", "reason": "x"}
    body = {"device": device, "sent_at": NOW.isoformat(), "crossings": [{**line, "recorded_at": NOW.isoformat()}]}
    form = BatchForm.model_validate_json(json.dumps(body))
    desk = World().desk()._replace(entries=entries)
    start.wait()
    lines = [each for each in form.crossings if isinstance(each, OfflineCrossingForm)]
    (answered,) = record_batch(form, lines, desk=desk).lines
    return answered


def all_at_once(entries: Entries, code: Code, devices: list[str]) -> list[Line]:
    start = Barrier(len(devices))
    with ThreadPoolExecutor(len(devices)) as pool:
        return list(pool.map(lambda device: sent(entries, code, device, start), devices))


@pytest.mark.parametrize("database", ["engine", "engine by botocore"], indirect=True)
def test_a_pass_has_five_conflicts_at_most_however_many_devices_send_at_once(entries: Entries) -> None:
    (held,) = declared(entries)
    lines = all_at_once(entries, held.code, [f"tablet-{number}" for number in range(DEVICES)])
    after = found(entries, held.code)
    assert after.crossing is not None
    assert 0 < len(after.conflicts) <= MOST_CONFLICTS
    on_record = {each.conflict.id for each in lines if each.conflict is not None}
    assert on_record == {each.id for each in after.conflicts} == {name for _, name in entries.open_conflicts(None, 99)}
    assert sum(each.outcome is LineOutcome.RECORDED for each in lines) == 1
    refused = [each.error for each in lines if each.outcome is LineOutcome.REFUSED]
    assert {type(error) for error in refused} <= {TooManyConflicts, ServiceUnavailable}
    assert len(refused) == DEVICES - 1 - len(after.conflicts)


@pytest.mark.parametrize("database", ["engine", "engine by botocore"], indirect=True)
def test_of_several_guards_who_see_someone_leave_one_records_it(entries: Entries) -> None:
    (held,) = declared(entries)
    entries.append_crossing(held, crossing(held.code))
    start = Barrier(8)

    def leaves(number: int) -> str | None:
        """Who is on record."""
        guard = Principal(f"guard-{number}", frozenset({Role.CHECKPOINT}))
        world = World()
        world.postings.post(guard.subject, "an-hoa")
        desk = world.desk(guard)._replace(entries=entries)
        form = CrossingForm(code=str(held.code), checkpoint="an-hoa", direction=Direction.OUT)
        start.wait()
        try:
            left = record_crossing(form, desk=desk).departure
        except DepartureAlreadyRecorded as refused:
            return str(refused.members["departure"]["recorded_by"])
        return left.recorded_by if left else None

    with ThreadPoolExecutor(8) as pool:
        on_record = set(pool.map(leaves, range(8)))
    (kept,) = found(entries, held.code).departures
    assert on_record == {kept.recorded_by}


@pytest.mark.parametrize("database", ["engine", "engine by botocore"], indirect=True)
def test_a_line_that_is_sent_several_times_at_once_is_one_conflict(entries: Entries) -> None:
    (held,) = declared(entries)
    all_at_once(entries, held.code, ["first"])
    lines = all_at_once(entries, held.code, ["again"] * 8)
    (kept,) = found(entries, held.code).conflicts
    assert all(each.conflict == kept for each in lines if each.error is None)
    assert {type(each.error) for each in lines} <= {type(None), ServiceUnavailable}
