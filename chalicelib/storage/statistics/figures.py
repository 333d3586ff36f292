"""The `statistics` table: counters, and the marks of what was counted. Nobody is in it, and counters never expire.

| partition | row |
|---|---|
| `<day>#<family>` | `<gate>|<hour>#<shard>`, `<list version>|<commune>#<shard>` and the like: counters by name |
| `SEEN#<first 2 of a digest>` | `<digest>`: the mark of a fact that was counted; it expires |
| `COUNTING` | `SINCE`: the start of each series, as attributes `<family>|<series>`; `TO`: the time of the latest fact |

A write costs by the size of its row, so a row has the counters of one gate and hour, or of one commune: less than a
kilobyte. Each of them has four rows, and a batch draws one of these, so that workers seldom wait for each other; a
figure is the sum over them. All of a day and family are one query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from random import randrange
from time import time
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.statistics.figures import SEPARATOR, Counted, Covered, Family, Figure, Reading, total
from chalicelib.models.statistics.series import SERIES, Part
from chalicelib.storage.rows import Item, NoRow, Row, instant
from chalicelib.storage.tables import MOST_WRITES, Change, Put, Table

SHARDS = 4
SEEN, COUNTING, SINCE, TO = "SEEN", "COUNTING", "SINCE", "TO"

MARKS_STAY = timedelta(days=60)
"""Longer than any queue, its dead letters and a redrive keep an event (28 days), and than a declaration's record."""


class StatisticsRow(Row):
    """One row. Its counters, or the starts of series, are its other attributes, by their names."""

    partition = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    to = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    others: dict[str, str]
    """The attributes that have no declaration: counters as numbers in text, starts as text."""

    @classmethod
    def read(cls, item: Item) -> StatisticsRow:
        row = super().read(item)
        declared = cls.get_attributes()
        row.others = {name: next(iter(value.values())) for name, value in item.items() if name not in declared}
        return row


_NEW = NoRow(StatisticsRow.partition)


class Figures:
    """`services.statistics.ports.Figures` on DynamoDB."""

    def __init__(self, table: Table[StatisticsRow]) -> None:
        self._table = table

    def append(self, batch: Sequence[Counted]) -> int:
        """A transaction for a batch, as far as it fits into one, and one more each time that some of its facts had been
        counted."""
        # A fact may be in the batch twice.
        left = list({each.id: each for each in batch}.values())
        number = sum(self._append_together(each) for each in _in_transactions(left))
        if left:
            self._move(max(each.known_at for each in left))
        return number

    def start(self, now: datetime) -> None:
        starts = _Starts([SEPARATOR.join(key) for key in SERIES], instant(now))
        self._table.transact([Change(StatisticsRow(COUNTING, SINCE), starts)])

    def cells(self, family: Family, days: Sequence[date]) -> list[Figure]:
        return total(
            Figure.of_counter(day, family, counter, int(count))
            for day in days
            for row in self._table.query(_partition(day, family), consistent_read=True)
            for counter, count in row.others.items()
        )

    def covered(self) -> Covered:
        since: dict[str, dict[str, datetime]] = {}
        counted_to = None
        for row in self._table.query(COUNTING, consistent_read=True):
            if row.row == TO:
                counted_to = _moment(row.to)
            for name, at in row.others.items():
                family, _, series = name.partition(SEPARATOR)
                since.setdefault(family, {})[series] = _moment(at)
        return Covered(since, counted_to)

    def read(self, family: Family, days: Sequence[date]) -> Reading:
        return self.covered().reading(family, self.cells(family, days))

    def _append_together(self, facts: list[Counted]) -> int:
        """In one transaction. Those that have a mark are left out, and the rest is tried again."""
        while facts:
            marks = [_mark(each) for each in facts]
            seen = self._table.transact([*(Put(mark, _NEW) for mark in marks), *_additions(facts)])
            if seen is None:
                break
            facts = [each for number, each in enumerate(facts) if number not in seen]
        return len(facts)

    def _move(self, to: datetime) -> None:
        """Say that facts are counted to this time. It is not part of the transaction: what it says may be a little
        early, and a batch of late facts leaves it as it is."""
        row, at = StatisticsRow(COUNTING, TO), instant(to)
        later = StatisticsRow.to.does_not_exist() | (StatisticsRow.to < at)
        self._table.update_if(later, row, [StatisticsRow.to.set(at)])


_OF_A_ROW = frozenset({Part.GATE, Part.HOUR, Part.LIST_VERSION, Part.COMMUNE})
"""The parts of a cell that name its row."""


class _Additions:
    """The update that adds to counters. PynamoDB takes a counter's name for a path."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._figures = figures

    def serialize(self, names: dict[str, str], values: dict[str, Any]) -> str:
        parts = []
        for number, figure in enumerate(self._figures):
            names[figure.counter], values[f":{number}"] = f"#{number}", {"N": str(figure.count)}
            parts.append(f"#{number} :{number}")
        return "ADD " + ", ".join(parts)


class _Starts:
    """The update that sets what is not set yet."""

    def __init__(self, names: Sequence[str], at: str) -> None:
        self._names, self._at = names, at

    def serialize(self, names: dict[str, str], values: dict[str, Any]) -> str:
        values[":0"] = {"S": self._at}
        names |= {name: f"#{number}" for number, name in enumerate(self._names)}
        return "SET " + ", ".join(f"{each} = if_not_exists({each}, :0)" for each in names.values())


def _in_transactions(facts: Sequence[Counted]) -> Iterator[list[Counted]]:
    """The facts in order, as many together as fit into a transaction: a write for each, and one for each row of
    counters that they change."""
    together: list[Counted] = []
    rows: set[tuple[str, str]] = set()
    for fact in facts:
        its_rows = {_place(each) for each in fact.increments}
        if together and len(together) + 1 + len(rows | its_rows) > MOST_WRITES:
            yield together
            together, rows = [], set()
        together.append(fact)
        rows |= its_rows
    if together:
        yield together


def _additions(facts: Sequence[Counted]) -> list[Change]:
    shard = randrange(SHARDS)  # noqa: S311 - no secret
    by_row: dict[tuple[str, str], list[Figure]] = {}
    for figure in total(increment for fact in facts for increment in fact.increments):
        by_row.setdefault(_place(figure), []).append(figure)
    return [
        Change(StatisticsRow(partition, f"{row}#{shard}"), _Additions(figures))
        for (partition, row), figures in by_row.items()
    ]


def _place(figure: Figure) -> tuple[str, str]:
    """The partition of a counter, and the beginning of its row's name."""
    parts = SERIES[figure.family, figure.series].parts
    named = (value for part, value in zip(parts, figure.cell, strict=True) if part in _OF_A_ROW)
    return _partition(figure.day, figure.family), SEPARATOR.join(named)


def _mark(fact: Counted) -> StatisticsRow:
    digest = sha256(fact.id.encode()).hexdigest()[:32]
    return StatisticsRow(f"{SEEN}#{digest[:2]}", digest, expires_at=int(time()) + int(MARKS_STAY.total_seconds()))


def _partition(day: date, family: Family) -> str:
    return f"{day.isoformat()}#{family}"


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
