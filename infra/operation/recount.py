"""Compare the figures of a day with a recount of the records that are still there.

    python -m infra recount --day 2021-07-22 --stage prod

The records of all tables are read, and counted by the same functions as the worker `count` has; this takes a minute for
some ten thousand declarations. Nothing is changed: a difference is printed, and is an alarm. What may explain it, and
what to do: docs/operations/alarms/figures-differ.md.

Looks of staff and verdicts of checks are counted again from the log, for as long as it has the day: the tables have no
record of them.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import chain, islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.models.cases.contacts import Edge
from chalicelib.models.cases.counting import contact_of
from chalicelib.models.cases.events import CaseEventKind
from chalicelib.models.events import RowUnreadable
from chalicelib.models.people.province import province
from chalicelib.models.statistics.counting import Source
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Family, Figure, total
from chalicelib.services.staff.postings import posted_then
from chalicelib.services.statistics.counting import reckon
from chalicelib.settings import Settings
from chalicelib.storage.cases import cases
from chalicelib.storage.entry import entries
from chalicelib.storage.entry import events as entry_events
from chalicelib.storage.entry.rows import Entry
from chalicelib.storage.messaging import messages, waves
from chalicelib.storage.permits import facts as permit_facts
from chalicelib.storage.permits import permits
from chalicelib.storage.reference_rows import ReferenceTable
from chalicelib.storage.staff.postings import Postings
from chalicelib.storage.statistics import messages as message_facts
from chalicelib.storage.statistics.figures import Figures, StatisticsRow
from chalicelib.storage.stays import facts as stay_facts
from chalicelib.storage.stays import stays
from chalicelib.storage.tables import Table
from chalicelib.wiring.statistics import sources_of
from infra.accounts import Account, add_arguments, calls, chosen, stack_name
from infra.errors import CannotGoOn
from infra.operation import counted_logs
from infra.stacks import outputs, parameters

TABLES = ("Entries", "Cases", "Stays", "Permits", "Messages")
OF_LOGS = frozenset({Family.LOOKS, Family.CHECKS})
"""Counted by lines of the log. All others are counted by rows."""
_AT_ONCE = 1_000
"""Events that are counted together."""
_PAGE = "docs/operations/alarms/figures-differ.md"
_UNUSED = timedelta(days=1)
"""Retentions, which readers do not use."""


class Difference(NamedTuple):
    """A cell whose figure is not what the records give."""

    figure: Figure
    """As it was counted."""
    records: int
    """What the records give."""

    def __str__(self) -> str:
        cell = " ".join(self.figure.cell)
        return f"{self.figure.family} {self.figure.series} {cell}: counted {self.figure.count}, records {self.records}"


class FiguresDiffer(CannotGoOn):
    def __init__(self, day: date, differences: Sequence[Difference]) -> None:
        lines = "\n".join(map(str, differences))
        super().__init__(f"Figures of {day} differ from the records ({_PAGE}):\n{lines}")


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("--day", required=True, type=_day, help="a day before today, as 2021-07-22")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    tables = (*TABLES, "Statistics", "Reference")
    names = {table: outputs(account, stack_name(stage))[f"{table}TableName"] for table in tables}
    given = parameters(account, stack_name(stage))
    zone = ZoneInfo(province(given["Province"]).time_zone)
    kept_days = int(given["LogRetentionDays"])
    groups = counted_logs.groups_of(stage) if counted_logs.are_kept(options.day, kept_days, zone) else []
    if not groups:
        print(f"Looks and checks are not compared: the log is kept for {kept_days} days.")
    compared, differences = recount(account, names, options.day, zone, groups=groups)
    if differences:
        # The differences are said first: the alarm may be refused.
        differ = FiguresDiffer(options.day, differences)
        if account.endpoint is None:
            print(differ, file=sys.stderr)
            _alarm(account, stage, len(differences))
            raise CannotGoOn("An alarm was given.")
        raise differ
    print(f"{compared} figures of {options.day} are what the records give.")


def recount(
    account: Account, names: Mapping[str, str], day: date, zone: tzinfo, *, groups: Sequence[str] = ()
) -> tuple[int, list[Difference]]:
    """The number of cells that were compared, and the differences. `names` are those of the tables, `groups` of the log
    groups; without any, families that are counted by the log are not compared.

    Raises `CannotGoOn` if the day was not counted as a whole.
    """
    if day >= datetime.now(zone).date():
        raise CannotGoOn("That day has not ended: its facts are still being counted.")
    dynamodb = calls(account.client("dynamodb"))
    figures = Figures(Table(StatisticsRow, names["Statistics"], dynamodb))
    readings = {family: figures.read(family, [day]) for family in Family if groups or family not in OF_LOGS}
    begins = datetime.combine(day, time(), zone)
    whole = {(family, name) for family, each in readings.items() for name, at in each.since.items() if at <= begins}
    if not whole:
        raise CannotGoOn("No series was counted for the whole of that day.")
    counted = {each[:4]: each.count for reading in readings.values() for each in reading.figures}
    sources = _sources(names, dynamodb, zone)
    events = _events(account, names, sources)
    if groups:
        postings = Postings(ReferenceTable(names["Reference"], dynamodb), clock=lambda: datetime.now(zone))
        events = chain(events, counted_logs.events_of(account, groups, day, posted_then(postings), zone))
    found = {each[:4]: each.count for each in _recounted(events, day, sources, zone)}
    cells = sorted(key for key in counted.keys() | found.keys() if (key[1], key[2]) in whole)
    differences = [
        Difference(Figure(*key, counted.get(key, 0)), found.get(key, 0))
        for key in cells
        if counted.get(key, 0) != found.get(key, 0)
    ]
    return len(cells), differences


def _recounted(events: Iterator[CountEvent], day: date, sources: Mapping[str, Source], zone: tzinfo) -> list[Figure]:
    """What the records give for a day: one figure for each cell."""
    seen = set[str]()
    figures: list[Figure] = []
    while together := list(islice(events, _AT_ONCE)):
        for fact in reckon(together, sources=sources, zone=zone).counted:
            if fact.id not in seen:
                seen.add(fact.id)
                figures += [each for each in fact.increments if each.day == day]
        figures = total(figures)
    return figures


def _events(account: Account, names: Mapping[str, str], sources: Mapping[str, Source]) -> Iterator[CountEvent]:
    """The events of all rows that are counted. Rows of a record follow each other."""
    readers: Mapping[str, Callable[[Any], CountEvent | None]] = {
        "Entries": _by_events(entry_events.event_of),
        "Cases": _by_events(cases.event_of),
        "Stays": stay_facts.fact_of,
        "Permits": permit_facts.fact_of,
        "Messages": message_facts.fact_of,
    }
    for table, read in readers.items():
        for keys in _keys(account, names[table]):
            try:
                event = read(keys)
            except RowUnreadable:
                continue  # it is set aside
            if event is not None and event.kind in sources:
                yield event


def _by_events(event_of: Callable[[Any], Any]) -> Callable[[Any], CountEvent | None]:
    def read(keys: Any) -> CountEvent | None:
        event = event_of(keys)
        return None if event is None else CountEvent.of_row(event, keys["row"]["S"])

    return read


def _keys(account: Account, table: str) -> Iterator[dict[str, Any]]:
    client = account.client("dynamodb")
    schema = client.describe_table(TableName=table)["Table"]["KeySchema"]
    placeholders = {f"#{number}": each["AttributeName"] for number, each in enumerate(schema)}
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        ProjectionExpression=", ".join(placeholders),
        ExpressionAttributeNames=placeholders,
        ConsistentRead=True,
    )
    for page in pages:
        yield from page["Items"]


def _sources(names: Mapping[str, str], dynamodb: Any, zone: tzinfo) -> Mapping[str, Source]:
    """The tables as the worker reads them."""
    lease = timedelta(seconds=Settings().message_lease_seconds)
    of_cases = cases.Cases(Table(cases.CaseRow, names["Cases"], dynamodb), retention=_UNUSED)
    known = {
        "entries": entries.Entries(Table(Entry, names["Entries"], dynamodb), retention=_UNUSED),
        "cases": of_cases,
        "stays": stays.Stays(Table(stays.StayRow, names["Stays"], dynamodb), retention=_UNUSED, time_zone=str(zone)),
        "permits": permits.Permits(Table(permits.PermitRow, names["Permits"], dynamodb), retention=_UNUSED, zone=zone),
        "messages": messages.Messages(Table(messages.MessageRow, names["Messages"], dynamodb), lease=lease),
        "waves": waves.Waves(Table(waves.WaveRow, names["Messages"], dynamodb), retention=_UNUSED),
    }
    sources = sources_of(**{name: _always(table) for name, table in known.items()})

    def reasons(event: CountEvent) -> Sequence[Edge]:
        """All of a contact: rows are not read in the order in which they were counted, and the first gives the day."""
        return of_cases.edges_to(event.subject, *contact_of(event))

    found = sources[CaseEventKind.CONTACT_FOUND]._replace(find=reasons)
    return {**sources, CaseEventKind.CONTACT_FOUND: found}


def _always(table: Any) -> Callable[[], Any]:
    return lambda: table


def _alarm(account: Account, stage: str, differences: int) -> None:
    account.client("cloudwatch").put_metric_data(
        Namespace="TayNinhPass",
        MetricData=[
            {
                "MetricName": "Figures_differ",
                "Dimensions": [{"Name": "Stage", "Value": stage}],
                "Value": differences,
                "Unit": "Count",
            }
        ],
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError("a day as 2021-07-22") from error
