"""Deliveries: notices are sent, each of them once, by the first channel that takes it.

A notice is claimed by a conditional write before a provider gets its message, and settled after: if its event is
delivered twice, or to two workers at once, one message goes out. The claim is for all channels. One window remains,
from the provider's taking the message to the settling write. A worker may die in it, the provider's answer may be lost,
the write may fail. If the provider sends a receipt, or drops a repeated tracking, the window is closed. Otherwise the
next worker cannot know that the message went out, so it goes out twice: that is a nuisance, and no message at all is a
person at the gate without a code.
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
"""The last fifth of the stage's money of a day is for essential notices alone."""
_MOST_TRIES = 3
"""So often a message may fail in passing by one channel before the next one gets it."""

_LONGEST = 8.0
"""Seconds that a message takes at most by one channel: SNS may take 7 (`adapters.aws`), the turn and the writes take
the rest."""
_PAUSES = (1.0, 2.0, 4.0, 4.0)
"""Seconds to wait for a provider that throttles, one after the other. Then the message comes again later."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The settings and ports for sending notices.

    Parameters
    ----------
    channels
        In the order in which they are tried. The last one gets what the others cannot deliver.
    compose
        Makes the message of a notice.
    is_texted
        Whether the province sends messages to the country of a phone number.
    texts_to_a_phone
        The most messages of a day to one phone that are not essential.
    prices
        What a message costs by each channel, in VND.
    spending_a_day
        The most that the stage spends, in VND.
    time_left
        Gives the seconds after which the worker is ended, whatever it is doing.
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


def deliver_all(notices: Iterable[Notice], *, sender: Sender, report: Callable[[DeliveryOutcome], None]) -> None:
    """Deliver each notice, also when another one fails. `report` gets each outcome at once.

    Raises
    ------
    TemporaryFailure
        At least one could not be sent now. The others are settled or rejected: deliver all of them again.
    OutOfTime, Throttled
        This one could not be sent now, and the next ones could not either, so they were not tried.
    RequestRejected
        A provider rejects at least one, and the others are settled: deliver all of them again once that is mended.
    """
    failed: TemporaryFailure | None = None
    rejected: RequestRejected | None = None
    for notice in notices:
        try:
            report(deliver(notice, sender=sender))
        except (OutOfTime, Throttled):
            raise
        except TemporaryFailure as failure:
            failed = failure
        except RequestRejected as rejection:
            rejected = rejection
    # What failed comes again soon, and what was rejected comes with it.
    if failed is not None:
        raise failed
    if rejected is not None:
        raise rejected


def deliver(notice: Notice, *, sender: Sender) -> DeliveryOutcome:
    """Send a notice, unless it was sent before.

    Raises
    ------
    TemporaryFailure
        The provider did not take the message now, or another worker is sending it.
    OutOfTime
        Too little time was left to start.
    RequestRejected
        The provider will not take the message until somebody mends our request.
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
    """None if the message is to be sent. It is counted among its phone's then."""
    if sender.is_sandbox:
        return DeliveryOutcome.SANDBOX
    if notice.is_stopped:
        return DeliveryOutcome.STOPPED
    if notice.useful_until is not None and notice.useful_until <= now:
        return DeliveryOutcome.LATE
    if not sender.is_texted(notice.recipient):
        return DeliveryOutcome.FOREIGN
    # Check the phone's limit first: many texts to one phone must not use up the stage's money.
    if not (notice.is_essential or notice.share or _phone_has_room(notice, now.date(), sender)):
        return DeliveryOutcome.LIMITED
    return None


def _phone_has_room(notice: Notice, day: date, sender: Sender) -> bool:
    phone_hash = sender.hash_phone(notice.recipient)
    return sender.budgets.take_for_phone(phone_hash, notice.about, day=day, most=sender.texts_to_a_phone)


def _hand_over(notice: Notice, outgoing: Outgoing, tries: int, now: datetime, sender: Sender) -> Settlement:
    """Hand the message to the first provider that takes it. `tries` is how often the first one has failed in passing.

    Each message is paid before it is sent, and paid back if it was not.
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
    """The channels that can take the message, and whether each is the last one."""
    for gateway in channels:
        is_last = gateway is channels[-1]
        if gateway.channel is Channel.ZALO and not outgoing.template_id:
            continue
        if is_last or tries < _MOST_TRIES:
            yield gateway, is_last


def _give_up(notice: Notice, tries: int, price: int, now: datetime, sender: Sender) -> None:
    """For now: another worker may send it at once, and it costs nothing."""
    sender.messages.release(notice, tries=tries, now=now)
    _pay_back(notice, price, now.date(), sender)


def _pay(notice: Notice, price: int, day: date, sender: Sender) -> bool:
    """Count a price among the stage's spending of the day, if there is room for it."""
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
    """Send a message in its turn, and again after a pause while the provider throttles and time is left.

    For the last channel: nobody else takes the message, and each return of the event counts towards the dead letters.
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
