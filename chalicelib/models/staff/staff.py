"""Members of staff: what their roles let them see, and which checkpoint they act for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, Field

from chalicelib.models.fields import Text
from chalicelib.models.records import Record

MOST_POSTINGS = 20
"""Postings of a person that are kept: weeks of them, and a crossing recorded without network comes within hours."""


class Role(StrEnum):
    """Groups of the token's issuer."""

    CHECKPOINT = "checkpoint"
    SUPERVISOR = "supervisor"
    HEALTH = "health"
    HOTLINE = "hotline"
    ADMINISTRATOR = "administrator"


RECORD_CROSSINGS = frozenset({Role.CHECKPOINT, Role.SUPERVISOR})
SEE_PERSONS = RECORD_CROSSINGS | {Role.HEALTH, Role.HOTLINE}
SEE_HEALTH = RECORD_CROSSINGS | {Role.HEALTH}
OVERRULE = frozenset({Role.SUPERVISOR})
REVOKE = frozenset({Role.SUPERVISOR, Role.HEALTH})
SEE_TRUST_LIST = frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR, Role.HEALTH})
KEEP_TRUST_LIST = frozenset({Role.ADMINISTRATOR})
DECLARE_FOR_OTHERS = RECORD_CROSSINGS | {Role.HOTLINE}
RUN_GATES = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
SEE_POLICY = frozenset(Role)
CHANGE_POLICY = frozenset({Role.ADMINISTRATOR})
TRY_POLICY = CHANGE_POLICY | {Role.HEALTH}


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: the subject of their token, their roles, and the name their colleagues know them by."""

    subject: str
    roles: frozenset[Role]
    name: str | None = None

    def may(self, roles: frozenset[Role]) -> bool:
        return not self.roles.isdisjoint(roles)


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
