"""A message goes by the first channel that takes it."""

from collections import Counter
from dataclasses import replace

import pytest

from chalicelib.models.messaging.messages import (
    Channel,
    DeliveryOutcome,
    DeliveryState,
    Outgoing,
    OutOfTime,
    PermanentRefusal,
    QuotaUsedUp,
    Receipt,
    RequestRejected,
    TemporaryFailure,
    Throttled,
)
from chalicelib.models.messaging.notices import Notice
from chalicelib.services.messaging.deliveries import Sender, deliver, deliver_all
from tests.forms import NOW
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.messaging import Budgets, Messages, Provider, Time
from tests.unit.messaging.test_deliveries import NOTICE, THREE, some

ZALO_PRICE, SMS_PRICE = 30, 80
PASSING = [TemporaryFailure("timeout"), Throttled("-32")]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def zalo() -> Provider:
    return Provider()


@pytest.fixture
def sms() -> Provider:
    return Provider()


@pytest.fixture
def counted() -> Counter[str]:
    return Counter()


@pytest.fixture
def budgets() -> Budgets:
    return Budgets()


@pytest.fixture
def sender(clock: Clock, time: Time, zalo: Provider, sms: Provider, budgets: Budgets, counted: Counter[str]) -> Sender:
    return Sender(
        messages=Messages(),
        channels=[zalo.by(Channel.ZALO, time.pace()), sms.by(Channel.SMS, time.pace())],
        compose=_with_template,
        is_texted=lambda _: True,
        budgets=budgets,
        hash_phone="hash of {}".format,
        texts_to_a_phone=3,
        prices={Channel.ZALO: ZALO_PRICE, Channel.SMS: SMS_PRICE},
        spending_a_day=1000,
        time_left=time.time_left,
        clock=clock,
        count=lambda metric, number: counted.update({metric: number}),
    )


def _with_template(notice: Notice) -> Outgoing:
    return Outgoing(notice.recipient, "text", notice.tracking, "template", {"name": "A"})


def _way(sender: Sender) -> Channel | None:
    (message,) = sender.messages.about(NOTICE.about)
    return message.channel


def test_zalo_is_first_and_its_message_costs_its_price(
    sender: Sender, sms: Provider, budgets: Budgets, counted: Counter[str]
) -> None:
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.SENT
    assert (_way(sender), sms.sent) == (Channel.ZALO, [])
    assert list(budgets.spent.values()) == [ZALO_PRICE]
    assert counted == {"Sent_zalo": 1, "Spent": ZALO_PRICE}


def test_a_notice_without_a_template_goes_by_sms(sender: Sender, zalo: Provider) -> None:
    plain = replace(sender, compose=lambda notice: _with_template(notice)._replace(template_id=""))
    assert deliver(NOTICE, sender=plain) is DeliveryOutcome.SENT
    assert (_way(sender), zalo.sent) == (Channel.SMS, [])


def test_what_zalo_refuses_goes_by_sms_at_once_and_is_paid_once(
    sender: Sender, zalo: Provider, budgets: Budgets, counted: Counter[str]
) -> None:
    zalo.failures = [PermanentRefusal("-118")]
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.SENT
    assert (_way(sender), list(budgets.spent.values())) == (Channel.SMS, [SMS_PRICE])
    assert counted == {"Sent_sms": 1, "Spent": SMS_PRICE}


def test_a_quota_that_is_used_up_sends_by_sms_and_is_counted(
    sender: Sender, zalo: Provider, counted: Counter[str]
) -> None:
    zalo.failures = [QuotaUsedUp("-144")]
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.SENT
    assert (_way(sender), counted["Quota_used_up"]) == (Channel.SMS, 1)


def test_a_number_that_all_refuse_is_settled_and_costs_nothing(
    sender: Sender, zalo: Provider, sms: Provider, budgets: Budgets
) -> None:
    zalo.failures, sms.failures = [PermanentRefusal("-118")], [PermanentRefusal("OptedOut")]
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.REFUSED
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.REPEATED
    assert list(budgets.spent.values()) == [0]


@pytest.mark.parametrize("failure", PASSING)
def test_zalo_may_fail_twice_in_passing_and_the_third_time_sms_takes_over_at_once(
    sender: Sender, zalo: Provider, sms: Provider, budgets: Budgets, failure: Exception
) -> None:
    zalo.failures = [failure] * 3
    for _ in range(2):
        with pytest.raises(type(failure)):
            deliver(NOTICE, sender=sender)
        assert (sms.sent, list(budgets.spent.values())) == ([], [0])
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.SENT
    assert (_way(sender), list(budgets.spent.values())) == (Channel.SMS, [SMS_PRICE])


def test_zalo_is_asked_again_after_a_passing_failure(sender: Sender, zalo: Provider, time: Time) -> None:
    zalo.failures = [Throttled("-32")]
    with pytest.raises(Throttled):
        deliver(NOTICE, sender=sender)
    # There is another channel, so the worker does not wait for this one.
    assert time.slept == []
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.SENT
    assert _way(sender) is Channel.ZALO


def test_after_three_failures_zalo_is_not_asked_again_though_sms_fails(
    sender: Sender, zalo: Provider, sms: Provider
) -> None:
    zalo.failures, sms.failures = [TemporaryFailure("timeout")] * 3, [TemporaryFailure("InternalError")] * 4
    for _ in range(6):
        with pytest.raises(TemporaryFailure):
            deliver(NOTICE, sender=sender)
    assert (len(zalo.failures), len(sms.failures)) == (0, 0)
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.SENT
    assert (_way(sender), zalo.sent) == (Channel.SMS, [])


def test_failures_of_the_only_channel_are_not_limited(sender: Sender, sms: Provider, time: Time) -> None:
    alone = replace(sender, channels=[sms.by(Channel.SMS, time.pace())])
    sms.failures = [TemporaryFailure("InternalError")] * 10
    for _ in range(10):
        with pytest.raises(TemporaryFailure):
            deliver(NOTICE, sender=alone)
    assert deliver(NOTICE, sender=alone) is DeliveryOutcome.SENT


def test_a_worker_without_time_for_sms_leaves_it_to_the_next_one(
    sender: Sender, zalo: Provider, sms: Provider, time: Time
) -> None:
    def slowly(outgoing: Outgoing) -> str:
        time.passed += 25
        raise PermanentRefusal("-118")

    slow = replace(sender, channels=[sender.channels[0]._replace(send=slowly), sender.channels[1]])
    with pytest.raises(OutOfTime):
        deliver(NOTICE, sender=slow)
    time.passed, zalo.failures = 0, [PermanentRefusal("-118")]
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.SENT
    assert len(sms.sent) == 1


def test_a_fall_back_that_is_not_in_the_budget_is_not_sent(sender: Sender, zalo: Provider, budgets: Budgets) -> None:
    zalo.failures = [PermanentRefusal("-118")]
    poor = replace(sender, spending_a_day=90)  # 72 without the last fifth
    assert deliver(NOTICE, sender=poor) is DeliveryOutcome.OVER_BUDGET
    assert list(budgets.spent.values()) == [0]
    assert deliver(replace(NOTICE, about="other"), sender=poor) is DeliveryOutcome.SENT
    assert list(budgets.spent.values()) == [ZALO_PRICE]


def test_what_a_provider_rejects_is_raised_when_the_other_notices_are_sent_and_can_be_sent_later(
    sender: Sender, zalo: Provider, sms: Provider, budgets: Budgets
) -> None:
    zalo.failures = [RequestRejected("-131")]
    outcomes: list[DeliveryOutcome] = []
    with pytest.raises(RequestRejected):
        deliver_all(THREE, sender=sender, report=lambda _, outcome: outcomes.append(outcome))
    assert outcomes == [DeliveryOutcome.SENT] * 2
    # The person gets it as it was meant, not by another channel: somebody mends it, and it is sent then.
    assert (sms.sent, list(budgets.spent.values())) == ([], [2 * ZALO_PRICE])
    deliver_all(THREE, sender=sender, report=lambda _, outcome: outcomes.append(outcome))
    assert Counter(outcomes) == {DeliveryOutcome.SENT: 3, DeliveryOutcome.REPEATED: 2}


def test_what_failed_in_passing_comes_again_before_what_is_rejected_is_given_up(sender: Sender, zalo: Provider) -> None:
    zalo.failures = [RequestRejected("-131"), TemporaryFailure("timeout")]
    with pytest.raises(TemporaryFailure):
        deliver_all(THREE, sender=sender, report=lambda *_: None)


def test_a_receipt_that_is_faster_than_the_answer_settles_the_message(sender: Sender, zalo: Provider) -> None:
    def answered_late(outgoing: Outgoing) -> str:
        sender.messages.take_receipt(Receipt(Channel.ZALO, outgoing.tracking, DeliveryState.SEEN, NOW))
        raise TemporaryFailure("timeout")

    late = replace(sender, channels=[sender.channels[0]._replace(send=answered_late), sender.channels[1]])
    with pytest.raises(TemporaryFailure):
        deliver(NOTICE, sender=late)
    assert deliver(NOTICE, sender=late) is DeliveryOutcome.REPEATED
    (message,) = sender.messages.about(NOTICE.about)
    assert (message.channel, message.state) == (Channel.ZALO, DeliveryState.SEEN)


def test_what_a_receipt_says_has_failed_is_not_sent_again(sender: Sender, sms: Provider) -> None:
    deliver(NOTICE, sender=sender)
    sender.messages.take_receipt(Receipt(Channel.ZALO, NOTICE.tracking, DeliveryState.FAILED, NOW))
    assert deliver(NOTICE, sender=sender) is DeliveryOutcome.REPEATED
    assert sms.sent == []


def test_the_money_of_the_day_is_spent_at_the_prices_of_the_channels(sender: Sender, zalo: Provider) -> None:
    # 800 without the last fifth: 5 by SMS are 400, and 13 by Zalo are 390.
    zalo.failures = [PermanentRefusal("-118")] * 5
    outcomes = Counter(deliver(each, sender=sender) for each in some(20))
    assert outcomes == {DeliveryOutcome.SENT: 18, DeliveryOutcome.OVER_BUDGET: 2}
