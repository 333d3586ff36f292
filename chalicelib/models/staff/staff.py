"""Members of staff: which checkpoint they act for, and which of their tokens are blocked."""

from datetime import datetime
from typing import NamedTuple, Self

from pydantic import AwareDatetime, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Text
from chalicelib.models.records import STORED, Record, any_of
from chalicelib.models.staff.roles import Principal, Role

# `Principal` and `Role` are in `roles`; adapters and wiring know them by this module.
__all__ = ["MOST_POSTINGS", "Posting", "PostingForm", "Principal", "Role", "StaffRecord"]

MOST_POSTINGS = 20
"""Postings of a person that are kept: weeks of them, and a crossing recorded without network comes within hours."""


class PostingKind(StrEnum):
    """The kind of place that a member of staff acts for. Forms and records have a field of this name, with the id."""

    CHECKPOINT = "checkpoint"
    COMMUNE = "commune"


class PostedTo(NamedTuple):
    """The place that a member of staff acts for."""

    kind: PostingKind
    id: str


def _place(form: "PostingForm | Posting") -> PostedTo | None:
    ids = ((kind, getattr(form, kind)) for kind in PostingKind)
    return next((PostedTo(kind, name) for kind, name in ids if name is not None), None)


class PostingForm(Record):
    """Where a member of staff is posted from now on: to a checkpoint, to a commune, or to nothing."""

    model_config = ConfigDict(
        json_schema_extra=any_of(
            {"required": ["checkpoint"], "properties": {"commune": {"type": "null"}}},
            {"required": ["commune"], "properties": {"checkpoint": {"type": "null"}}},
        )
    )

    checkpoint: str | None = Field(default=None, max_length=40, examples=["an-hoa"])
    """The id of a checkpoint; null for no posting. It may be left out where `commune` is not."""
    commune: str | None = Field(default=None, max_length=5, examples=[None])
    """The code of a commune of the province."""
    name: Text | None = None
    """The name their colleagues know them by, as records show it. Left out, the one on record stays."""

    @model_validator(mode="after")
    def _says_where(self, info: ValidationInfo) -> Self:
        if info.context is not STORED:
            if self.checkpoint is not None and self.commune is not None:
                raise PydanticCustomError("posting_ambiguous", "one place at a time", {"at": "commune"})
            if not {"checkpoint", "commune"} & self.model_fields_set:
                raise PydanticCustomError("field_missing", "say where, or null", {"at": "checkpoint"})
        return self

    @property
    def place(self) -> PostedTo | None:
        return _place(self)


class Posting(Record):
    """From `since` until the next posting, the member of staff acts for this checkpoint or commune, or for nothing."""

    checkpoint: str | None = None
    commune: str | None = None
    since: AwareDatetime
    posted_by: str
    """The subject of the member of staff who posted them."""

    @property
    def place(self) -> PostedTo | None:
        return _place(self)


class StaffRecord(Record):
    """What is on record of a member of staff: where they are posted, and were before, one place at a time; and
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

    @property
    def place(self) -> PostedTo | None:
        """The place that they act for now."""
        return self.postings[0].place if self.postings else None

    @property
    def last_kind(self) -> PostingKind | None:
        """The kind of place that they act for now, or acted for last."""
        return next((each.place.kind for each in self.postings if each.place), None)

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
