"""Remind people of drafts: on the day of the trip, each gets one message with the link by which they confirm.

A schedule looks into the lists by day. What is due goes to the queue of `declared` messages before it leaves its list:
if the function ends in between, it is handed over again, and the claim of the message sends it once.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import DECLARATION_BITS, DRAFT, Code
from chalicelib.models.entry.drafts import Draft
from chalicelib.models.entry.reminders import DRAFT_DUE, DraftDue, ListedDraft
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.policy.reminders import ReminderRules
from chalicelib.services.entry.ports import DraftDays
from chalicelib.services.ports import Clock, KeyedHash

MOST = 600
"""Reminders of one run: two a second for five minutes. The workers of the queue begin eight messages a second, so those
of declarations have room. What is left is due in the next run."""
_SHARE = 5
"""At most a fifth of the stage's messages of a day are reminders. The messages of a phone are limited by its drafts."""


class ReminderDesk(NamedTuple):
    """What handing over reminders needs. `send` puts events into the queue, all or an error."""

    days: DraftDays
    rules: Callable[[], ReminderRules]
    send: Callable[[Sequence[DraftDue]], None]
    zone: ZoneInfo
    clock: Clock


class ReminderSources(NamedTuple):
    """What the notices need. `find_draft` finds a draft by the keyed hash of its phone, and its id."""

    find_draft: Callable[[str, str], Draft | None]
    keyed_hash: KeyedHash
    declare_url: str
    """Where people declare; empty if the stage has no such page."""
    zone: ZoneInfo


def hand_over(*, desk: ReminderDesk) -> int:
    """Hand over what is due now, at most `MOST`. Gives their number."""
    now, rules = desk.clock().astimezone(desk.zone), desk.rules()
    listed = [each for each in _listed(now, rules, desk) if rules.due_at(each.day, each.time, desk.zone) <= now]
    if listed:
        desk.send([_event(each, rules, desk.zone) for each in listed])
        desk.days.remove(listed)
    return len(listed)


def notices_of_draft(due: DraftDue, *, sources: ReminderSources) -> Iterator[Notice]:
    """The reminder; none if the draft was confirmed, deleted or changed, or if its owner wants none.

    Its key is the phone, the day and the slot of the draft. So a person who deletes a draft and saves it again gets no
    second message.
    """
    draft = sources.find_draft(due.phone, due.subject)
    if draft is None or not draft.form.remind or not due.fits(draft) or not sources.declare_url:
        return
    phone = draft.form.traveller.phone
    assert phone is not None  # no draft is saved without
    bits = sources.keyed_hash.bits(DECLARATION_BITS, DRAFT_DUE, due.phone, due.day.isoformat(), str(draft.slot))
    yield Notice(
        recipient=phone,
        text_id=DRAFT_DUE,
        values={"link": f"{sources.declare_url}#{draft.id}"},
        about=str(Code.of(bits, DRAFT)),
        event=DRAFT_DUE,
        keep_until=datetime.combine(draft.leaves_on, datetime.min.time(), sources.zone),
        useful_until=due.useful_until,
        share=_SHARE,
        language=draft.form.language,
    )


def _listed(now: datetime, rules: ReminderRules, desk: ReminderDesk) -> Iterator[ListedDraft]:
    """Of today's and tomorrow's lists all that may be due: a trip after midnight may be due before."""
    left = MOST
    today = now.date()
    latest = now + timedelta(minutes=rules.minutes_before)
    for day in (today, today + timedelta(days=1)):
        if day <= latest.date() and left > 0:
            found = desk.days.planned(day, until=_time_on(day, latest), at_most=left)
            yield from found
            left -= len(found)
    if rules.due_at(today, None, desk.zone) <= now and left > 0:
        yield from desk.days.unplanned(today, at_most=left)


def _time_on(day: date, latest: datetime) -> str:
    return f"{latest:%H:%M}" if latest.date() == day else "23:59"


def _event(listed: ListedDraft, rules: ReminderRules, zone: ZoneInfo) -> DraftDue:
    return DraftDue(
        subject=listed.id,
        phone=listed.phone,
        day=listed.day,
        time=listed.time,
        due_at=rules.due_at(listed.day, listed.time, zone),
        useful_until=rules.useful_until(listed.day, listed.time, zone),
    )
