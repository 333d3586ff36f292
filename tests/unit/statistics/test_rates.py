"""Rates are quotients of sums, and say nothing where there are few facts."""

from datetime import timedelta

import pytest
from pydantic_core import from_json

from chalicelib.data import read_bytes
from chalicelib.models.people.province import province
from chalicelib.models.statistics.errors import PartUnknown
from chalicelib.models.statistics.figures import Family
from chalicelib.models.statistics.periods import Coverage, Period
from chalicelib.models.statistics.rates import RATES
from chalicelib.models.statistics.series import SERIES, Part
from chalicelib.services.statistics.rates import Quotient, RateReading, part_of, read_rates
from chalicelib.services.statistics.readings import Desk
from tests.unit.statistics.provinces import DAY, MIDNIGHT, ZONE, Story

NEXT = DAY + timedelta(days=1)
BELOW = 10


def rate_of(story: Story, name: str, by: Part | None = None, first: int = 0) -> RateReading:
    desk = Desk(figures=story.figures, province=province("tay-ninh"), zone=ZONE)
    reading = read_rates(Period(DAY - timedelta(days=first), NEXT), by, below=BELOW, desk=desk)
    return next(each for each in reading.rates if each.rate.name == name)


def crossings(story: Story, number: int, *, gate: str = "an-hoa", decision: str = "admit", day: int = 0) -> None:
    story.happen(DAY + timedelta(days=day), Family.GATES, "crossings_in", gate, "08", decision, times=number)


def test_a_rate_of_two_days_and_gates_is_the_quotient_of_their_sums() -> None:
    story = Story()
    crossings(story, 90)
    crossings(story, 10, decision="refuse")
    crossings(story, 10, gate="moc-bai", decision="refuse", day=1)
    found = rate_of(story, "refused", Part.GATE)
    assert found.whole == Quotient(20, 110, 0.1818)  # the days' average would be 0.55
    assert [each.quotient for each in found.days] == [Quotient(10, 100, 0.1), Quotient(10, 10, 1.0)]
    assert found.cells == [("an-hoa", Quotient(10, 100, 0.1)), ("moc-bai", Quotient(10, 10, 1.0))]


@pytest.mark.parametrize(("number", "rate"), [(0, None), (9, None), (10, 0.0)])
def test_few_facts_are_no_rate(number: int, rate: float | None) -> None:
    story = Story()
    if number:
        crossings(story, number)
    assert rate_of(story, "refused").whole == Quotient(0, number, rate)


def test_a_day_before_both_counts_is_not_zero() -> None:
    story = Story(since=MIDNIGHT)
    crossings(story, 10)
    days = rate_of(story, "refused", first=1).days
    assert [each.coverage for each in days] == [Coverage.NOT_COUNTED, Coverage.COUNTED, Coverage.COUNTED]
    assert days[0].quotient is None


def test_a_correction_that_is_counted_first_makes_no_rate() -> None:
    story = Story()
    crossings(story, 20)
    crossings(story, -1, decision="refuse")
    assert rate_of(story, "refused").whole.rate is None


def test_rates_of_histograms_take_the_buckets_below_an_edge() -> None:
    story = Story()
    for minutes, number in (("0", 4), ("25", 6), ("30", 10)):
        story.happen(DAY, Family.WAITS, "from_declaration", "an-hoa", "08", minutes, times=number)
    assert rate_of(story, "within_half_an_hour").whole == Quotient(10, 20, 0.5)


def test_rates_of_communes_are_of_the_provinces_list() -> None:
    story = Story()
    for version in ("2021", "2025"):
        story.happen(DAY, Family.STAYS, "reports_due", version, "25480", times=20)
    story.happen(DAY, Family.STAYS, "reports_sent", "2021", "25480", times=15)
    found = rate_of(story, "reports_sent", Part.COMMUNE)
    assert found.cells == [("25480", Quotient(15, 20, 0.75))]
    assert found.whole == Quotient(15, 40, 0.375)


def test_a_rate_is_divided_by_parts_that_both_counts_have() -> None:
    assert part_of(None) is None
    assert part_of("channel") is Part.CHANNEL
    for name in ("decision", "list_version", "colour", ""):
        with pytest.raises(PartUnknown):
            part_of(name)
    assert rate_of(Story(), "cases_known", Part.GATE).cells == []


def test_every_rate_has_words_and_is_of_series_that_are_counted() -> None:
    words = from_json(read_bytes("words", "statistics.json"))["rates"]
    assert list(words) == [each.name for each in RATES]
    for each in words.values():
        assert {kind: sorted(each[kind]) for kind in each} == {"title": ["en", "vi"], "definition": ["en", "vi"]}
    for rate in RATES:
        for share in (rate.numerator, rate.denominator):
            assert SERIES[share.series.family, share.series.name] == share.series
            assert share.where.keys() <= set(share.series.parts)
