"""Messages to contacts by a wave: the chosen contacts, those who can get no message, and the wave of each contact."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from pydantic import AwareDatetime

from chalicelib.models.enums import StrEnum
from chalicelib.models.records import Record

CONTACT_TOLD = "contact_told"
"""The kind of a wave's events, and the id of its text."""


class NotReachable(StrEnum):
    """Why a contact can get no message. An officer calls or visits instead."""

    NO_PHONE = "no_phone"
    """The declaration, or the permit, has no phone of this person."""
    PHONE_UNCONFIRMED = "phone_unconfirmed"
    """Somebody else entered the phone, in a form that anyone can send, so it may belong to a stranger."""
    RESTRICTED = "restricted"
    """The person's data is restricted."""
    RECORD_LEFT = "record_left"
    """The declaration, or the permit, was deleted or erased."""


class WaveSubject(NamedTuple):
    """A contact in a wave: the pass or permit that leads to the phone, the day, and the kind of place."""

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
    """A contact who can get a message."""

    person: str
    """Keyed hash."""
    subject: str
    """The wave's `WaveSubject`. Contacts with the same phone share one."""


class Telling(Record):
    """The contacts chosen by a request. It is stored first, so a repeated request makes the same wave."""

    wave: str
    """The id of the wave."""
    asked: str
    """A digest of the request."""
    chosen: list[Chosen]
    not_reachable: dict[str, NotReachable]
    """Contacts who can get no message, by id."""
    told_before: int
    """How many contacts were left out because another wave of this case includes them."""
    made_by: str
    made_at: AwareDatetime

    def subjects(self, persons: Sequence[str]) -> list[str]:
        """The wave's subjects for these of the chosen contacts."""
        wanted = set(persons)
        return list(dict.fromkeys(each.subject for each in self.chosen if each.person in wanted))


class Told(Record):
    """The record that a wave includes a contact: no other wave of the case sends this contact a message."""

    wave: str
    code: str
    """The pass that the message is about."""
    at: AwareDatetime
