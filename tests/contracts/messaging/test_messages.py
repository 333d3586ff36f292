"""Messages: one worker at a time may send a notice, and none once it is settled; receipts say what became of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from chalicelib.models.messaging.messages import (
    Channel,
    Claim,
    ClaimState,
    DeliveryOutcome,
    DeliveryState,
    Message,
    Receipt,
    ReceiptOutcome,
    Settlement,
)
from chalicelib.models.messaging.notices import Notice
from chalicelib.services.messaging.ports import Messages
from chalicelib.storage.messaging import budgets
from chalicelib.storage.messaging import messages as storage
from tests.forms import NOW
from tests.tables import Database
from tests.unit.fakes import messaging as fakes

LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)
THING = "0000000000THING0"
"""As long as a code."""
NOTICE = Notice(
    recipient="+84912345678",
    text_id="ready",
    values={},
    about=THING,
    event="ready",
    keep_until=datetime.now(UTC) + timedelta(days=30),  # readers leave out what has expired
)
GRANTED, HELD, SETTLED = map(Claim, ClaimState)
SEEN = (Channel.ZALO, DeliveryOutcome.SENT, DeliveryState.SEEN)
SENT = Settlement(DeliveryOutcome.SENT, "message-1", Channel.ZALO, 300)


@pytest.fixture
def messages(database: Database | None) -> Messages:
    return fakes.Messages(lease=LEASE) if database is None else storage.Messages(database.messages, lease=LEASE)


def receipt(state: DeliveryState, *, channel: Channel = Channel.ZALO, later: int = 0) -> Receipt:
    return Receipt(channel, NOTICE.tracking, state, NOW + later * SECOND)


def test_one_worker_is_granted_the_claim_and_others_wait(messages: Messages) -> None:
    claims = [messages.claim(NOTICE, now=NOW) for _ in range(3)]
    assert claims == [GRANTED, HELD, HELD]


def test_another_event_or_another_thing_is_another_claim(messages: Messages) -> None:
    for notice in (NOTICE, replace(NOTICE, event="late"), replace(NOTICE, about="other")):
        assert messages.claim(notice, now=NOW) == GRANTED
    assert messages.claim(replace(NOTICE, recipient="+84912345679", text_id="late"), now=NOW) == HELD


def test_a_claim_is_held_as_long_as_the_lease_and_granted_to_one_more_afterwards(messages: Messages) -> None:
    messages.claim(NOTICE, now=NOW)
    assert messages.claim(NOTICE, now=NOW + LEASE) == HELD
    later = NOW + LEASE + SECOND
    assert [messages.claim(NOTICE, now=later) for _ in range(2)] == [GRANTED, HELD]
    assert messages.claim(NOTICE, now=later + LEASE) == HELD


def test_a_lease_is_counted_in_whole_seconds(messages: Messages) -> None:
    messages.claim(NOTICE, now=NOW + SECOND * 0.1)
    assert messages.claim(NOTICE, now=NOW + LEASE + SECOND * 0.9) == HELD
    assert messages.claim(NOTICE, now=NOW + LEASE + SECOND) == GRANTED


@pytest.mark.parametrize(
    "settlement",
    [SENT, Settlement(DeliveryOutcome.REFUSED, "OptedOut"), Settlement(DeliveryOutcome.FOREIGN)],
)
def test_what_is_settled_is_claimed_by_nobody_any_more(messages: Messages, settlement: Settlement) -> None:
    messages.claim(NOTICE, now=NOW)
    messages.settle(NOTICE, settlement, now=NOW)
    for now in (NOW, NOW + 2 * LEASE, NOW + timedelta(days=29)):
        assert messages.claim(NOTICE, now=now) == SETTLED
    assert messages.claim(replace(NOTICE, event="late"), now=NOW) == GRANTED


def test_a_claim_that_is_released_may_be_claimed_at_once_and_keeps_the_tries(messages: Messages) -> None:
    for tries in (0, 1, 2):
        assert messages.claim(NOTICE, now=NOW) == Claim(ClaimState.GRANTED, tries)
        assert messages.claim(NOTICE, now=NOW) == HELD
        messages.release(NOTICE, tries=tries + 1, now=NOW)
    # A worker that dies says nothing about a channel.
    messages.claim(NOTICE, now=NOW)
    assert messages.claim(NOTICE, now=NOW + 2 * LEASE) == Claim(ClaimState.GRANTED, 3)


def test_what_is_settled_stays_so_although_a_slow_worker_releases_its_claim(messages: Messages) -> None:
    messages.claim(NOTICE, now=NOW)
    messages.claim(NOTICE, now=NOW + 2 * LEASE)
    messages.settle(NOTICE, SENT, now=NOW)
    messages.release(NOTICE, tries=1, now=NOW)
    assert messages.claim(NOTICE, now=NOW + 2 * LEASE) == SETTLED


def test_a_row_that_was_erased_does_not_come_back(messages: Messages) -> None:
    messages.settle(NOTICE, SENT, now=NOW)
    messages.release(NOTICE, tries=1, now=NOW)
    assert messages.take_receipt(receipt(DeliveryState.DELIVERED)) is ReceiptOutcome.UNKNOWN
    assert messages.about(NOTICE.about) == []


def test_what_is_on_record_is_listed_by_event(messages: Messages) -> None:
    for event in ("b", "a", "c"):
        messages.claim(replace(NOTICE, event=event), now=NOW)
    messages.claim(replace(NOTICE, about="other"), now=NOW)
    messages.settle(replace(NOTICE, event="a"), SENT, now=NOW + SECOND)
    messages.settle(replace(NOTICE, event="b"), Settlement(DeliveryOutcome.LATE), now=NOW)
    messages.take_receipt(Receipt(Channel.ZALO, f"{THING}.a", DeliveryState.SEEN, NOW + 9 * SECOND))
    assert messages.about(NOTICE.about) == [
        Message("a", *SEEN, NOW + SECOND, NOW + 9 * SECOND, settled_at=NOW + SECOND),
        Message("b", None, DeliveryOutcome.LATE, None, None, None, settled_at=NOW),
        Message("c", None, None, None, None, None),
    ]
    assert messages.about("nothing") == []


@pytest.mark.parametrize("order", list(permutations(list(DeliveryState)[1:])))
def test_receipts_that_come_in_any_order_and_twice_leave_the_latest_state(
    messages: Messages, order: tuple[DeliveryState, ...]
) -> None:
    messages.claim(NOTICE, now=NOW)
    messages.settle(NOTICE, SENT, now=NOW)
    for each in (*order, *order):
        messages.take_receipt(receipt(each, later=list(DeliveryState).index(each)))
    (message,) = messages.about(NOTICE.about)
    assert message == Message("ready", *SEEN, NOW, NOW + 3 * SECOND, settled_at=NOW)


def test_a_receipt_says_whether_it_is_news(messages: Messages) -> None:
    delivered = receipt(DeliveryState.DELIVERED)
    assert messages.take_receipt(delivered) is ReceiptOutcome.UNKNOWN
    messages.claim(NOTICE, now=NOW)
    messages.settle(NOTICE, SENT, now=NOW)
    assert messages.take_receipt(receipt(DeliveryState.SENT)) is ReceiptOutcome.REPEATED
    assert messages.take_receipt(delivered) is ReceiptOutcome.TAKEN
    assert messages.take_receipt(delivered) is ReceiptOutcome.REPEATED
    assert messages.take_receipt(receipt(DeliveryState.FAILED)) is ReceiptOutcome.REPEATED
    assert messages.take_receipt(delivered._replace(tracking=THING)) is ReceiptOutcome.UNKNOWN
    for tracking in (f"{THING}.", ".ready", ".", "thing.ready"):
        assert messages.take_receipt(delivered._replace(tracking=tracking)) is ReceiptOutcome.UNKNOWN


def test_a_receipt_of_a_claimed_message_settles_it_and_the_answer_does_not_undo_it(messages: Messages) -> None:
    """The receipt comes before the answer, or the worker has died, or the answer was lost."""
    messages.claim(NOTICE, now=NOW)
    assert messages.take_receipt(receipt(DeliveryState.DELIVERED, later=1)) is ReceiptOutcome.TAKEN
    there = messages.about(NOTICE.about)
    assert there == [Message("ready", Channel.ZALO, DeliveryOutcome.SENT, DeliveryState.DELIVERED, *[NOW + SECOND] * 3)]
    assert messages.claim(NOTICE, now=NOW + 2 * LEASE) == SETTLED
    messages.settle(NOTICE, SENT, now=NOW + 2 * SECOND)
    messages.settle(NOTICE, Settlement(DeliveryOutcome.REFUSED, "by another channel"), now=NOW + 2 * SECOND)
    messages.release(NOTICE, tries=1, now=NOW)
    assert messages.about(NOTICE.about) == there


def test_a_receipt_of_a_released_message_settles_it(messages: Messages) -> None:
    messages.claim(NOTICE, now=NOW)
    messages.release(NOTICE, tries=1, now=NOW)
    assert messages.take_receipt(receipt(DeliveryState.FAILED)) is ReceiptOutcome.TAKEN
    assert messages.claim(NOTICE, now=NOW) == SETTLED


def test_a_receipt_of_another_channel_than_the_message_went_by_changes_nothing(messages: Messages) -> None:
    messages.claim(NOTICE, now=NOW)
    messages.settle(NOTICE, SENT._replace(channel=Channel.SMS), now=NOW)
    assert messages.take_receipt(receipt(DeliveryState.SEEN)) is ReceiptOutcome.REPEATED
    assert messages.take_receipt(receipt(DeliveryState.DELIVERED, channel=Channel.SMS)) is ReceiptOutcome.TAKEN
    (message,) = messages.about(NOTICE.about)
    assert (message.channel, message.state) == (Channel.SMS, DeliveryState.DELIVERED)


def test_no_tracking_leads_to_a_row_of_another_kind(database: Database | None) -> None:
    if database is None:
        return  # the fakes have no rows of their own kind
    assert budgets.Budgets(database.budgets).take_for_stage(day=NOW.date(), price=80, most=800)
    # A reply that is being sent has the attributes of a message that is.
    reply = storage.MessageRow("CONVERSATION#0", "reply", outcome="claimed", claimed_until=0, expires_at=0)
    database.messages.put(reply)
    messages = storage.Messages(database.messages, lease=LEASE)
    for tracking in (f"SPENT.{NOW.date()}", "CONVERSATION#0.reply"):
        taken = messages.take_receipt(receipt(DeliveryState.SEEN)._replace(tracking=tracking))
        assert taken is ReceiptOutcome.UNKNOWN
    (row,) = database.budgets.query("SPENT")
    assert row.number == 80
    (kept,) = database.messages.query("CONVERSATION#0")
    assert kept.outcome == "claimed"


def test_rows_of_the_release_that_knew_sms_alone_are_read(database: Database | None) -> None:
    if database is None:
        return  # the fakes have no rows of their own kind
    messages, until = storage.Messages(database.messages, lease=LEASE), int(NOW.timestamp())
    for event, outcome in (("claimed", "claimed"), ("late", "late"), ("sent", "sent")):
        old = storage.MessageRow(
            THING, event, outcome=outcome, claimed_until=until, expires_at=int(NOTICE.keep_until.timestamp())
        )
        database.messages.put(old)
    assert messages.about(THING) == [
        Message("claimed", None, None, None, None, None),
        Message("late", None, DeliveryOutcome.LATE, None, None, None, settled_at=NOW - LEASE),
        Message("sent", Channel.SMS, DeliveryOutcome.SENT, None, None, None, settled_at=NOW - LEASE),
    ]
    assert messages.claim(replace(NOTICE, event="sent"), now=NOW) == SETTLED
    assert messages.claim(replace(NOTICE, event="claimed"), now=NOW + SECOND) == GRANTED


def test_the_messages_of_an_event_are_found_by_what_they_are_about(messages: Messages) -> None:
    kept = replace(NOTICE, keep_until=datetime.now(UTC) + timedelta(days=1))
    subjects = [f"thing-{number}" for number in range(120)]
    for subject in subjects[::2]:
        messages.claim(replace(kept, about=subject), now=NOW)
    messages.claim(replace(kept, about=subjects[1], event="late"), now=NOW)
    found = messages.of_event("ready", subjects)
    assert found == {subject: Message("ready", None, None, None, None, None) for subject in subjects[::2]}
    assert messages.of_event("ready", []) == {}
