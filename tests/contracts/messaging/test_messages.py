"""Messages: one worker at a time may send a notice, and none once it is settled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.models.messaging.messages import Channel, Claim, DeliveryOutcome, DeliveryState, Message
from chalicelib.models.messaging.notices import Notice
from chalicelib.services.messaging.ports import Messages
from chalicelib.storage.messaging import messages as storage
from tests.forms import NOW
from tests.tables import Database
from tests.unit.fakes import messaging as fakes

LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)
NOTICE = Notice(
    recipient="+84912345678",
    text_id="ready",
    values={},
    about="thing",
    event="ready",
    keep_until=NOW + timedelta(days=30),
)


@pytest.fixture
def messages(database: Database | None) -> Messages:
    return fakes.Messages(lease=LEASE) if database is None else storage.Messages(database.messages, lease=LEASE)


def test_one_worker_is_granted_the_claim_and_others_wait(messages: Messages) -> None:
    claims = [messages.claim(NOTICE, now=NOW) for _ in range(3)]
    assert claims == [Claim.GRANTED, Claim.HELD, Claim.HELD]


def test_another_event_or_another_thing_is_another_claim(messages: Messages) -> None:
    for notice in (NOTICE, replace(NOTICE, event="late"), replace(NOTICE, about="other")):
        assert messages.claim(notice, now=NOW) is Claim.GRANTED
    assert messages.claim(replace(NOTICE, recipient="+84912345679", text_id="late"), now=NOW) is Claim.HELD


def test_a_claim_is_held_as_long_as_the_lease_and_granted_to_one_more_afterwards(messages: Messages) -> None:
    messages.claim(NOTICE, now=NOW)
    assert messages.claim(NOTICE, now=NOW + LEASE) is Claim.HELD
    later = NOW + LEASE + SECOND
    assert [messages.claim(NOTICE, now=later) for _ in range(2)] == [Claim.GRANTED, Claim.HELD]
    assert messages.claim(NOTICE, now=later + LEASE) is Claim.HELD


def test_a_lease_is_counted_in_whole_seconds(messages: Messages) -> None:
    messages.claim(NOTICE, now=NOW + SECOND * 0.1)
    assert messages.claim(NOTICE, now=NOW + LEASE + SECOND * 0.9) is Claim.HELD
    assert messages.claim(NOTICE, now=NOW + LEASE + SECOND) is Claim.GRANTED


@pytest.mark.parametrize(
    ("outcome", "reference"),
    [(DeliveryOutcome.SENT, "message-1"), (DeliveryOutcome.REFUSED, "OptedOut"), (DeliveryOutcome.FOREIGN, "")],
)
def test_what_is_settled_is_claimed_by_nobody_any_more(
    messages: Messages, outcome: DeliveryOutcome, reference: str
) -> None:
    messages.claim(NOTICE, now=NOW)
    messages.settle(NOTICE, outcome=outcome, reference=reference)
    for now in (NOW, NOW + 2 * LEASE, NOW + timedelta(days=29)):
        assert messages.claim(NOTICE, now=now) is Claim.SETTLED
    assert messages.claim(replace(NOTICE, event="late"), now=NOW) is Claim.GRANTED


def test_a_claim_that_is_given_back_may_be_claimed_at_once(messages: Messages) -> None:
    messages.claim(NOTICE, now=NOW)
    messages.release(NOTICE)
    assert [messages.claim(NOTICE, now=NOW) for _ in range(2)] == [Claim.GRANTED, Claim.HELD]


def test_what_is_settled_stays_so_although_a_slow_worker_gives_its_claim_back(messages: Messages) -> None:
    messages.claim(NOTICE, now=NOW)
    messages.claim(NOTICE, now=NOW + 2 * LEASE)
    messages.settle(NOTICE, outcome=DeliveryOutcome.SENT, reference="message-1")
    messages.release(NOTICE)
    assert messages.claim(NOTICE, now=NOW + 2 * LEASE) is Claim.SETTLED


def test_what_is_known_of_the_messages_about_something_is_listed_and_nothing_about_another(messages: Messages) -> None:
    # Storage leaves out what has expired by the real time.
    kept = replace(NOTICE, keep_until=datetime.now(UTC) + timedelta(days=1))
    claimed, refused, sent, other = (replace(kept, event=event) for event in ("a", "b", "c", "d"))
    for notice in (claimed, refused, sent, replace(other, about="other")):
        messages.claim(notice, now=NOW)
    messages.settle(refused, outcome=DeliveryOutcome.LIMITED, reference="")
    messages.settle(sent, outcome=DeliveryOutcome.SENT, reference="message-1")
    assert messages.about("thing") == [
        Message("a", None, None, None, None, None),
        Message("b", None, DeliveryOutcome.LIMITED, None, None, None),
        Message("c", Channel.SMS, DeliveryOutcome.SENT, DeliveryState.SENT, NOW, NOW),
    ]
    assert messages.about("nothing") == []


def test_the_messages_of_an_event_are_found_by_what_they_are_about(messages: Messages) -> None:
    kept = replace(NOTICE, keep_until=datetime.now(UTC) + timedelta(days=1))
    subjects = [f"thing-{number}" for number in range(120)]
    for subject in subjects[::2]:
        messages.claim(replace(kept, about=subject), now=NOW)
    messages.claim(replace(kept, about=subjects[1], event="late"), now=NOW)
    found = messages.of_event("ready", subjects)
    assert found == {subject: Message("ready", None, None, None, None, None) for subject in subjects[::2]}
    assert messages.of_event("ready", []) == {}
