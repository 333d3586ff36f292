"""Members of staff: which checkpoint they act for."""

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
    """The name their colleagues know them by. Left out, the one on record stays."""


class Posting(Record):
    """From `since` until the next one, they act for `checkpoint`, or for none."""

    checkpoint: str | None = None
    since: AwareDatetime
    posted_by: str
    """The subject of the member of staff who posted them."""


class StaffRecord(Record):
    """Where a member of staff is posted, and was before. One checkpoint at a time."""

    subject: str
    """Of their token."""
    name: str | None = None
    postings: list[Posting] = Field(min_length=1, max_length=MOST_POSTINGS)
    """The newest first."""

    def posted_to(self, at: datetime | None) -> str | None:
        """The checkpoint they acted for at a moment, or without one act for now."""
        if at is None:
            return self.postings[0].checkpoint
        return next((each.checkpoint for each in self.postings if each.since <= at), None)

    def posted_between(self, since: datetime, until: datetime) -> set[str]:
        """The checkpoints they acted for at any moment from one to the other."""
        later = {each.checkpoint for each in self.postings if since < each.since <= until}
        return {each for each in (self.posted_to(since), *later) if each is not None}
