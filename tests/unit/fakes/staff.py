"""Checkpoints and postings in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.models.staff.staff import Posting, StaffRecord
from tests.forms import NOW
from tests.unit.fakes.clocks import Clock

Kept = TypeVar("Kept")


def gates() -> dict[str, Checkpoint]:
    gate = Checkpoint(
        id="an-hoa",
        name="Chốt An Hòa",
        name_en="An Hoa",
        road="QL22",
        place="An Hòa",
        commune="25735",
        latitude=11.0,
        longitude=106.3,
        lanes=2,
        open=True,
    )
    closed = gate.model_copy(update={"id": "an-tinh", "open": False})
    return {gate.id: gate, closed.id: closed}


@dataclass
class Checkpoints:
    """`meanwhile` is what someone else does just before a checkpoint is changed."""

    kept: dict[str, Checkpoint] = field(default_factory=gates)
    meanwhile: Callable[[], object] = field(default=lambda: None)

    def find(self, checkpoint_id: str) -> Checkpoint | None:
        return self.kept.get(checkpoint_id)

    def change(self, checkpoint_id: str, make: Callable[[Checkpoint | None], Checkpoint]) -> Checkpoint:
        return _changed(self.kept, checkpoint_id, make, self.meanwhile)


@dataclass
class Postings:
    """What was read is kept for a minute. `reads` counts what the real one would pay for."""

    records: dict[str, StaffRecord] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    kept: dict[str, tuple[datetime, StaffRecord | None]] = field(default_factory=dict)
    reads: int = 0

    def post(self, subject: str, checkpoint: str | None, since: datetime = NOW - timedelta(days=1)) -> None:
        before = self.records[subject].postings if subject in self.records else []
        posting = Posting(checkpoint=checkpoint, since=since, posted_by="supervisor")
        self.records[subject] = StaffRecord(subject=subject, postings=[posting, *before])

    def of(self, subject: str, *, fresh: bool) -> StaffRecord | None:
        now = self.clock()
        read_at, record = self.kept.get(subject, (None, None))
        if fresh or read_at is None or now - read_at >= timedelta(minutes=1):
            self.reads += 1
            record = self.records.get(subject)
            self.kept[subject] = now, record
        return record

    def everyone(self) -> list[StaffRecord]:
        return list(self.records.values())

    def change(self, subject: str, make: Callable[[StaffRecord | None], StaffRecord]) -> StaffRecord:
        made = _changed(self.records, subject, make)
        self.kept[subject] = self.clock(), made
        return made

    def drop_empty(self, record: StaffRecord) -> None:
        if record.is_empty and self.records.get(record.subject) == record:
            del self.records[record.subject]
        self.kept.pop(record.subject, None)


@dataclass
class LookCounts:
    """`calls` counts the calls that would reach DynamoDB."""

    kept: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    calls: int = 0

    def add(self, subject: str, hour: datetime, looks: int) -> int:
        self.calls += 1
        known, counted = self.kept.get(subject, (hour, 0))
        self.kept[subject] = hour, looks + (counted if known == hour else 0)
        return self.kept[subject][1]


def _changed(
    kept: dict[str, Kept],
    key: str,
    make: Callable[[Kept | None], Kept],
    meanwhile: Callable[[], object] = lambda: None,
) -> Kept:
    """Store what `make` makes of what stands there, made again if that changed meanwhile."""
    for _ in range(10):
        before = kept.get(key)
        made = make(before)
        meanwhile()
        if kept.get(key) == before:
            kept[key] = made
            return made
    raise ServiceUnavailable
