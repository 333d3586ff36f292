"""The stay of a permit's holder follows the crossings, whenever its worker runs."""

from datetime import datetime, timedelta
from random import Random

import pytest

from chalicelib.models.entry.crossings import Decision, Direction
from chalicelib.models.permits.corrections import PermitCorrection
from chalicelib.models.permits.crossings import PermitCrossing
from chalicelib.models.permits.permits import PermitVerdict
from chalicelib.models.stays.changes import ChangeKind
from chalicelib.models.stays.stays import StayRecord
from chalicelib.services.stays.permits import PermitRegister, watch_permit
from tests.unit.fakes.permits import Permits
from tests.unit.fakes.policy import POLICY
from tests.unit.fakes.stays import Stays
from tests.unit.permits.made import CODE, NOW, ZONE, granted
from tests.unit.stays.made import change

IN, OUT = Direction.IN, Direction.OUT
ADMIT, REFUSE, ISOLATE = Decision.ADMIT, Decision.REFUSE, Decision.ISOLATE


class Gate:
    """A permit's crossings, a minute after each other."""

    def __init__(self) -> None:
        self.now, self.permits, self.stays = NOW, Permits({str(CODE): granted()}), Stays()

    def crosses(self, direction: Direction, decision: Decision) -> datetime:
        self.now += timedelta(minutes=1)
        crossing = PermitCrossing(
            code=str(CODE),
            checkpoint="an-hoa",
            direction=direction,
            crossed_at=self.now,
            verdict=PermitVerdict.VALID,
            decision=decision,
            reason="sốt",
            recorded_at=self.now,
            recorded_by="staff-1",
        )
        assert self.permits.cross(granted(), crossing) is None
        return self.now

    def corrects(self, number: int, decision: Decision) -> None:
        found = self.permits.crossings(CODE)[number]
        correction = PermitCorrection(
            decision=decision, reason="bấm nhầm", recorded_at=self.now, recorded_by="staff-2", recorded_by_name="Hai"
        )
        assert self.permits.correct(found, correction)

    def watched(self, stays: Stays | None = None) -> StayRecord | None:
        stays = stays or self.stays
        register = PermitRegister(self.permits, stays, lambda: POLICY, "2021", ZONE, lambda: self.now)
        watch_permit(CODE, register=register)
        return stays.find(CODE)

    def is_listed(self, stays: Stays | None = None) -> bool:
        record = self.watched(stays)
        return record is not None and record.listed is not None


def test_nobody_who_is_admitted_or_turned_away_has_a_stay() -> None:
    gate = Gate()
    for direction, decision in ((IN, ADMIT), (IN, REFUSE), (OUT, ISOLATE), (OUT, ADMIT)):
        gate.crosses(direction, decision)
        assert gate.watched() is None


def test_a_change_has_the_name_of_the_person_who_corrected() -> None:
    gate = Gate()
    gate.crosses(IN, ISOLATE)
    assert gate.is_listed()
    gate.corrects(0, ADMIT)
    record = gate.watched()
    assert record is not None
    ended = record.ended_by
    assert ended is not None
    assert (ended.kind, ended.recorded_by_name, ended.reason) == (ChangeKind.ENDED, "Hai", "bấm nhầm")


@pytest.mark.parametrize("seed", range(200))
def test_the_same_people_are_listed_however_late_the_worker_runs(seed: int) -> None:
    random, gate, late = Random(seed), Gate(), Stays()  # noqa: S311 - not for secrets
    for _ in range(random.randint(1, 12)):
        if random.random() < 0.5 or not gate.permits.crossed:
            gate.crosses(random.choice((IN, OUT)), random.choice((ADMIT, REFUSE, ISOLATE)))
        else:
            gate.corrects(random.randrange(len(gate.permits.crossed)), random.choice((ADMIT, REFUSE, ISOLATE)))
        if random.random() < 0.6:
            gate.watched()
            writes = gate.stays.writes
            gate.watched()
            assert gate.stays.writes == writes
    assert gate.is_listed() == gate.is_listed(late)


def test_a_worker_that_another_one_overtakes_reads_again() -> None:
    gate = Gate()
    gate.crosses(IN, ISOLATE)
    gate.watched()
    gate.crosses(OUT, ADMIT)

    def meanwhile() -> None:
        record = gate.stays.find(CODE)
        assert record is not None
        assert gate.stays.append(record, change(gate.now, ChangeKind.ENDED, "âm tính", until=record.stay.begins_on))

    gate.stays.meanwhile.append(meanwhile)
    record = gate.watched()
    assert record is not None
    assert [each.kind for each in record.changes] == [ChangeKind.ENDED]
