"""Draft and release bulletins, and with them the figures of the days before.

The public's figures of a day are published by a bulletin, and change only by another one. So the public never sees a
count while it grows. Of a day that changes later, only the totals change in public.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from chalicelib.models.staff.roles import Principal
from chalicelib.models.statistics.errors import (
    BulletinOfOneself,
    BulletinOutdated,
    BulletinReleased,
    BulletinTooEarly,
    BulletinUnknown,
    DraftUnknown,
)
from chalicelib.models.statistics.figures import Family, Figure, Reading
from chalicelib.models.statistics.periods import Coverage, coverage
from chalicelib.models.statistics.places import Places
from chalicelib.models.statistics.public_tables import FAMILIES, TABLES, PublicTable, tree_of
from chalicelib.models.statistics.publications import (
    EVENING,
    MORNING,
    Bulletin,
    Draft,
    Edition,
    FigureChange,
    published,
    published_again,
)
from chalicelib.services.parallel import in_parallel
from chalicelib.services.statistics.bulletin_texts import HEADLINES, so_far, written
from chalicelib.services.statistics.publication_ports import Publications
from chalicelib.services.statistics.readings import Desk, read

DAYS_BACK = 10
"""Days whose figures a bulletin publishes, or publishes again where they changed."""

_FIRST_HOUR = {MORNING: 0, EVENING: 12}
"""The hour from which each bulletin of a day may be drafted, until midnight. The morning's needs no part of today."""

RELEASED_AT = {MORNING: time(6), EVENING: time(18)}
"""When the province publishes each bulletin of a day."""

_LATE_AFTER = timedelta(hours=1)
_USED_FOR = timedelta(days=3)
"""A stage that has released no bulletin for so long publishes none: nobody waits for one."""

_DRAFT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[12]-[0-9a-z]{1,16}")
"""A draft's id. What is longer would not fit into a key."""


@dataclass(frozen=True)
class Press:
    """What publishing needs."""

    desk: Desk
    publications: Publications
    places: Places
    hidden_below: int


class BulletinForm(NamedTuple):
    """Which bulletin, and its id as a draft."""

    number: int
    draft: str


def draft_bulletin(form: BulletinForm, now: datetime, *, staff: Principal, press: Press) -> Draft:
    """Draft today's bulletin of this number, and store the draft. Raises `BulletinTooEarly` or `BulletinReleased`."""
    today = now.date()
    if now.hour < _FIRST_HOUR[form.number]:
        raise BulletinTooEarly(first=_FIRST_HOUR[form.number])
    if press.publications.bulletin(today, form.number) is not None:
        raise BulletinReleased(number=form.number)
    days = [today - timedelta(days=number) for number in range(DAYS_BACK + 1)]
    readings = dict(
        zip(FAMILIES, in_parallel(lambda each: read(each, days, press.desk.figures), FAMILIES), strict=True)
    )
    newest = dict(zip(days[1:], in_parallel(press.publications.newest, days[1:]), strict=True))
    editions = {day: _edition(day, readings, newest[day], press) for day in days[1:]}
    # A day that nothing was counted on is not published.
    new = [each for day, each in editions.items() if _is_counted(each) and _differs(each, newest[day])]
    changed = [change for each in new for change in each.changes]
    content = (
        written(today, editions[days[1]], editions[days[2]], changed, press.places)
        if form.number == MORNING
        else so_far(now, _totals(today, readings, press), changed)
    )
    bulletin = Bulletin(
        day=today,
        number=form.number,
        **content._asdict(),
        changes=changed,
        draft=form.draft,
        drafted_at=now,
        drafted_by=staff.subject,
    )
    draft = Draft(bulletin=bulletin, editions=new)
    press.publications.keep(draft)
    return draft


def list_drafts(day: date, *, publications: Publications) -> list[Draft]:
    """The drafts of a day's bulletins, the newest first. Released ones are among them."""
    return publications.drafts(day)


def release_bulletin(id: str, now: datetime, *, staff: Principal, publications: Publications) -> Bulletin:  # noqa: A002
    """Publish a draft as it is. Done again by the same person, it gives the same bulletin.

    Raises
    ------
    DraftUnknown, BulletinOfOneself, BulletinReleased, BulletinOutdated
    """
    day = _day_of(id)
    draft = publications.draft(day, id)
    if draft is None:
        raise DraftUnknown
    if draft.bulletin.drafted_by == staff.subject:
        raise BulletinOfOneself
    released = draft.released(staff.subject, now)
    if publications.release(released):
        return released.bulletin
    number = draft.bulletin.number
    there = publications.bulletin(day, number)
    if there is None:
        raise BulletinOutdated
    if there.draft != id or there.released_by != staff.subject:
        raise BulletinReleased(number=number)
    return there


def released_in(days: Sequence[date], *, publications: Publications) -> list[Bulletin]:
    """The bulletins of some days that were released, the newest first: a query for each day, side by side."""
    found = [each for own in in_parallel(publications.released, days) for each in own]
    return sorted(found, key=lambda each: (each.day, each.number), reverse=True)


def list_unreleased(day: date, now: datetime, *, publications: Publications) -> list[int]:
    """The numbers of a day's bulletins whose time has come and that nobody has released: one query."""
    released = {each.number for each in publications.released(day)}
    due = (number for number, at in RELEASED_AT.items() if datetime.combine(day, at, now.tzinfo) <= now)
    return [number for number in due if number not in released]


def count_overdue(now: datetime, *, publications: Publications) -> int:
    """How many of today's bulletins should have been released an hour ago: 0 in a stage that publishes none."""
    overdue = list_unreleased(now.date(), now - _LATE_AFTER, publications=publications)
    days = [now.date() - timedelta(days=number) for number in range(_USED_FOR.days + 1)]
    is_used = bool(overdue) and any(publications.released(day) for day in days)
    return len(overdue) if is_used else 0


class PublishedBulletin(NamedTuple):
    """A bulletin as it was published, and what changed since."""

    bulletin: Bulletin
    later_changes: Sequence[FigureChange]
    """Of the figures that it published, in later bulletins, in their order."""


def read_bulletin(day: date, number: int, *, publications: Publications) -> PublishedBulletin:
    """One query, and another one for what changed. Raises `BulletinUnknown`."""
    bulletin = publications.bulletin(day, number)
    if bulletin is None or bulletin.released_at is None:
        raise BulletinUnknown
    if number != MORNING:
        return PublishedBulletin(bulletin, [])
    changes = publications.changes(day - timedelta(days=1))
    later = [each for each in changes if each.published_at > bulletin.released_at]
    return PublishedBulletin(bulletin, [change for each in later for change in each.changes])


def _edition(day: date, readings: Mapping[Family, Reading], newest: Edition | None, press: Press) -> Edition:
    """What the public sees of a day, if it is published now."""
    before = {each.table: each for each in newest.tables} if newest else {}
    tables = []
    for table in TABLES:
        reading = readings[table.family]
        covered = coverage(day, reading.since.get(table.series), press.desk.zone)
        root = tree_of(table, _on(day, reading), press.places)
        tables.append(
            published_again(before[table.name], root)
            if table.name in before
            else published(table.name, root, covered, below=press.hidden_below)
        )
    changed = [
        FigureChange(day=day, table=each.table, from_=old.total, to=each.total)
        for each in tables
        if (old := before.get(each.table)) and old.total is not None and each.total is not None
        if old.total != each.total
    ]
    return Edition(
        day=day,
        edition=newest.edition + 1 if newest else 1,
        counted_to=_minute(
            max((each.counted_to for each in readings.values() if each.counted_to), default=None), press.desk.zone
        ),
        hidden_below=press.hidden_below,
        list_version=press.places.list_version,
        tables=tables,
        changes=changed,
    )


def _totals(day: date, readings: Mapping[Family, Reading], press: Press) -> dict[PublicTable, int | None]:
    """The province's totals of a day; None for a series that is not counted."""
    totals: dict[PublicTable, int | None] = {}
    for table in HEADLINES:
        reading = readings[table.family]
        covered = coverage(day, reading.since.get(table.series), press.desk.zone)
        count = sum(each.count for each in _on(day, reading) if each.series == table.series)
        totals[table] = None if covered is Coverage.NOT_COUNTED else count
    return totals


def _minute(moment: datetime | None, zone: tzinfo) -> datetime | None:
    """The minute, in the province's time: the public does not see to the second when somebody was at a gate."""
    return None if moment is None else moment.astimezone(zone).replace(second=0, microsecond=0)


def _on(day: date, reading: Reading) -> list[Figure]:
    return [each for each in reading.figures if each.day == day]


def _is_counted(edition: Edition) -> bool:
    return any(each.coverage is not Coverage.NOT_COUNTED for each in edition.tables)


def _differs(edition: Edition, newest: Edition | None) -> bool:
    return newest is None or edition.tables != newest.tables


def _day_of(draft: str) -> date:
    """The day in a draft's id, `<day>-<number>-<random>`. Raises `DraftUnknown`."""
    if not _DRAFT.fullmatch(draft):
        raise DraftUnknown
    try:
        return date.fromisoformat(draft[:10])
    except ValueError:
        raise DraftUnknown from None
