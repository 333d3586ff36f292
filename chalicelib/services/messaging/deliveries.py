"""Deliveries: notices are sent, each of them once.

A notice is claimed by a conditional write before the provider gets its text, and settled after: if its event is
delivered twice, or to two workers at once, one text goes out. One window remains, from the provider's taking the text
to the settling write. A worker may die in it, the provider's answer may be lost, the write may fail. The next worker
cannot know that the text went out, and the provider has no key by which it would drop a repetition, so the text goes
out twice: that is a nuisance, and no text at all is a person at the gate without a code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from chalicelib.models.fields import SMS_LENGTH
from chalicelib.models.messaging.messages import (
    Claim,
    DeliveryOutcome,
    OutOfTime,
    PermanentRefusal,
    TemporaryFailure,
    Throttled,
)
from chalicelib.models.messaging.notices import Notice

if TYPE_CHECKING:
    from chalicelib.services.messaging.paces import Pace
    from chalicelib.services.messaging.ports import Budgets, Messages, SendSms
    from chalicelib.services.ports import Clock


_KEPT_FOR_ESSENTIAL = 5
"""The last fifth of the stage's texts of a day is for essential notices alone."""


_LONGEST = 8.0
"""Seconds that a text takes at most: SNS may take 7 (`adapters.aws`), the turn and the writes take the rest."""
_PAUSES = (1.0, 2.0, 4.0, 4.0)
"""Seconds to wait for a provider that throttles, one after the other. Then the text comes again later."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The settings and ports for sending notices.

    `texts` are the province's, by their ids. `is_texted` says of a phone number whether the province sends texts to its
    country. `texts_to_a_phone` are the most of a day that are not essential, `texts_a_day` the most of the stage.
    `time_left` gives the seconds after which the worker is ended, whatever it is doing. A sandbox sends nothing.
    """

    messages: Messages
    send_sms: SendSms
    texts: Mapping[str, str]
    is_texted: Callable[[str], bool]
    budgets: Budgets
    hash_phone: Callable[[str], str]
    texts_to_a_phone: int
    texts_a_day: int
    pace: Pace
    time_left: Callable[[], float]
    clock: Clock
    is_sandbox: bool = False


def deliver_all(notices: Iterable[Notice], *, sender: Sender, report: Callable[[DeliveryOutcome], None]) -> None:
    """Deliver each notice, also when another one fails for now. `report` gets each outcome at once.

    Raises
    ------
    TemporaryFailure
        At least one could not be sent now. The others are settled: deliver all of them again.
    OutOfTime, Throttled
        This one could not be sent now, and the next ones could not either, so they were not tried.
    """
    failed: TemporaryFailure | None = None
    for notice in notices:
        try:
            report(deliver(notice, sender=sender))
        except (OutOfTime, Throttled):
            raise
        except TemporaryFailure as failure:
            failed = failure
    if failed is not None:
        raise failed


def deliver(notice: Notice, *, sender: Sender) -> DeliveryOutcome:
    """Send a notice, unless it was sent before.

    Raises
    ------
    TemporaryFailure
        The provider did not take the text now, or another worker is sending it.
    OutOfTime
        Too little time was left to start.
    """
    if sender.time_left() < _LONGEST:
        raise OutOfTime
    text, now = _text(notice, sender.texts), sender.clock()
    claim = sender.messages.claim(notice, now=now)
    if claim is Claim.HELD:
        raise TemporaryFailure("another worker holds the claim")
    if claim is Claim.SETTLED:
        return DeliveryOutcome.REPEATED
    outcome, reference = _why_not_to_send(notice, now, sender), ""
    if outcome is None:
        outcome, reference = _hand_over(notice, text, now, sender)
    sender.messages.settle(notice, outcome=outcome, reference=reference)
    return outcome


def _why_not_to_send(notice: Notice, now: datetime, sender: Sender) -> DeliveryOutcome | None:
    """None if the text is to be sent. It is counted then."""
    if sender.is_sandbox:
        return DeliveryOutcome.SANDBOX
    if notice.is_stopped:
        return DeliveryOutcome.STOPPED
    if notice.useful_until is not None and notice.useful_until <= now:
        return DeliveryOutcome.LATE
    if not sender.is_texted(notice.recipient):
        return DeliveryOutcome.FOREIGN
    # Check the phone's limit first: many texts to one phone must not use up the stage's budget.
    if not (notice.is_essential or notice.share or _phone_has_room(notice, now.date(), sender)):
        return DeliveryOutcome.LIMITED
    return None if _stage_has_room(notice, now.date(), sender) else DeliveryOutcome.OVER_BUDGET


def _phone_has_room(notice: Notice, day: date, sender: Sender) -> bool:
    phone_hash = sender.hash_phone(notice.recipient)
    return sender.budgets.take_for_phone(phone_hash, notice.about, day=day, most=sender.texts_to_a_phone)


def _stage_has_room(notice: Notice, day: date, sender: Sender) -> bool:
    budgets, most = sender.budgets, sender.texts_a_day
    if notice.share and not budgets.take_for_stage(day=day, most=most // notice.share, event=notice.event):
        return False
    kept = 0 if notice.is_essential else most // _KEPT_FOR_ESSENTIAL
    if budgets.take_for_stage(day=day, most=most - kept):
        return True
    if notice.share:
        budgets.give_back_for_stage(day=day, event=notice.event)
    return False


def _hand_over(notice: Notice, text: str, now: datetime, sender: Sender) -> tuple[DeliveryOutcome, str]:
    """Hand the text to the provider. Gives the outcome and the provider's reference."""
    try:
        return DeliveryOutcome.SENT, _send_in_turn(notice.recipient, text, sender)
    except PermanentRefusal as refusal:
        return DeliveryOutcome.REFUSED, str(refusal)
    except TemporaryFailure:
        sender.messages.release(notice)
        sender.budgets.give_back_for_stage(day=now.date())
        if notice.share:
            sender.budgets.give_back_for_stage(day=now.date(), event=notice.event)
        raise


def _send_in_turn(phone: str, text: str, sender: Sender) -> str:
    """Send a text in its turn, and again after a pause while the provider throttles and time is left.

    Waiting is better than failing: each failed delivery of the event counts towards the dead-letter queue.
    """
    for pause in _PAUSES:
        sender.pace.wait_for_turn()
        try:
            return sender.send_sms(phone, text)
        except Throttled:
            if sender.time_left() < pause + _LONGEST:
                raise
            sender.pace.sleep(pause)
    sender.pace.wait_for_turn()
    return sender.send_sms(phone, text)


def _text(notice: Notice, texts: Mapping[str, str]) -> str:
    """The text with as many whole sentences as one part of an SMS holds."""
    text = texts[notice.text_id].format_map(notice.values)
    for sentence in notice.sentences:
        if len(text) + 1 + len(sentence) > SMS_LENGTH:
            break
        text = f"{text} {sentence}"
    return text
