"""Reminders of drafts: which draft is due, as the lists by day and the queue have it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from pydantic import AwareDatetime

from chalicelib.models.events import Event

if TYPE_CHECKING:
    # The worker that reads events of other kinds does not need it.
    from chalicelib.models.entry.drafts import Draft

DRAFT_DUE = "draft_due"
"""The kind of the event, and the id of the message's templates."""


class ListedDraft(NamedTuple):
    """A draft in the list of its day. `phone` is the keyed hash of its phone; `time` is None if none is planned."""

    day: date
    time: str | None
    phone: str
    id: str


class DraftDue(Event):
    """The time has come to remind somebody of a draft. `subject` is its id."""

    kind: str = DRAFT_DUE
    phone: str
    """The keyed hash of its phone."""
    day: date
    """The day for which the draft was listed."""
    time: str | None = None
    """The planned time for which it was listed."""
    due_at: AwareDatetime
    useful_until: AwareDatetime
    """From this time on no message is sent."""

    def fits(self, draft: Draft) -> bool:
        """Whether this draft still needs the reminder. A draft that was moved to another time is due at that time. One
        that was saved or changed after its time needs none: its owner has not forgotten it."""
        trip = draft.form.trip
        return (trip.expected_day, trip.expected_time) == (self.day, self.time) and draft.saved_at < self.due_at
