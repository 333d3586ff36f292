"""Replies of the Official Account: the province's texts, and the record that one was sent."""

from datetime import timedelta
from functools import cache

from pydantic import TypeAdapter

from chalicelib.data import read_bytes
from chalicelib.models.enums import StrEnum
from chalicelib.models.people.languages import Words

USEFUL_FOR = timedelta(hours=24)
"""A later reply is useless: its event was moved back from the dead letters."""
KEPT_FOR = timedelta(days=2)
"""How long it is on record that a reply was sent. Zalo repeats an event for less than two hours."""


class ReplyOutcome(StrEnum):
    """The outcome of one event of the account."""

    SENT = "sent"
    REFUSED = "refused"
    """Zalo does not deliver it to this person."""
    REPEATED = "repeated"
    """It was answered before."""
    LATE = "late"
    """It is older than `USEFUL_FOR`."""


@cache
def reply_texts(province: str) -> dict[str, Words]:
    """The texts, by their ids."""
    return TypeAdapter(dict[str, Words]).validate_json(read_bytes("provinces", province, "replies.json"))
