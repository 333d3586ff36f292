"""The committee drafts bulletins and releases those of another member."""

from datetime import date, datetime
from secrets import token_hex
from typing import Annotated

from pydantic import Field

from chalicelib import wiring
from chalicelib.handlers.statistics.figures import TAG
from chalicelib.http.answers import Answer
from chalicelib.http.queries import Query
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import Shape
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.fields import Day, Whole
from chalicelib.models.records import Record
from chalicelib.models.staff.roles import PUBLISH_STATISTICS
from chalicelib.models.statistics.errors import (
    BulletinOfOneself,
    BulletinOutdated,
    BulletinReleased,
    BulletinTooEarly,
    DraftUnknown,
)
from chalicelib.models.statistics.publications import Bulletin, BulletinTable, Draft, FigureChange
from chalicelib.observability import audit
from chalicelib.services.statistics import bulletins
from chalicelib.wiring.publications import press, publications

_DRAFT = parameter("path", "draft", "A draft's id.", "2021-07-22-1-0a1b2c3d4e5f6071", maxLength=40)


class BulletinForm(Record):
    """Which of today's bulletins."""

    number: Annotated[int, Whole(1, 2), Field(examples=[1])]
    """1 at 6:00, with all figures of yesterday. 2 at 18:00, with the province's totals of today so far."""


class BulletinsQuery(Query):
    """Which drafts."""

    day: Day | None = Field(None, examples=["2021-07-22"])
    """The day of the bulletins; today by default."""


class BulletinDraft(Shape):
    """A bulletin before its release."""

    id: str
    """Its id."""
    day: date
    """The day of the bulletin."""
    number: int
    """1 at 6:00, 2 at 18:00."""
    drafted_at: datetime
    """When it was drafted."""
    drafted_by: str
    """By whom: the subject of their token. Another member of the committee releases it."""
    title: str
    """In Vietnamese, as all texts of a bulletin."""
    text: list[str]
    """Paragraphs."""
    tables: list[BulletinTable]
    """Tables, with `*` for what is hidden."""
    changes: list[FigureChange]
    """Figures of earlier days that the bulletin will change in public."""
    publishes: list[date]
    """The days whose figures become public, or change in public, with it."""


class BulletinDrafts(Shape):
    """The drafts of a day's bulletins."""

    drafts: list[BulletinDraft]
    """The newest first. Those that were released are among them."""
    unreleased: list[int]
    """The numbers of the day's bulletins whose time has come and that nobody has released. Until then the public has no
    new figures."""


class ReleasedBulletin(Shape):
    """A bulletin that is public."""

    day: date
    """Its day."""
    number: int
    """1 at 6:00, 2 at 18:00."""
    released_at: datetime
    """When it was released."""
    released_by: str
    """By whom: the subject of their token."""
    link: str
    """The path at which everyone can read it."""


@serve(
    "POST",
    "/v1/statistics/bulletins",
    summary="Draft a bulletin",
    tag=TAG,
    status=201,
    roles=PUBLISH_STATISTICS,
    writes=True,
    errors=(BulletinTooEarly, BulletinReleased, ServiceUnavailable),
)
def draft_bulletin(call: Call[BulletinForm]) -> Answer[BulletinDraft]:
    """Today's bulletin of 6:00, or that of 18:00, which can be drafted from noon on. Small numbers are hidden in it
    already. Nothing is public before another member releases it; a draft is deleted after 30 days."""
    now = wiring.clock().replace(microsecond=0)
    number = call.body.number
    form = bulletins.BulletinForm(number, f"{now.date()}-{number}-{token_hex(8)}")
    return Answer(_shown(bulletins.draft_bulletin(form, now, staff=call.principal, press=press())))


@serve(
    "GET",
    "/v1/statistics/bulletins",
    summary="Drafts of bulletins",
    tag=TAG,
    roles=PUBLISH_STATISTICS,
    errors=(ServiceUnavailable,),
)
def list_bulletins(call: Call[None, BulletinsQuery]) -> Answer[BulletinDrafts]:
    """The drafts of a day, to read before one is released."""
    now = wiring.clock()
    day = call.query.day or now.date()
    drafts = bulletins.list_drafts(day, publications=publications())
    unreleased = bulletins.list_unreleased(day, now, publications=publications())
    return Answer(BulletinDrafts(drafts=[_shown(each) for each in drafts], unreleased=unreleased))


@serve(
    "POST",
    "/v1/statistics/bulletins/{draft}/release",
    summary="Release a bulletin",
    tag=TAG,
    roles=PUBLISH_STATISTICS,
    writes=True,
    errors=(DraftUnknown, BulletinOfOneself, BulletinReleased, BulletinOutdated, ServiceUnavailable),
    parameters=(_DRAFT,),
)
def release_bulletin(call: Call) -> Answer[ReleasedBulletin]:
    """Publish another member's draft as it is, with its figures, for ever. What changes later is listed by the next
    bulletins. Sent again by the same person, it gives the same answer."""
    now = wiring.clock().replace(microsecond=0)
    released = bulletins.release_bulletin(call.path["draft"], now, staff=call.principal, publications=publications())
    audit(call.principal, action="release bulletin", codes=[], why=released.draft)
    return Answer(_released(released))


def _shown(draft: Draft) -> BulletinDraft:
    bulletin = draft.bulletin
    return BulletinDraft(
        id=bulletin.draft,
        day=bulletin.day,
        number=bulletin.number,
        drafted_at=bulletin.drafted_at,
        drafted_by=bulletin.drafted_by,
        title=bulletin.title,
        text=bulletin.text,
        tables=bulletin.tables,
        changes=bulletin.changes,
        publishes=sorted(each.day for each in draft.editions),
    )


def _released(bulletin: Bulletin) -> ReleasedBulletin:
    assert bulletin.released_at is not None
    assert bulletin.released_by is not None
    return ReleasedBulletin(
        day=bulletin.day,
        number=bulletin.number,
        released_at=bulletin.released_at,
        released_by=bulletin.released_by,
        link=bulletin.link,
    )
