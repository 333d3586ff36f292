"""Deliveries: send each notice once, by the first channel that accepts it.

A notice is claimed by a conditional write before a provider gets its message, and settled after. So one message goes
out, even if the event is delivered twice, or to two workers at once. The claim is for all channels. One window remains
between the provider's acceptance and the settling write: the worker may fail, the provider's answer may be lost, or the
write may fail. A provider that sends receipts, or drops a repeated tracking, closes this window. Otherwise the next
worker cannot know that the message was sent, and sends it again. That is better than no message: then a person is at
the gate without a code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from chalicelib.models.messaging.messages import (
    Channel,
    ClaimHeld,
    ClaimState,
    DeliveryOutcome,
    OutOfTime,
    PermanentRefusal,
    RequestRejected,
    Settlement,
    TemporaryFailure,
    Throttled,
)
from chalicelib.models.messaging.notices import Notice

if TYPE_CHECKING:
    from chalicelib.models.messaging.messages import Outgoing
    from chalicelib.services.messaging.ports import Budgets, Gateway, Messages
    from chalicelib.services.ports import Clock


_KEPT_FOR_ESSENTIAL = 5
"""The last fifth of the stage's budget of a day is only for essential notices."""
_MOST_TRIES = 3
"""The number of temporary failures of one channel before the next channel gets the message."""

_LONGEST = 8.0
"""The most seconds that one channel takes for a message: SNS may take 7 (`adapters.aws`), waiting for a turn and the
writes take the rest."""
_PAUSES = (1.0, 2.0, 4.0, 4.0)
"""Seconds between attempts at a provider that throttles. After the last one the message returns to the queue."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The settings and ports for sending notices.

    Parameters
    ----------
    channels
        In the order of attempts. The last one gets the messages that the others cannot deliver.
    compose
        Builds the message of a notice.
    is_texted
        Whether the province sends messages to the country of a phone number.
    texts_to_a_phone
        The most messages a day to one phone, without essential ones.
    prices
        The price of a message by each channel, in VND.
    spending_a_day
        The most that the stage spends, in VND.
    time_left
        Returns the seconds until the worker is ended.
    count
        Adds a number to a metric.
    is_sandbox
        A sandbox sends nothing.
    """

    messages: Messages
    channels: Sequence[Gateway]
    compose: Callable[[Notice], Outgoing]
    is_texted: Callable[[str], bool]
    budgets: Budgets
    hash_phone: Callable[[str], str]
    texts_to_a_phone: int
    prices: Mapping[Channel, int]
    spending_a_day: int
    time_left: Callable[[], float]
    clock: Clock
    count: Callable[[str, int], None]
    is_sandbox: bool = False


def deliver_all(
    notices: Iterable[Notice], *, sender: Sender, report: Callable[[Notice, DeliveryOutcome], None]
) -> None:
    """Deliver every notice, even if another one fails. `report` gets each notice and its outcome at once.

    Raises
    ------
    TemporaryFailure
        At least one could not be sent now. The others are settled or rejected: deliver all of them again.
    OutOfTime, Throttled
        This one could not be sent now, and the next ones could not either, so they were not tried.
    RequestRejected
        A provider rejects at least one, and the others are settled: deliver all of them again when that is fixed.
    """
    failed: TemporaryFailure | None = None
    rejected: RequestRejected | None = None
    for notice in notices:
        try:
            report(notice, deliver(notice, sender=sender))
        except (OutOfTime, Throttled):
            raise
        except TemporaryFailure as failure:
            failed = failure
        except RequestRejected as rejection:
            rejected = rejection
    # Failed notices are tried again soon, and rejected ones together with them.
    if failed is not None:
        raise failed
    if rejected is not None:
        raise rejected


def deliver(notice: Notice, *, sender: Sender) -> DeliveryOutcome:
    """Send a notice, unless it was sent before.

    Raises
    ------
    TemporaryFailure
        The provider did not accept the message now, or another worker is sending it.
    OutOfTime
        Too little time was left to start.
    RequestRejected
        The provider does not accept the message until an operator fixes our request.
    """
    if sender.time_left() < _LONGEST:
        raise OutOfTime
    outgoing, now = sender.compose(notice), sender.clock()
    claim = sender.messages.claim(notice, now=now)
    if claim.state is ClaimState.HELD:
        raise ClaimHeld
    if claim.state is ClaimState.SETTLED:
        return DeliveryOutcome.REPEATED
    reason = _why_not_to_send(notice, now, sender)
    settlement = _hand_over(notice, outgoing, claim.tries, now, sender) if reason is None else Settlement(reason)
    sender.messages.settle(notice, settlement, now=sender.clock())
    if settlement.channel:
        sender.count(f"Sent_{settlement.channel}", 1)
        sender.count("Spent", settlement.price)
    return settlement.outcome


def _why_not_to_send(notice: Notice, now: datetime, sender: Sender) -> DeliveryOutcome | None:
    """The outcome of a message that must not be sent. None if it may be sent; then the phone's count includes it."""
    if sender.is_sandbox:
        return DeliveryOutcome.SANDBOX
    if notice.is_stopped:
        return DeliveryOutcome.STOPPED
    if notice.useful_until is not None and notice.useful_until <= now:
        return DeliveryOutcome.LATE
    if not sender.is_texted(notice.recipient):
        return DeliveryOutcome.FOREIGN
    # Check the phone's limit first: many texts to one phone must not use up the stage's budget.
    if not _phone_has_room(notice, now.date(), sender):
        return DeliveryOutcome.LIMITED
    return None


def _phone_has_room(notice: Notice, day: date, sender: Sender) -> bool:
    if notice.most_to_phone is not None:
        phone_hash, most = sender.hash_phone(notice.recipient), notice.most_to_phone
        return sender.budgets.take_for_phone(phone_hash, notice.about, day=day, most=most, kind=notice.text_id)
    if notice.is_essential or notice.share:
        return True
    phone_hash = sender.hash_phone(notice.recipient)
    return sender.budgets.take_for_phone(phone_hash, notice.about, day=day, most=sender.texts_to_a_phone)


def _hand_over(notice: Notice, outgoing: Outgoing, tries: int, now: datetime, sender: Sender) -> Settlement:
    """Hand the message to the first provider that accepts it. `tries` is the number of temporary failures of the first
    channel.

    The price is counted before a message is sent, and taken off again if it was not sent.
    """
    day, refused = now.date(), ""
    for gateway, is_last in _in_order(outgoing, tries, sender.channels):
        if sender.time_left() < _LONGEST:
            sender.messages.release(notice, tries=tries, now=now)
            raise OutOfTime
        price = sender.prices[gateway.channel]
        if not _pay(notice, price, day, sender):
            return Settlement(DeliveryOutcome.OVER_BUDGET)
        try:
            reference = _send_patiently(gateway, outgoing, sender) if is_last else _send_in_turn(gateway, outgoing)
            return Settlement(DeliveryOutcome.SENT, reference, gateway.channel, price)
        except PermanentRefusal as refusal:
            refused = str(refusal)
            if refusal.warning:
                sender.count(refusal.warning, 1)
        except RequestRejected:
            _give_up(notice, tries, price, now, sender)
            raise
        except TemporaryFailure:
            tries += 0 if is_last else 1
            if is_last or tries < _MOST_TRIES:
                _give_up(notice, tries, price, now, sender)
                raise
        _pay_back(notice, price, day, sender)
    return Settlement(DeliveryOutcome.REFUSED, refused)


def _in_order(outgoing: Outgoing, tries: int, channels: Sequence[Gateway]) -> Iterator[tuple[Gateway, bool]]:
    """The channels that can send the message, and whether each is the last one."""
    for gateway in channels:
        is_last = gateway is channels[-1]
        if gateway.channel is Channel.ZALO and not outgoing.template_id:
            continue
        if is_last or tries < _MOST_TRIES:
            yield gateway, is_last


def _give_up(notice: Notice, tries: int, price: int, now: datetime, sender: Sender) -> None:
    """Release the message for now: another worker may send it at once, and its price is taken off."""
    sender.messages.release(notice, tries=tries, now=now)
    _pay_back(notice, price, now.date(), sender)


def _pay(notice: Notice, price: int, day: date, sender: Sender) -> bool:
    """Count a price in the stage's spending of the day, if the budget allows it."""
    budgets, most = sender.budgets, sender.spending_a_day
    if notice.share and not budgets.take_for_stage(day=day, price=price, most=most // notice.share, event=notice.event):
        return False
    kept = 0 if notice.is_essential else most // _KEPT_FOR_ESSENTIAL
    if budgets.take_for_stage(day=day, price=price, most=most - kept):
        return True
    if notice.share:
        budgets.give_back_for_stage(day=day, price=price, event=notice.event)
    return False


def _pay_back(notice: Notice, price: int, day: date, sender: Sender) -> None:
    sender.budgets.give_back_for_stage(day=day, price=price)
    if notice.share:
        sender.budgets.give_back_for_stage(day=day, price=price, event=notice.event)


def _send_patiently(gateway: Gateway, outgoing: Outgoing, sender: Sender) -> str:
    """Send a message in its turn. While the provider throttles and time is left, try again after a pause.

    It is for the last channel: there is no other, and each return of the event brings it closer to the dead letters.
    """
    for pause in _PAUSES:
        try:
            return _send_in_turn(gateway, outgoing)
        except Throttled:
            if sender.time_left() < pause + _LONGEST:
                raise
            gateway.pace.sleep(pause)
    return _send_in_turn(gateway, outgoing)


def _send_in_turn(gateway: Gateway, outgoing: Outgoing) -> str:
    gateway.pace.wait_for_turn()
    return gateway.send(outgoing)
