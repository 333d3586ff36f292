"""What every fact has that a member of staff recorded: who, and when."""

from datetime import datetime
from typing import Any, Self

from pydantic import AwareDatetime

from chalicelib.models.records import Record
from chalicelib.models.staff.roles import Principal


class Recorded(Record):
    """A fact that a member of staff recorded."""

    recorded_at: AwareDatetime
    """When it was recorded."""
    recorded_by: str
    """The member of staff: the subject of their token."""
    recorded_by_name: str | None = None
    """The name their colleagues knew them by, as a supervisor had written it; left out if nobody had."""

    def says_the_same(self, other: Self) -> bool:
        """Whether the two differ at most in their times, and in the name that its member of staff had then."""
        same = {"recorded_at": self.recorded_at, "recorded_by_name": self.recorded_by_name}
        return self == other.model_copy(update=same)


def recorded(staff: Principal, at: datetime) -> dict[str, Any]:
    """The fields of `Recorded` for a fact that this member of staff records at this time."""
    return {"recorded_at": at, "recorded_by": staff.subject, "recorded_by_name": staff.name}
