"""What the services of staff need from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # Most requests need no checkpoint.
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.models.staff.checkpoints import Checkpoint
    from chalicelib.models.staff.staff import StaffRecord


class Checkpoints(Protocol):
    """The checkpoints as they are now."""

    def find(self, checkpoint_id: str) -> Checkpoint | None: ...

    def change(self, checkpoint_id: str, make: Callable[[Checkpoint | None], Checkpoint]) -> Checkpoint:
        """Store what `make` makes of the one on record, and return it.

        `make` is called again if someone else's change came in between. A change that changes nothing is not written.
        """


class Postings(Protocol):
    """Which member of staff acts for which checkpoint."""

    def of(self, subject: str, *, fresh: bool) -> StaffRecord | None:
        """What is on record of someone; if it need not be fresh, at most a minute old."""

    def everyone(self) -> list[StaffRecord]:
        """All who are on record, in no order."""

    def change(self, subject: str, make: Callable[[StaffRecord | None], StaffRecord]) -> StaffRecord:
        """Store what `make` makes of the record, and return it. Called again and written as checkpoints are."""

    def drop_empty(self, record: StaffRecord) -> None:
        """Delete a record that says nothing, unless someone has changed it meanwhile."""


class LookCounts(Protocol):
    """The looks of members of staff, as all processes have written them down."""

    def add(self, subject: str, hour: datetime, looks: int) -> int:
        """Add looks of an hour, and return how many it has now."""
