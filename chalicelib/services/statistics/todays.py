"""What the province's screen shows of today, in one reading."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from chalicelib.models.messaging.messages import DeliveryOutcome
from chalicelib.models.statistics import series
from chalicelib.models.statistics.figures import Family, Figure, Reading
from chalicelib.models.statistics.periods import Coverage, coverage
from chalicelib.models.statistics.places import Places
from chalicelib.models.statistics.series import NO_GATE, Part, Series
from chalicelib.services.parallel import in_parallel
from chalicelib.services.statistics.readings import Desk, added_up

MOST_COMMUNES = 10
"""Communes that are listed: those with the highest figures."""

_FAMILIES = (Family.GATES, Family.WAITS, Family.COMMUNES, Family.STAYS, Family.CASES, Family.MESSAGES)


class GateToday(NamedTuple):
    """A gate since midnight."""

    checkpoint: str
    declared: int
    entered: int
    """Persons decided on, on their way in."""
    by_hour: Sequence[int]
    """The same in each hour of the day, 24 numbers."""
    median_wait: int | None
    """The lower edge, in minutes, of the bucket with the median wait of this hour and the one before; None without
    crossings."""


class CommuneToday(NamedTuple):
    """A commune since midnight."""

    commune: str
    expected: int
    entered: int
    not_found: int


class DistrictToday(NamedTuple):
    """A district since midnight: the sum of its communes."""

    district: str
    expected: int
    entered: int
    not_found: int


class SilentCommune(NamedTuple):
    """A commune where reports of yesterday are missing."""

    commune: str
    due: int
    sent: int


class ChannelToday(NamedTuple):
    """The messages that went out by a channel since midnight."""

    channel: str
    sent: int
    price: int
    """VND, the highest price of one message by the contracts."""
    cost: int
    """VND, an estimate: each message at that price."""


class Today(NamedTuple):
    """The first screen."""

    day: date
    counted_to: datetime | None
    not_counted: Sequence[Family]
    """Families of which no series is counted yet; their figures are unknown, and not 0."""
    gates: Sequence[GateToday]
    """Those of the list, and others where something was counted."""
    communes: Sequence[CommuneToday]
    """At most `MOST_COMMUNES`, those that expect most first."""
    districts: Sequence[DistrictToday]
    """All of them, in the list's order."""
    silent: Sequence[SilentCommune]
    """At most `MOST_COMMUNES`, those where most reports of yesterday are missing first."""
    cases: int
    contacts: int
    hours_from_sample: int | None
    """The lower edge, in hours, of the bucket with the median time from a sample to its case."""
    hours_until_told: int | None
    """The same from the opening of a case until a contact's message was sent."""
    messages: Mapping[str, int]
    """By outcome."""
    channels: Sequence[ChannelToday]
    """Those with a price, by name."""


def read_today(now: datetime, places: Places, *, desk: Desk) -> Today:
    """A query for each family, side by side, one for the stays of yesterday, and one for what they cover."""
    day, covered = now.date(), desk.figures.covered()
    asked = [*((family, day) for family in _FAMILIES), (Family.STAYS, day - timedelta(days=1))]
    *cells, stays_yesterday = in_parallel(lambda each: desk.figures.cells(each[0], [each[1]]), asked)
    readings = {family: covered.reading(family, each) for family, each in zip(_FAMILIES, cells, strict=True)}
    figures = {family: list(each.figures) for family, each in readings.items()}
    cases, messages = figures[Family.CASES], figures[Family.MESSAGES]
    communes = _communes(figures[Family.COMMUNES], figures[Family.STAYS], desk.province.units_list)
    return Today(
        day=day,
        counted_to=covered.counted_to,
        not_counted=[family for family, each in readings.items() if not _counted(day, each, desk)],
        gates=_gates(figures[Family.GATES], figures[Family.WAITS], list(places.gates), now.hour),
        communes=communes[:MOST_COMMUNES],
        districts=_districts(communes, places.districts),
        silent=_silent(stays_yesterday, desk.province.units_list),
        cases=sum(added_up(cases, series.CASES, ()).values()),
        contacts=sum(added_up(cases, series.CONTACTS, ()).values()),
        hours_from_sample=_median(added_up(cases, series.FROM_SAMPLE, (Part.HOURS,))),
        hours_until_told=_median(added_up(cases, series.UNTIL_TOLD, (Part.HOURS,))),
        messages=_by(messages, series.MESSAGES, Part.OUTCOME),
        channels=_channels(messages, desk.province.prices),
    )


def _counted(day: date, reading: Reading, desk: Desk) -> bool:
    return any(coverage(day, since, desk.zone) is not Coverage.NOT_COUNTED for since in reading.since.values())


def _gates(figures: Sequence[Figure], waits: Sequence[Figure], known: Sequence[str], hour: int) -> list[GateToday]:
    declared = _by(figures, series.DECLARED, Part.GATE)
    entered = added_up(figures, series.CROSSINGS_IN, (Part.GATE, Part.HOUR))
    buckets = added_up(waits, series.FROM_DECLARATION, (Part.GATE, Part.HOUR, Part.MINUTES))
    recent = {f"{each:02}" for each in (hour - 1, hour)}
    seen = {*declared, *(gate for gate, _ in entered)} - {*known, NO_GATE}
    shown = []
    for gate in (*known, *sorted(seen)):
        by_hour = [entered.get((gate, f"{each:02}"), 0) for each in range(24)]
        own: dict[tuple[str, ...], int] = {}
        for (at, when, bucket), count in buckets.items():
            if at == gate and when in recent:
                own[bucket,] = own.get((bucket,), 0) + count
        shown.append(GateToday(gate, declared.get(gate, 0), sum(by_hour), by_hour, _median(own)))
    return shown


def _communes(figures: Sequence[Figure], stays: Sequence[Figure], list_version: str) -> list[CommuneToday]:
    only = {Part.LIST_VERSION: list_version}
    expected = _by(figures, series.EXPECTED, Part.COMMUNE, only)
    entered = _by(figures, series.ENTERED, Part.COMMUNE, only)
    missing = _by(stays, series.ARRIVALS, Part.COMMUNE, {**only, Part.OUTCOME: "not_found"})
    communes = [
        CommuneToday(each, expected.get(each, 0), entered.get(each, 0), missing.get(each, 0))
        for each in {*expected, *entered, *missing}
    ]
    return sorted(communes, key=lambda each: (-each.expected, -each.entered, each.commune))


def _districts(communes: Iterable[CommuneToday], districts: Mapping[str, Sequence[str]]) -> list[DistrictToday]:
    known = {each.commune: each for each in communes}
    shown = []
    for district, inside in districts.items():
        own = [known[each] for each in inside if each in known]
        counts = [[each.expected, each.entered, each.not_found] for each in own]
        shown.append(DistrictToday(district, *map(sum, zip([0, 0, 0], *counts, strict=True))))
    return shown


def _channels(figures: Iterable[Figure], prices: Mapping[str, int]) -> list[ChannelToday]:
    """A message that was not sent costs nothing. Prices are those of now, whatever they were when it was sent."""
    sent = _by(figures, series.MESSAGES, Part.CHANNEL, {Part.OUTCOME: DeliveryOutcome.SENT})
    return [
        ChannelToday(channel, sent.get(channel, 0), price, sent.get(channel, 0) * price)
        for channel, price in sorted(prices.items())
    ]


def _silent(stays: Sequence[Figure], list_version: str) -> list[SilentCommune]:
    only = {Part.LIST_VERSION: list_version}
    due = _by(stays, series.REPORTS_DUE, Part.COMMUNE, only)
    sent = _by(stays, series.REPORTS_SENT, Part.COMMUNE, only)
    silent = [SilentCommune(each, due[each], sent.get(each, 0)) for each in due if due[each] > sent.get(each, 0)]
    return sorted(silent, key=lambda each: (each.sent - each.due, each.commune))[:MOST_COMMUNES]


def _by(
    figures: Iterable[Figure], counted: Series, part: Part, only: Mapping[Part, str] | None = None
) -> dict[str, int]:
    return {cell[0]: count for cell, count in added_up(figures, counted, (part,), only).items()}


def _median(buckets: Mapping[tuple[str, ...], int]) -> int | None:
    """The lower edge of the bucket that the median is in."""
    half, seen = sum(buckets.values()) / 2, 0
    for edge, count in sorted((int(cell[0]), count) for cell, count in buckets.items()):
        seen += count
        if count > 0 and seen >= half:
            return edge
    return None
