"""Members of staff: which checkpoint they act for, and which of their tokens are blocked."""

from datetime import datetime

from pydantic import AwareDatetime, Field

from chalicelib.models.fields import Text
from chalicelib.models.records import Record
from chalicelib.models.staff.roles import Principal, Role

# `Principal` and `Role` are in `roles`; adapters and wiring know them by this module.
__all__ = ["MOST_POSTINGS", "Posting", "PostingForm", "Principal", "Role", "StaffRecord"]

MOST_POSTINGS = 20
"""Postings of a person that are kept: weeks of them, and a crossing recorded without network comes within hours."""


class PostingForm(Record):
    """Where a member of staff is posted from now on."""

    checkpoint: str | None = Field(max_length=40, examples=["an-hoa"])
    """The id of a checkpoint; null for none."""
    name: Text | None = None
    """The name their colleagues know them by, as records show it. Left out, the one on record stays."""


class Posting(Record):
    """From `since` until the next one, they act for `checkpoint`, or for none."""

    checkpoint: str | None = None
    since: AwareDatetime
    posted_by: str
    """The subject of the member of staff who posted them."""


class StaffRecord(Record):
    """What is on record of a member of staff: where they are posted, and were before, one checkpoint at a time; and
    whether their tokens are blocked."""

    subject: str
    """Of their token."""
    name: str | None = None
    postings: list[Posting] = Field(default=[], max_length=MOST_POSTINGS)
    """The newest first. None of someone who was blocked and never posted."""
    blocked_since: AwareDatetime | None = None
    """Tokens that were issued at this moment or before are refused."""
    blocked_by: str | None = None
    """The subject of the member of staff who blocked them."""

    @property
    def is_empty(self) -> bool:
        """Whether the record is empty: no posting, no name, no block."""
        return not (self.name or self.postings or self.blocked_since)

    def posted_to(self, at: datetime | None) -> str | None:
        """The checkpoint they acted for at a moment, or without one act for now."""
        if at is None:
            return self.postings[0].checkpoint if self.postings else None
        return next((each.checkpoint for each in self.postings if each.since <= at), None)

    def acted_since(self, moment: datetime) -> bool:
        """Whether they act for a checkpoint now, or did at any time since a moment."""
        for each in self.postings:
            if each.checkpoint is not None:
                return True
            if each.since <= moment:
                break
        return False

    def posted_between(self, since: datetime, until: datetime) -> set[str]:
        """The checkpoints they acted for at any moment from one to the other."""
        later = {each.checkpoint for each in self.postings if since < each.since <= until}
        return {each for each in (self.posted_to(since), *later) if each is not None}
