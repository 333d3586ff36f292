"""Publications: drafts, bulletins, and the public figures of days in editions."""

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.models.statistics.publications import Bulletin, Draft, Edition, FigureChange
from chalicelib.services.statistics.publication_ports import Publications
from chalicelib.storage.statistics import publications as storage
from tests.tables import Database
from tests.unit.fakes import publications as fakes

DAY, NEXT = date(2021, 7, 21), date(2021, 7, 22)
NOW = datetime(2021, 7, 22, 3, tzinfo=UTC)


@pytest.fixture
def publications(database: Database | None) -> Publications:
    return fakes.Publications() if database is None else storage.Publications(database.publications)


def drafted(number: int = 1, name: str = "a", *, editions: list[Edition] | None = None) -> Draft:
    bulletin = Bulletin(
        day=NEXT,
        number=number,
        title="Bản tin",
        text=[],
        tables=[],
        draft=f"{NEXT}-{number}-{name}",
        drafted_at=NOW + timedelta(minutes=ord(name[0])),
        drafted_by="an",
    )
    return Draft(bulletin=bulletin, editions=[edition()] if editions is None else editions)


def edition(number: int = 1, day: date = DAY, *, changed_to: int | None = None) -> Edition:
    changes = [] if changed_to is None else [FigureChange(day=day, table="expected", from_=0, to=changed_to)]
    return Edition(day=day, edition=number, hidden_below=10, list_version="2021", tables=[], changes=changes)


def test_a_draft_is_found_by_its_id_and_among_those_of_its_day(publications: Publications) -> None:
    first, second, longer = drafted(name="a"), drafted(name="b", editions=[]), drafted(name="aa", editions=[])
    for each in (first, second, longer):
        publications.keep(each)
    assert publications.draft(NEXT, first.bulletin.draft) == first
    assert publications.draft(NEXT, longer.bulletin.draft) == longer
    assert publications.draft(NEXT, f"{NEXT}-1-c") is None
    assert publications.draft(DAY, first.bulletin.draft) is None
    assert {each.bulletin.draft for each in publications.drafts(NEXT)} == {
        each.bulletin.draft for each in (first, second, longer)
    }
    assert publications.drafts(NEXT)[0] == second
    assert publications.bulletin(NEXT, 1) is None
    assert publications.newest(DAY) is None


def test_a_bulletin_and_its_editions_are_public_together_and_once(publications: Publications) -> None:
    first = drafted().released("binh", NOW)
    assert publications.release(first)
    assert publications.bulletin(NEXT, 1) == first.bulletin
    assert publications.released(NEXT) == [first.bulletin]
    assert publications.released(DAY) == []
    assert publications.newest(DAY) == first.editions[0]
    # The same bulletin, and another one with an edition that there is.
    assert not publications.release(drafted(name="b", editions=[edition(2)]).released("binh", NOW))
    assert not publications.release(drafted(2).released("binh", NOW))
    assert publications.bulletin(NEXT, 2) is None
    assert publications.newest(DAY) == first.editions[0]


def test_what_editions_changed_is_read_beside_them(publications: Publications) -> None:
    later = NOW + timedelta(hours=12)
    assert publications.release(drafted().released("binh", NOW))
    assert publications.changes(DAY) == []
    assert publications.release(drafted(2, editions=[edition(2, changed_to=7)]).released("binh", later))
    (changed,) = publications.changes(DAY)
    assert (changed.published_at, [(each.from_, each.to) for each in changed.changes]) == (later, [(0, 7)])
    assert publications.changes(NEXT) == []
    newest = publications.newest(DAY)
    assert newest is not None
    assert newest.edition == 2
