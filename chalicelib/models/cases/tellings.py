"""Contacts are told by a wave of messages: who was chosen, who cannot be told so, and that a wave took a contact."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Self

from pydantic import AwareDatetime

from chalicelib.models.records import Record

CONTACT_TOLD = "contact_told"
"""The kind of a wave's events, and the id of its text."""


class NotReachable(StrEnum):
    """Why a contact cannot be told by a message. An officer calls, or goes there."""

    NO_PHONE = "no_phone"
    """The declaration has no phone of theirs."""
    PHONE_UNCONFIRMED = "phone_unconfirmed"
    """Somebody else entered the phone, in a form that anyone may send: it may be a stranger's."""
    RESTRICTED = "restricted"
    """The person's data is restricted."""
    RECORD_LEFT = "record_left"
    """The declaration has left, or was erased."""


class WaveSubject(NamedTuple):
    """What a wave says of a contact: the pass that leads to the phone, the day, and the kind of place."""

    code: str
    day: str
    """ISO 8601."""
    place: str
    """A key of `told_places` in the words of cases."""

    def __str__(self) -> str:
        return "/".join(self)

    @classmethod
    def of(cls, text: str) -> Self:
        return cls(*text.split("/"))


class Chosen(Record):
    """A contact who can be told."""

    person: str
    """Keyed hash."""
    subject: str
    """Of the wave: `WaveSubject`. Contacts with one phone have one."""


class Telling(Record):
    """Whom a request chose. It is stored first, so that the same request again makes the same wave."""

    wave: str
    """The id of the wave."""
    asked: str
    """A digest of the request."""
    chosen: list[Chosen]
    not_reachable: dict[str, NotReachable]
    """By the contact's id."""
    told_before: int
    """Contacts who were told by another wave of this case, and are left out."""
    made_by: str
    made_at: AwareDatetime

    def subjects(self, persons: Sequence[str]) -> list[str]:
        """Those of the wave that tells these of the chosen."""
        wanted = set(persons)
        return list(dict.fromkeys(each.subject for each in self.chosen if each.person in wanted))


class Told(Record):
    """That a wave took a contact: no other wave of the case tells them."""

    wave: str
    code: str
    """The pass that the message is about."""
    at: AwareDatetime
