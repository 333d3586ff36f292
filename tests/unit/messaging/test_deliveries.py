"""Notices are sent once, whatever becomes of the others."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.models.messaging.messages import (
    Channel,
    DeliveryOutcome,
    Outgoing,
    OutOfTime,
    PermanentRefusal,
    TemporaryFailure,
    Throttled,
)
from chalicelib.models.messaging.notices import Notice
from chalicelib.services.messaging.deliveries import Sender, deliver, deliver_all
from tests.forms import NOW
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.messaging import Budgets, Messages, Provider, Time

NOTICE = Notice(
    recipient="+84912345678",
    text_id="ready",
    values={"name": "A"},
    about="thing",
    event="ready",
    keep_until=NOW + timedelta(days=30),
)
THREE = [replace(NOTICE, about=about, recipient=f"+8491234567{about}") for about in "123"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def counted() -> Counter[str]:
    """What was added to each metric."""
    return Counter()


@pytest.fixture
def sender(clock: Clock, provider: Provider, time: Time, counted: Counter[str]) -> Sender:
    return Sender(
        messages=Messages(),
        channels=[provider.by(Channel.SMS, time.pace())],
        compose=lambda notice: Outgoing(notice.recipient, f"{notice.values['name']} is ready.", notice.tracking),
        is_texted=lambda phone: phone.startswith("+84"),
        budgets=Budgets(),
        hash_phone="hash of {}".format,
        texts_to_a_phone=3,
        prices={Channel.ZALO: 30, Channel.SMS: 80},
        spending_a_day=800,
        time_left=time.time_left,
        clock=clock,
        count=lambda metric, number: counted.update({metric: number}),
    )


def test_a_notice_is_sent_once(sender: Sender, provider: Provider) -> None:
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.SENT
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.REPEATED
    assert provider.sent == [("+84912345678", "A is ready.")]


def test_another_event_or_another_thing_is_another_notice(sender: Sender, provider: Provider) -> None:
    for notice in (NOTICE, replace(NOTICE, event="late"), replace(NOTICE, about="other")):
        assert deliver(notice, sender=sender) is DeliveryOutcome.SENT
    assert len(provider.sent) == 3


def test_a_temporary_failure_keeps_no_other_notice_from_being_sent(sender: Sender, provider: Provider) -> None:
    provider.failures = [TemporaryFailure("InternalError")]
    outcomes: list[DeliveryOutcome] = []
    with pytest.raises(TemporaryFailure):
        deliver_all(THREE, sender=sender, report=lambda _, outcome: outcomes.append(outcome))
    assert len(provider.sent) == 2
    deliver_all(THREE, sender=sender, report=lambda _, outcome: outcomes.append(outcome))
    # What became of the others is reported although one failed.
    assert outcomes == [*[DeliveryOutcome.SENT] * 2, DeliveryOutcome.SENT, *[DeliveryOutcome.REPEATED] * 2]


def test_a_number_that_is_refused_for_good_is_settled(sender: Sender, provider: Provider) -> None:
    provider.failures = [PermanentRefusal("OptedOut")]
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.REFUSED
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.REPEATED
    assert provider.sent == []


def test_a_number_of_a_country_that_is_not_texted_is_settled_without_a_text(sender: Sender, provider: Provider) -> None:
    abroad = replace(NOTICE, recipient="+447911123456")
    assert deliver(abroad, sender=sender) is DeliveryOutcome.FOREIGN
    assert deliver(abroad, sender=sender) is DeliveryOutcome.REPEATED
    assert provider.sent == []


def test_a_notice_is_not_sent_once_it_helps_nobody_any_more(sender: Sender, provider: Provider, clock: Clock) -> None:
    first, second = (replace(NOTICE, about=about, useful_until=NOW + timedelta(hours=1)) for about in "12")
    clock.advance(minutes=59, seconds=59)
    assert deliver(first, sender=sender) is DeliveryOutcome.SENT
    clock.advance(seconds=1)
    assert deliver(second, sender=sender) is DeliveryOutcome.LATE
    assert deliver(second, sender=sender) is DeliveryOutcome.REPEATED
    assert len(provider.sent) == 1


def test_a_phone_gets_three_texts_a_day_and_what_is_essential(sender: Sender, provider: Provider, clock: Clock) -> None:
    outcomes = [deliver(replace(NOTICE, about=about), sender=sender) for about in "12345"]
    assert outcomes == [DeliveryOutcome.SENT] * 3 + [DeliveryOutcome.LIMITED] * 2
    assert deliver(replace(NOTICE, about="5"), sender=sender) is DeliveryOutcome.REPEATED
    assert deliver(replace(NOTICE, about="6", is_essential=True), sender=sender) is DeliveryOutcome.SENT
    assert deliver(replace(NOTICE, about="7", recipient="+84912345679"), sender=sender) is DeliveryOutcome.SENT
    clock.advance(days=1)
    assert deliver(replace(NOTICE, about="8"), sender=sender) is DeliveryOutcome.SENT
    assert len(provider.sent) == 6


def test_a_text_that_is_tried_again_is_counted_once(sender: Sender, provider: Provider) -> None:
    provider.failures = [TemporaryFailure("InternalError")] * 5
    for _ in range(5):
        with pytest.raises(TemporaryFailure):
            deliver(NOTICE, sender=sender)
    outcomes = [deliver(replace(NOTICE, about=about), sender=sender) for about in ("2", "3", "4", NOTICE.about)]
    assert outcomes == [*[DeliveryOutcome.SENT] * 2, DeliveryOutcome.LIMITED, DeliveryOutcome.SENT]


def test_a_worker_begins_no_text_that_it_may_not_finish(sender: Sender, provider: Provider, time: Time) -> None:
    time.left = 7.9
    with pytest.raises(OutOfTime):
        deliver_all(THREE, sender=sender, report=lambda *_: pytest.fail("it is sent"))
    assert provider.sent == []
    # Nothing was claimed, so another worker need not wait.
    time.left = 30
    outcomes: list[DeliveryOutcome] = []
    deliver_all(THREE, sender=sender, report=lambda _, outcome: outcomes.append(outcome))
    assert outcomes == [DeliveryOutcome.SENT] * 3


def test_a_bus_that_takes_longer_than_a_worker_has_goes_on_with_the_next(
    sender: Sender, provider: Provider, time: Time
) -> None:
    slow = replace(sender, channels=[provider.by(Channel.SMS, time.pace(4))], spending_a_day=80_000)
    with pytest.raises(OutOfTime):
        deliver_all(some(10), sender=slow, report=lambda *_: None)
    begun = len(provider.sent)
    assert 0 < begun < 10
    time.left += time.passed
    deliver_all(some(10), sender=replace(sender, spending_a_day=80_000), report=lambda *_: None)
    assert len(provider.sent) == len(set(provider.sent)) == 10


def test_a_provider_that_throttles_is_waited_for(sender: Sender, provider: Provider, time: Time) -> None:
    provider.failures = [Throttled("Throttled")] * 3
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.SENT
    assert time.slept == [1, 2, 4]


def test_a_provider_that_goes_on_to_throttle_is_not_asked_for_the_rest(
    sender: Sender, provider: Provider, time: Time
) -> None:
    provider.failures = [Throttled("Throttled")] * 20
    with pytest.raises(Throttled):
        deliver_all(THREE, sender=sender, report=lambda *_: pytest.fail("it is sent"))
    assert len(provider.failures) == 15
    # It was given back: the next worker need not wait for the claim to run out, and no text of the day is used up.
    provider.failures, time.left = [], 60
    outcomes: list[DeliveryOutcome] = []
    deliver_all(THREE, sender=sender, report=lambda _, outcome: outcomes.append(outcome))
    assert outcomes == [DeliveryOutcome.SENT] * 3


def test_a_worker_waits_no_longer_for_a_provider_than_it_has_time(
    sender: Sender, provider: Provider, time: Time
) -> None:
    provider.failures, time.left = [Throttled("Throttled")] * 20, 12
    with pytest.raises(Throttled):
        deliver(NOTICE, sender=sender)
    assert time.slept == [1, 2]


def some(count: int, *, is_essential: bool = False) -> list[Notice]:
    """Notices to as many phones."""
    kind = "essential" if is_essential else "ordinary"
    return [
        replace(NOTICE, about=f"{kind}-{number}", recipient=f"+849123{number:05}", is_essential=is_essential)
        for number in range(count)
    ]


def test_the_last_fifth_of_the_texts_of_a_day_is_for_what_is_essential(
    sender: Sender, provider: Provider, clock: Clock
) -> None:
    ordinary = [deliver(each, sender=sender) for each in some(10)]
    assert ordinary == [DeliveryOutcome.SENT] * 8 + [DeliveryOutcome.OVER_BUDGET] * 2
    essential = [deliver(each, sender=sender) for each in some(3, is_essential=True)]
    assert essential == [DeliveryOutcome.SENT] * 2 + [DeliveryOutcome.OVER_BUDGET]
    clock.advance(days=1)
    assert deliver(some(10)[9], sender=sender) is DeliveryOutcome.REPEATED
    assert deliver(some(11)[10], sender=sender) is DeliveryOutcome.SENT
    assert len(provider.sent) == 11


def test_an_event_with_a_share_gets_no_more_than_that_and_leaves_the_rest(sender: Sender) -> None:
    shared = [replace(each, event="asked", share=5) for each in some(4)]
    outcomes = [deliver(each, sender=sender) for each in shared]
    assert outcomes == [DeliveryOutcome.SENT] * 2 + [DeliveryOutcome.OVER_BUDGET] * 2
    assert [deliver(each, sender=sender) for each in some(7)] == [
        *[DeliveryOutcome.SENT] * 6,
        DeliveryOutcome.OVER_BUDGET,
    ]


def test_an_event_with_a_share_does_not_get_what_is_for_the_essential(sender: Sender, provider: Provider) -> None:
    for each in some(8):
        deliver(each, sender=sender)
    shared = replace(NOTICE, event="asked", share=5)
    for about in "345":
        assert deliver(replace(shared, about=about), sender=sender) is DeliveryOutcome.OVER_BUDGET
    # They were not sent, so nothing of the share is used up when the operator raises the budget.
    raised = replace(sender, spending_a_day=900)
    more = [replace(shared, about=about) for about in "12"]
    assert [deliver(each, sender=raised) for each in more] == [DeliveryOutcome.SENT, DeliveryOutcome.OVER_BUDGET]


def test_a_shared_text_that_the_provider_did_not_take_is_given_back(sender: Sender, provider: Provider) -> None:
    provider.failures = [TemporaryFailure("InternalError")] * 5
    shared = replace(NOTICE, event="asked", share=5)
    for _ in range(5):
        with pytest.raises(TemporaryFailure):
            deliver(shared, sender=sender)
    assert deliver(shared, sender=sender) is DeliveryOutcome.SENT


def test_a_phone_s_texts_are_not_used_up_by_an_event_with_a_share(sender: Sender) -> None:
    shared = [replace(NOTICE, about=about, event="asked", share=1) for about in "1234"]
    assert [deliver(each, sender=sender) for each in shared] == [DeliveryOutcome.SENT] * 4
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.SENT


def test_a_provider_that_takes_nothing_for_a_day_uses_up_no_texts(sender: Sender, provider: Provider) -> None:
    provider.failures = [TemporaryFailure("InternalError")] * 20
    for _ in range(20):
        with pytest.raises(TemporaryFailure):
            deliver(NOTICE, sender=sender)
    assert [deliver(each, sender=sender) for each in some(8)] == [DeliveryOutcome.SENT] * 8


def test_who_floods_one_phone_uses_up_no_texts_of_the_others(sender: Sender) -> None:
    for number in range(20):
        deliver(replace(NOTICE, about=f"flood-{number}"), sender=sender)
    assert [deliver(each, sender=sender) for each in some(5)] == [DeliveryOutcome.SENT] * 5


def test_a_notice_that_another_worker_is_sending_waits_until_its_claim_has_run_out(
    sender: Sender, clock: Clock
) -> None:
    sender.messages.claim(NOTICE, now=clock())
    with pytest.raises(TemporaryFailure):
        deliver(NOTICE, sender=sender)
    clock.advance(seconds=31)
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.SENT


def test_a_text_that_cannot_be_written_claims_nothing(sender: Sender) -> None:
    with pytest.raises(KeyError):
        deliver(replace(NOTICE, values={}), sender=sender)
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.SENT


def test_a_sandbox_sends_nothing_and_settles_each_text_once(sender: Sender, provider: Provider) -> None:
    sandbox = replace(sender, is_sandbox=True)
    assert deliver(NOTICE, sender=sandbox) is DeliveryOutcome.SANDBOX
    assert deliver(replace(NOTICE, about="other", is_essential=True), sender=sandbox) is DeliveryOutcome.SANDBOX
    assert deliver(NOTICE, sender=sandbox) is DeliveryOutcome.REPEATED
    assert provider.sent == []
