"""Replies: one worker at a time may answer an event, and none once it is settled."""

from datetime import timedelta

import pytest

from chalicelib.models.messaging.messages import TemporaryFailure
from chalicelib.services.conversations.ports import Replies
from chalicelib.storage.conversations import replies as storage
from tests.forms import NOW
from tests.tables import Database
from tests.unit.fakes import conversations as fakes

LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)
EVENT = "0" * 32


@pytest.fixture
def replies(database: Database | None) -> Replies:
    return fakes.Replies(lease=LEASE) if database is None else storage.Replies(database.replies, lease=LEASE)


def test_one_worker_is_granted_the_claim_until_its_lease_ends(replies: Replies) -> None:
    assert replies.claim(EVENT, now=NOW)
    assert replies.claim("1" * 32, now=NOW)
    for now in (NOW, NOW + LEASE):
        with pytest.raises(TemporaryFailure):
            replies.claim(EVENT, now=now)
    assert replies.claim(EVENT, now=NOW + LEASE + SECOND)


def test_nobody_answers_what_is_settled(replies: Replies) -> None:
    replies.claim(EVENT, now=NOW)
    replies.settle(EVENT)
    replies.release(EVENT)
    assert not replies.claim(EVENT, now=NOW + 2 * LEASE)


def test_what_is_released_can_be_claimed_at_once(replies: Replies) -> None:
    replies.claim(EVENT, now=NOW)
    replies.release(EVENT)
    assert replies.claim(EVENT, now=NOW)


def test_what_was_never_claimed_cannot_be_settled(replies: Replies) -> None:
    replies.settle(EVENT)
    assert replies.claim(EVENT, now=NOW)
