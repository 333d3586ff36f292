"""Checkpoints and postings in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.models.staff.staff import Posting, StaffRecord
from tests.forms import NOW


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
        made = make(self.kept.get(checkpoint_id))
        before = {**self.kept}
        self.meanwhile()
        if self.kept != before:
            made = make(self.kept.get(checkpoint_id))
        self.kept[checkpoint_id] = made
        return made


@dataclass
class Postings:
    """Whatever was read once is kept until it is asked for afresh. `reads` counts what the real one would pay for."""

    records: dict[str, StaffRecord] = field(default_factory=dict)
    kept: dict[str, StaffRecord | None] = field(default_factory=dict)
    reads: int = 0

    def post(self, subject: str, checkpoint: str | None, since: datetime = NOW - timedelta(days=1)) -> None:
        before = self.records[subject].postings if subject in self.records else []
        posting = Posting(checkpoint=checkpoint, since=since, posted_by="supervisor")
        self.records[subject] = StaffRecord(subject=subject, postings=[posting, *before])

    def of(self, subject: str, *, fresh: bool) -> StaffRecord | None:
        if fresh or subject not in self.kept:
            self.reads += 1
            self.kept[subject] = self.records.get(subject)
        return self.kept[subject]

    def everyone(self) -> list[StaffRecord]:
        return list(self.records.values())

    def change(self, subject: str, make: Callable[[StaffRecord | None], StaffRecord]) -> StaffRecord:
        self.records[subject] = self.kept[subject] = made = make(self.records.get(subject))
        return made
