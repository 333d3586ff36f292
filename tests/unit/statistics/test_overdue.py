"""A bulletin that nobody releases is noticed."""

from datetime import datetime, timedelta

import pytest

from chalicelib.models.statistics.figures import Family
from chalicelib.services.statistics.bulletins import count_overdue, list_unreleased
from tests.unit.statistics.provinces import DAY, MIDNIGHT, Story

TODAY = DAY + timedelta(days=1)


def at(hour: int, minute: int = 0, days: int = 1) -> datetime:
    return MIDNIGHT + timedelta(days=days, hours=hour, minutes=minute)


@pytest.fixture
def story() -> Story:
    story = Story()
    story.happen(DAY, Family.GATES, "declared", "an-hoa", "08", times=25)
    return story


@pytest.mark.parametrize(
    ("now", "unreleased"), [(at(5, 59), []), (at(6), [1]), (at(17, 59), [1]), (at(18), [1, 2]), (at(9, days=3), [1, 2])]
)
def test_a_bulletin_is_unreleased_from_its_time_on(story: Story, now: datetime, unreleased: list[int]) -> None:
    assert list_unreleased(TODAY, now, publications=story.publications) == unreleased


def test_a_draft_is_no_release(story: Story) -> None:
    story.draft(TODAY)
    assert list_unreleased(TODAY, at(7), publications=story.publications) == [1]
    story.publish(TODAY)
    assert list_unreleased(TODAY, at(18), publications=story.publications) == [2]


@pytest.mark.parametrize(
    ("now", "overdue"),
    [
        (at(18, 59), 0),
        (at(19), 1),
        (at(6, 59, days=2), 0),
        (at(7, days=2), 1),
        (at(23, 59, days=4), 2),
        (at(0, 30, days=5), 0),
        (at(12, days=5), 0),
    ],
)
def test_it_is_overdue_an_hour_later_and_until_midnight(story: Story, now: datetime, overdue: int) -> None:
    """The morning's is released on the first day, and then none: after three days nobody waits for one any more."""
    story.publish(TODAY)
    assert count_overdue(now, publications=story.publications) == overdue


def test_a_stage_that_publishes_no_bulletins_has_none_overdue(story: Story) -> None:
    assert count_overdue(at(20), publications=story.publications) == 0
