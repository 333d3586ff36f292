"""Where staff are posted from, and checkpoints opened and closed."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.models.people.province import province
from chalicelib.models.staff.checkpoints import Checkpoint, CheckpointForm
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.models.staff.staff import PostingForm, StaffRecord
from chalicelib.services.staff.checkpoints import change_checkpoint
from chalicelib.services.staff.postings import post, require_posting, require_posting_then
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.staff import Checkpoints, Postings, gates

SUBJECTS = re.compile(r"(?s).*")
GUARD = Principal("guard", frozenset({Role.CHECKPOINT}))
SUPERVISOR = Principal("supervisor", frozenset({Role.SUPERVISOR}))
ADMINISTRATOR = Principal("administrator", frozenset({Role.ADMINISTRATOR}))


@dataclass
class Office:
    """Where people are posted from."""

    clock: Clock = field(default_factory=Clock)
    postings: Postings = field(default_factory=Postings)
    checkpoints: Checkpoints = field(default_factory=Checkpoints)

    def __post_init__(self) -> None:
        self.postings.clock = self.clock

    def post(self, checkpoint: str | None, subject: str = GUARD.subject, name: str | None = None) -> StaffRecord:
        return post(
            subject,
            PostingForm(checkpoint=checkpoint, name=name),
            by=SUPERVISOR,
            province=province("tay-ninh"),
            subjects=SUBJECTS,
            postings=self.postings,
            checkpoints=self.checkpoints,
            clock=self.clock,
        )

    def requires(self, checkpoint: str, at: datetime | None = None) -> None:
        if at is None:
            require_posting(GUARD, checkpoint, postings=self.postings)
        else:
            require_posting_then(GUARD, checkpoint, at, at, self.postings.of(GUARD.subject, fresh=True))

    def change(self, staff: Principal, checkpoint_id: str = "an-hoa", **changes: Any) -> Checkpoint:
        standing = gates()["an-hoa"].model_dump(exclude={"id"})
        return change_checkpoint(
            checkpoint_id,
            CheckpointForm(**{**standing, **changes}),
            staff=staff,
            province=province("tay-ninh"),
            postings=self.postings,
            checkpoints=self.checkpoints,
        )
