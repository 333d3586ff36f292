"""When a person is reminded of a draft: the policy's rules, and the times that follow from them."""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from chalicelib.models.fields import TimeOfDay, Whole
from chalicelib.models.records import Record

_USEFUL_FOR = timedelta(hours=1)
"""After the planned arrival: people are late."""


class ReminderRules(Record):
    """When people are reminded to confirm a draft."""

    minutes_before: Annotated[int, Whole(10, 240), Field(examples=[60])] = 60
    """How long before the planned time of arrival."""
    at: TimeOfDay = Field(default="07:00", examples=["07:00"])
    """The time of the day if the draft has no planned time."""
    quiet_from: TimeOfDay = Field(default="22:00", examples=["22:00"])
    """From this time on nobody is reminded, unless the arrival is planned for these hours."""
    quiet_until: TimeOfDay = Field(default="06:00", examples=["06:00"])
    """Until this time. The same as `quiet_from`: there are no such hours."""

    def due_at(self, day: date, planned: str | None, zone: ZoneInfo) -> datetime:
        """When a reminder is due for an arrival on `day`, at `planned`. A later `planned` is never due earlier."""
        if planned is None:
            return _moment(day, self.at, zone)
        due = _moment(day, planned, zone) - timedelta(minutes=self.minutes_before)
        if self._is_quiet(due) and not self._is_quiet(_moment(day, planned, zone)):
            # The quiet hours end between the two.
            return _moment(day, self.quiet_until, zone)
        return due

    def useful_until(self, day: date, planned: str | None, zone: ZoneInfo) -> datetime:
        """From this time on a reminder is not sent any more."""
        if planned is not None:
            return _moment(day, planned, zone) + _USEFUL_FOR
        begins = _moment(day, self.quiet_from, zone)
        return begins if begins > self.due_at(day, None, zone) else _moment(day + timedelta(days=1), "00:00", zone)

    def _is_quiet(self, moment: datetime) -> bool:
        at, begins, ends = f"{moment:%H:%M}", self.quiet_from, self.quiet_until
        return begins <= at < ends if begins <= ends else at >= begins or at < ends


def _moment(day: date, at: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), zone)
