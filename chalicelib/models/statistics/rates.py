"""Rates: of some facts, how many were such or such. Each is the quotient of two counts of facts of the same days.

A rate of several days is the quotient of their sums, and never an average of their rates. Its words are in
`data/words/statistics.json`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.models.statistics import series
from chalicelib.models.statistics.series import Part, Series

_Where = Mapping[Part, frozenset[str]]


class Share(NamedTuple):
    """The counts of a series whose cells have some of these values."""

    series: Series
    where: _Where = {}


class Rate(NamedTuple):
    name: str
    numerator: Share
    denominator: Share

    @property
    def parts(self) -> list[Part]:
        """What it can be divided by: parts that both counts have."""
        own = set(self.denominator.series.parts) - self.numerator.where.keys() - _NOT_ALONE
        return [each for each in self.numerator.series.parts if each in own]


_NOT_ALONE = frozenset({Part.LIST_VERSION})
"""A commune says which list it is of."""


def _below(counted: Series, edge: int) -> frozenset[str]:
    """The buckets of a histogram that end at an edge or before it."""
    assert edge in counted.edges
    return frozenset(str(each) for each in counted.edges if each < edge)


def _of(counted: Series, part: Part, *values: str) -> Share:
    return Share(counted, {part: frozenset(values)})


RATES = (
    Rate("refused", _of(series.CROSSINGS_IN, Part.DECISION, "refuse"), Share(series.CROSSINGS_IN)),
    Rate("isolated", _of(series.CROSSINGS_IN, Part.DECISION, "isolate"), Share(series.CROSSINGS_IN)),
    Rate("without_network", _of(series.OFFLINE, Part.DIRECTION, "in"), Share(series.CROSSINGS_IN)),
    Rate(
        "within_half_an_hour",
        Share(series.FROM_DECLARATION, {Part.MINUTES: _below(series.FROM_DECLARATION, 30)}),
        Share(series.FROM_DECLARATION),
    ),
    Rate("checks_valid", _of(series.CHECKS, Part.VERDICT, "valid"), Share(series.CHECKS)),
    Rate(
        "messages_delivered",
        _of(series.RECEIPTS, Part.STATE, "delivered"),
        _of(series.MESSAGES, Part.OUTCOME, "sent"),
    ),
    Rate("arrivals_confirmed", _of(series.ARRIVALS, Part.OUTCOME, "confirmed"), Share(series.ARRIVALS)),
    Rate("reports_sent", Share(series.REPORTS_SENT), Share(series.REPORTS_DUE)),
    Rate("cases_known", _of(series.CASES, Part.KNOWN, "known"), Share(series.CASES)),
    Rate(
        "case_within_a_day",
        Share(series.FROM_SAMPLE, {Part.HOURS: _below(series.FROM_SAMPLE, 24)}),
        Share(series.FROM_SAMPLE),
    ),
    Rate(
        "told_within_a_day",
        Share(series.UNTIL_TOLD, {Part.HOURS: _below(series.UNTIL_TOLD, 24)}),
        Share(series.UNTIL_TOLD),
    ),
)
