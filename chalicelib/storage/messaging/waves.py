"""Waves in the `messages` table.

The partition `WAVE#<id>` has a wave: `HEAD`, the numbered facts `FACT#<number>`, its progress (`PROGRESS`), and its
subjects, 500 in a row (`SUBJECTS#<number>`). The first three sort next to each other, so one query reads them. The
partition `WAVES#<month>` lists the waves of a month (UTC), by creation time.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from time import time

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.messaging.waves import Wave, WaveFact, WaveRecord
from chalicelib.storage.rows import Row, epoch, instant
from chalicelib.storage.tables import Put, Table

_HEAD, _FACT, _PROGRESS, _SUBJECTS = "HEAD", "FACT", "PROGRESS", "SUBJECTS"
_A_ROW = 500
"""Subjects in one row. Each step would have to read a single row of 20,000 completely."""


class WaveRow(Row):
    """`code` is the partition, `event` the row. The table's keys have these names."""

    code = UnicodeAttribute(hash_key=True)
    event = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute(null=True)
    number = NumberAttribute(null=True)
    expires_at = NumberAttribute()


_NEW = WaveRow.code.does_not_exist()


class Waves:
    """`services.messaging.ports.Waves` on DynamoDB. `retention` counts from when a wave was made."""

    def __init__(self, table: Table[WaveRow], *, retention: timedelta) -> None:
        self._table, self._retention = table, retention

    def append(self, wave: Wave, subjects: Sequence[str]) -> Wave | None:
        failed = self._table.transact(list(self._rows(wave, subjects)))
        return Wave.from_stored(failed[0].body) if failed else None

    def append_fact(self, wave: Wave, number: int, fact: WaveFact) -> bool:
        return self._table.transact([self._fact(wave, number, fact)]) is None

    def append_taking_back(
        self, wave: Wave, number: int, fact: WaveFact, taking_back: Wave, subjects: Sequence[str]
    ) -> bool:
        writes = [*self._rows(taking_back, subjects), self._fact(wave, number, fact)]
        return self._table.transact(writes) is None

    def find(self, wave: str) -> WaveRecord | None:
        """One query."""
        control = WaveRow.event.between(f"{_FACT}#", _PROGRESS)
        found = self._table.query(_partition(wave), control, consistent_read=True)
        rows = {row.event: row for row in found if row.expires_at > time()}
        if _HEAD not in rows:
            return None
        facts = tuple(WaveFact.from_stored(row.body) for name, row in rows.items() if name.startswith(_FACT))
        progress = rows.get(_PROGRESS)
        return WaveRecord(Wave.from_stored(rows[_HEAD].body), facts, int(progress.number) if progress else 0)

    def subjects(self, wave: str, begins: int, ends: int) -> list[str]:
        """One query."""
        if begins >= ends:
            return []
        first, last = begins // _A_ROW, (ends - 1) // _A_ROW
        rows = self._table.query(
            _partition(wave), WaveRow.event.between(_subjects(first), _subjects(last)), consistent_read=True
        )
        found = [subject for row in rows for subject in json.loads(row.body)]
        return found[begins - first * _A_ROW : ends - first * _A_ROW]

    def set_handed_over(self, wave: str, number: int) -> None:
        row = WaveRow(_partition(wave), _PROGRESS)
        self._table.update_if(WaveRow.number < number, row, [WaveRow.number.set(number)])

    def made_since(self, moment: datetime) -> list[str]:
        """One query for each month."""
        month = datetime.fromtimestamp(time(), UTC)
        found: list[str] = []
        while True:
            rows = self._table.query(
                _list_of(month), WaveRow.event >= instant(moment), consistent_read=True, scan_index_forward=False
            )
            found += [str(row.event).rpartition("#")[2] for row in rows if row.expires_at > time()]
            if _list_of(month) <= _list_of(moment):
                return found
            month = month.replace(day=1) - timedelta(days=1)

    def _rows(self, wave: Wave, subjects: Sequence[str]) -> Iterator[Put]:
        partition, leaves = _partition(wave.id), self._leaves(wave)
        yield Put(WaveRow(partition, _HEAD, body=wave.model_dump_json(exclude_none=True), expires_at=leaves), _NEW)
        yield Put(WaveRow(partition, _PROGRESS, number=0, expires_at=leaves))
        yield Put(WaveRow(_list_of(wave.made_at), f"{instant(wave.made_at)}#{wave.id}", expires_at=leaves))
        for number, start in enumerate(range(0, len(subjects), _A_ROW)):
            body = json.dumps(subjects[start : start + _A_ROW], separators=(",", ":"))
            yield Put(WaveRow(partition, _subjects(number), body=body, expires_at=leaves))

    def _fact(self, wave: Wave, number: int, fact: WaveFact) -> Put:
        row = f"{_FACT}#{number:03d}"
        body = fact.model_dump_json(exclude_none=True)
        return Put(WaveRow(_partition(wave.id), row, body=body, expires_at=self._leaves(wave)), _NEW)

    def _leaves(self, wave: Wave) -> int:
        return epoch(wave.made_at + self._retention)


def _partition(wave: str) -> str:
    return f"WAVE#{wave}"


def _subjects(number: int) -> str:
    return f"{_SUBJECTS}#{number:03d}"


def _list_of(moment: datetime) -> str:
    return f"WAVES#{moment.astimezone(UTC):%Y-%m}"
