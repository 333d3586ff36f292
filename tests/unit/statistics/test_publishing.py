"""What is published stays as it was; what changes is listed; and nobody works out what is hidden."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from chalicelib.models.statistics.errors import (
    BulletinOfOneself,
    BulletinOutdated,
    BulletinReleased,
    BulletinTooEarly,
    BulletinUnknown,
    DraftUnknown,
)
from chalicelib.models.statistics.figures import Family
from chalicelib.models.statistics.periods import Coverage
from chalicelib.models.statistics.places import Places
from chalicelib.models.statistics.public_tables import BY_NAME, TABLES
from chalicelib.models.statistics.publications import Edition, PublishedTable
from chalicelib.models.statistics.series import SERIES, Part
from chalicelib.services.statistics import bulletins
from tests.unit.statistics.provinces import AN, BINH, COMMUNES, DAY, MIDNIGHT, PLACES, Story
from tests.unit.statistics.solver import Total, determined

NEXT, LATER = DAY + timedelta(days=1), DAY + timedelta(days=2)
HIDDEN_FROM = 10


def test_a_day_is_published_in_the_morning_after_it() -> None:
    story = Story()
    story.happen(DAY, Family.GATES, "declared", "an-hoa", "08", times=25)
    story.happen(DAY, Family.GATES, "declared", "moc-bai", "08", times=4)
    assert story.publications.newest(DAY) is None
    draft = story.publish(NEXT)
    assert draft.bulletin.title == "Bản tin số liệu 6 giờ ngày 21/7/2021"
    table = of(story, "declared_by_gate_hour")
    assert (table.coverage, table.total) == (Coverage.COUNTED, 29)
    shown = {tuple(each.cell): each.count for each in table.cells}
    assert shown[("moc-bai",)] is shown[("an-hoa",)] is None


def test_nobody_releases_their_own_draft() -> None:
    story = Story()
    draft = story.draft(NEXT).bulletin
    with pytest.raises(BulletinOfOneself):
        bulletins.release_bulletin(draft.draft, draft.drafted_at, staff=AN, publications=story.publications)
    assert story.publications.newest(DAY) is None


def test_a_release_that_is_sent_twice_is_done_once() -> None:
    story = Story()
    draft = story.publish(NEXT).bulletin
    later = draft.drafted_at + timedelta(hours=1)
    again = bulletins.release_bulletin(draft.draft, later, staff=BINH, publications=story.publications)
    assert again.released_at == draft.drafted_at + timedelta(minutes=5)


def test_a_bulletin_is_released_once() -> None:
    story = Story()
    first, second = story.draft(NEXT).bulletin, story.draft(NEXT).bulletin
    for draft, refused in ((first, None), (second, BulletinReleased)):
        if refused is None:
            bulletins.release_bulletin(draft.draft, draft.drafted_at, staff=BINH, publications=story.publications)
            continue
        with pytest.raises(refused):
            bulletins.release_bulletin(draft.draft, draft.drafted_at, staff=BINH, publications=story.publications)
    with pytest.raises(BulletinReleased):
        story.draft(NEXT)


def test_a_draft_whose_figures_another_bulletin_published_is_out_of_date() -> None:
    story = Story()
    story.happen(DAY, Family.GATES, "declared", "an-hoa", "08", times=25)
    old = story.draft(NEXT, 2).bulletin
    story.publish(NEXT, 1)
    with pytest.raises(BulletinOutdated):
        bulletins.release_bulletin(old.draft, old.drafted_at, staff=BINH, publications=story.publications)


def test_the_evenings_bulletin_is_not_drafted_in_the_morning() -> None:
    story = Story()
    with pytest.raises(BulletinTooEarly):
        bulletins.draft_bulletin(
            bulletins.BulletinForm(2, "2021-07-20-2-x"), MIDNIGHT + timedelta(hours=11), staff=AN, press=story.press
        )


@pytest.mark.parametrize("id", ["", "no-day", "2021-07-21-1-unknown", "2021-13-01-1-x"])
def test_an_unknown_draft_is_not_released(id: str) -> None:  # noqa: A002 - a draft's word
    with pytest.raises(DraftUnknown):
        bulletins.release_bulletin(id, MIDNIGHT, staff=BINH, publications=Story().publications)


def test_an_unreleased_bulletin_is_unknown() -> None:
    story = Story()
    story.draft(NEXT)
    with pytest.raises(BulletinUnknown):
        bulletins.read_bulletin(NEXT, 1, publications=story.publications)


def test_a_late_batch_changes_the_day_and_the_bulletin_lists_it() -> None:
    story = Story()
    story.happen(DAY, Family.GATES, "declared", "an-hoa", "08", times=30)
    before = story.publish(NEXT).bulletin
    story.happen(DAY, Family.GATES, "declared", "an-hoa", "08", times=12)
    evening = story.publish(NEXT, 2).bulletin
    assert "Ngày 20/7/2021, Người đã khai báo: đã công bố 30, nay là 42." in evening.text
    found = bulletins.read_bulletin(NEXT, 1, publications=story.publications)
    assert found.bulletin.tables == before.tables
    listed = {each.table: (each.from_, each.to) for each in found.later_changes}
    assert listed == {"declared_by_gate_hour": (30, 42)}
    assert [each.edition for each in story.publications.of_day(DAY)] == [1, 2]


def test_of_a_day_that_changes_only_totals_change_in_public() -> None:
    """One person who becomes known late, in a commune where nobody had been: the cells would say so."""
    story = Story()
    story.happen(DAY, Family.COMMUNES, "entered", "2021", COMMUNES[1], "admit", times=40)
    story.publish(NEXT)
    before = of(story, "entered_by_commune")
    story.happen(DAY, Family.COMMUNES, "entered", "2021", COMMUNES[0], "admit")
    story.publish(NEXT, 2)
    story.happen(DAY, Family.COMMUNES, "entered", "2021", COMMUNES[0], "admit", times=2)
    story.publish(LATER)
    after = of(story, "entered_by_commune")
    assert (after.total, after.late, after.cells) == (43, 3, before.cells)


def test_an_unchanged_day_is_not_published_again() -> None:
    story = Story()
    story.happen(DAY, Family.GATES, "declared", "an-hoa", "08", times=30)
    story.publish(NEXT)
    assert DAY not in [each.day for each in story.draft(NEXT, 2).editions]


def test_a_day_before_the_first_count_is_not_published_and_part_of_a_day_says_so() -> None:
    story = Story(since=MIDNIGHT + timedelta(hours=9))
    story.happen(DAY, Family.GATES, "declared", "an-hoa", "08", times=30)
    draft = story.publish(NEXT)
    assert [each.day for each in draft.editions] == [DAY]
    assert of(story, "declared_by_gate_hour").coverage is Coverage.PARTLY
    rows = next(each.rows for each in draft.bulletin.tables if each.title == "Toàn tỉnh, ngày 20/7/2021")
    assert rows[0] == ["Người đã khai báo", "30", ""]


def test_a_commune_of_another_list_is_elsewhere() -> None:
    story = Story()
    story.happen(DAY, Family.COMMUNES, "entered", "2021", COMMUNES[0], "admit", times=20)
    story.happen(DAY, Family.COMMUNES, "entered", "2025", COMMUNES[0], "admit", times=30)
    story.publish(NEXT)
    shown = {tuple(each.cell): each.count for each in of(story, "entered_by_commune").cells}
    assert shown == {("703",): 20, ("703", COMMUNES[0]): 20, ("other",): 30}


def test_how_few_messages_had_an_outcome_does_not_follow_from_the_channels() -> None:
    """All that have a channel were sent. With a table of outcomes and one of channels: of 86, less the 70 of both
    channels and the 12 that were too late, 4 are left."""
    story = Story()
    for channel, outcome, times in (("none", "late", 12), ("none", "limited", 4), ("sms", "sent", 50)):
        story.happen(DAY, Family.MESSAGES, "messages", channel, outcome, times=times)
    story.happen(DAY, Family.MESSAGES, "messages", "zalo", "sent", times=20)
    story.publish(NEXT)
    (edition,) = story.publications.of_day(DAY)
    (table,) = (each for each in edition.tables if BY_NAME[each.table].series == "messages")
    shown = {tuple(each.cell): each.count for each in table.cells}
    assert (table.total, shown["late",], shown["limited",]) == (86, 12, None)
    assert determined(public(edition, table), HIDDEN_FROM) == {}


def test_the_same_people_are_public_by_commune_once() -> None:
    """Who stays has entered, and who entered is expected. If 12 of 13 who entered stay, and all of these in the one of
    two communes whose number of stays is shown, the other one has 1 who entered."""
    assert [each.series for each in TABLES if Part.COMMUNE in each.by] == ["entered"]


def test_no_series_is_public_by_two_parts_that_add_up() -> None:
    """Tables of one series share their total alone, so each is judged by itself."""
    for table in TABLES:
        assert set(table.by) - {Part.COMMUNE} <= set(SERIES[table.family, table.series].parts)
        others = [each for each in TABLES if (each.family, each.series) == (table.family, table.series)]
        assert all(not set(table.by) & set(each.by) for each in others if each != table)


@pytest.mark.parametrize("seed", range(4))
def test_a_solver_finds_no_hidden_count_in_all_that_is_public(seed: int) -> None:
    """Days of few and of many people, late facts and corrections, editions and bulletins of a week."""
    random, story = Random(seed), Story()  # noqa: S311 - no secret
    days = [DAY + timedelta(days=number) for number in range(7)]
    for number, day in enumerate(days):
        people = random.choice([2, 8, 11, 30, 90, 200])
        story.people(
            day, people, random, gates=(20, 3, 1), communes=[random.choice([0, 1, 3, 30]) for _ in COMMUNES[1:]] + [1]
        )
        for late in days[max(0, number - 2) : number]:
            story.people(late, random.choice([0, 0, 1, 1, 2]), random, gates=(1, 1, 1), communes=[1] * len(COMMUNES))
        if number and random.random() < 0.5:
            story.happen(days[number - 1], Family.COMMUNES, "entered", "2021", COMMUNES[0], "admit", times=-1)
            story.happen(days[number - 1], Family.COMMUNES, "entered", "2021", COMMUNES[0], "refuse", times=1)
        for of_day in (1, 2):
            story.publish(day + timedelta(days=1), of_day)
    totals, small = list[Total](), 0
    for edition in story.publications.editions.values():
        for table in edition.tables:
            if table.total is not None:
                totals += public(edition, table)
                small += sum(each.hidden for each in table.cells) + table.all_hidden
                assert [each for each in table.cells if each.count and 0 < each.count < HIDDEN_FROM] == []
    assert small > 20
    assert determined(totals, HIDDEN_FROM) == {}
    for bulletin in story.publications.bulletins.values():
        for table_of_people in bulletin.tables[1:]:
            numbers = [cell for row in table_of_people.rows for cell in row[1:-1]]
            assert [each for each in numbers if each.isdecimal() and 0 < int(each) < HIDDEN_FROM] == []


def public(edition: Edition, table: PublishedTable, places: Places = PLACES) -> list[Total]:
    """What adds up in a table. A hidden count is the same in all editions of a day: cells are published once."""
    counts = {tuple(each.cell): each.count for each in table.cells}
    by = BY_NAME[table.table].by
    parts: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    if by == (Part.COMMUNE,):
        parts[()] = [*((each,) for each in places.districts), ("other",)]
        parts |= {(district,): [(district, each) for each in own] for district, own in places.districts.items()}
    elif by == (Part.OUTCOME, Part.CHANNEL):
        parts[()] = [path for path in counts if len(path) == 1]
        parts |= {path: [each for each in counts if each[:-1] == path] for path in parts[()]}
    elif by == (Part.GATE, Part.HOUR):
        parts[()] = [*((each,) for each in places.gates), ("none",)]
        parts |= {(each,): [(each, f"{hour:02}") for hour in range(24)] for each in (*places.gates, "none")}
    else:
        parts[()] = [path for path in counts if path]
    if table.all_hidden or not by:
        return []
    total = None if table.total is None else table.total - table.late
    known = {(): total, **{path: counts.get(path, 0) for own in parts.values() for path in own}}

    def name(path: tuple[str, ...]) -> Any:
        return edition.day, table.table, path

    return [
        Total(
            {} if known[path] is not None else {name(path): 1},
            known[path] or 0,
            {name(each): known[each] for each in own},
        )
        for path, own in parts.items()
    ]


def of(story: Story, name: str) -> PublishedTable:
    """A table of the newest edition of the day."""
    edition = story.publications.newest(DAY)
    assert edition is not None
    return next(each for each in edition.tables if each.table == name)
