"""Drafts by the day of their trip: each is in one list, as long as it is there and nobody has taken it off."""

from typing import NamedTuple

import pytest

from chalicelib.models.entry.drafts import Draft
from chalicelib.models.entry.reminders import ListedDraft
from chalicelib.services.entry.ports import DraftDays, Drafts
from chalicelib.storage.entry import draft_days
from chalicelib.storage.entry import drafts as storage
from tests.contracts.entry.test_drafts import DECLARED, draft
from tests.tables import Database
from tests.unit.fakes import entry as fakes


class Kept(NamedTuple):
    """Drafts, and their lists."""

    drafts: Drafts
    days: DraftDays


@pytest.fixture
def kept(database: Database | None) -> Kept:
    if database is None:
        in_memory = fakes.Drafts()
        return Kept(in_memory, fakes.DraftDays(in_memory))
    table = database.drafts
    return Kept(storage.Drafts(table, time_zone="Asia/Ho_Chi_Minh"), draft_days.DraftDays(table))


def planned(number: int, time: str | None, *, years: int = 0) -> Draft:
    """A draft whose id begins with the number, so that some are in other parts of the list."""
    one = draft(number)
    day = one.form.trip.expected_day
    trip = one.form.trip.model_copy(
        update={"expected_time": time, "expected_day": day.replace(year=day.year + years, day=1)}
    )
    name = f"{number:X}{one.id[1:]}"
    return one.model_copy(update={"id": name, "form": one.form.model_copy(update={"trip": trip})})


DAY = planned(1, None).form.trip.expected_day


def listed(of: Draft, phone: str = "phone") -> ListedDraft:
    return ListedDraft(of.form.trip.expected_day, of.form.trip.expected_time, phone, of.id)


def test_those_up_to_a_time_are_found_and_those_without_one_apart(kept: Kept) -> None:
    early, late, none = planned(1, "08:30"), planned(2, "08:31"), planned(3, None)
    for each in (early, late, none, planned(4, "08:00", years=1)):
        kept.drafts.append("phone", each)
    assert list(kept.days.planned(DAY, until="08:30", at_most=100)) == [listed(early)]
    assert sorted(kept.days.planned(DAY, until="23:59", at_most=100)) == sorted([listed(early), listed(late)])
    assert list(kept.days.unplanned(DAY, at_most=100)) == [listed(none)]


def test_a_draft_that_is_taken_off_the_list_stays(kept: Kept) -> None:
    one, other = planned(1, "08:30"), planned(5, None)
    kept.drafts.append("phone", one)
    kept.drafts.append("other", other)
    kept.days.remove([listed(one), listed(other, "other")])
    assert list(kept.days.planned(DAY, until="23:59", at_most=9)) == []
    assert list(kept.days.unplanned(DAY, at_most=9)) == []
    assert len(kept.drafts.of_phone("phone")) == 1


def test_a_draft_that_leaves_leaves_its_list(kept: Kept) -> None:
    for each in (planned(1, "08:30"), planned(2, "08:30"), planned(3, "08:30")):
        kept.drafts.append("phone", each)
    deleted, confirmed, moved = kept.drafts.of_phone("phone")
    kept.drafts.delete("phone", deleted)
    kept.drafts.confirm("phone", confirmed, DECLARED)
    kept.drafts.replace("phone", moved, planned(3, "09:30"))
    assert list(kept.days.planned(DAY, until="08:30", at_most=100)) == []
    assert list(kept.days.planned(DAY, until="09:30", at_most=100)) == [listed(planned(3, "09:30"))]


def test_so_many_are_read_and_no_more(kept: Kept) -> None:
    for number in range(5):
        kept.drafts.append("phone", planned(number, "08:30"))
    assert len(kept.days.planned(DAY, until="08:30", at_most=4)) == 4
