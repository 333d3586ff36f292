"""Markers of open cases in the `tracing` table, and the exposures that cases read there.

`MARKER#<place>` has the markers of a place, a row for each search. They have their own partitions, so readers of
exposures do not read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from time import time

from pynamodb.expressions.condition import Condition

from chalicelib.models.tracing.exposures import Exposure, FoundBy, Side
from chalicelib.models.tracing.markers import Marker
from chalicelib.models.tracing.places import TWO_SIDED, kind_of
from chalicelib.storage.rows import epoch
from chalicelib.storage.tables import Table
from chalicelib.storage.tracing.exposures import ExposureRow, list_of, written

MARKER = "MARKER"


class Markers:
    """The ports of tracing and cases for markers, and of cases for exposures, on DynamoDB."""

    def __init__(self, table: Table[ExposureRow]) -> None:
        self._table = table

    def put(self, markers: Sequence[Marker], keep_until: datetime) -> None:
        rows = {
            (place, each.key): ExposureRow(
                place, each.key, body=each.model_dump_json(exclude_none=True), expires_at=epoch(keep_until)
            )
            for each in markers
            for place in [_partition(each.place)]
        }
        self._table.batch_write(rows.values())

    def delete(self, keys: Sequence[tuple[str, str]]) -> None:
        """By place and key."""
        self._table.batch_write(delete=[ExposureRow(_partition(place), key) for place, key in keys])

    def at(self, place: str) -> list[Marker]:
        """One query, strongly consistent; it nearly always finds nothing."""
        return self._read(place)

    def of_case(self, place: str, case: str) -> list[Marker]:
        """One query, strongly consistent."""
        return self._read(place, ExposureRow.moment.startswith(f"{case}#0#"))

    def _read(self, place: str, within: Condition | None = None) -> list[Marker]:
        rows = self._table.query(_partition(place), within, consistent_read=True)
        return [Marker.from_stored(row.body) for row in rows if row.expires_at > time()]

    def exposures_at(self, place: str, since: datetime, until: datetime) -> list[Exposure]:
        """Exposures from one second to another, both included, strongly consistent: one query, two for a place with two
        sides."""
        kind, _, rest = place.partition("#")
        # "#~" sorts after everything that follows a time.
        within = ExposureRow.moment.between(written(since), f"{written(until)}#~")
        partitions = [place]
        if kind_of(place) in TWO_SIDED:
            partitions = [list_of(FoundBy(kind.lower()), rest, side) for side in Side]
        found: dict[str, Exposure] = {}
        for partition in partitions:
            for row in self._table.query(partition, within, consistent_read=True):
                # An exposure that became known later is on both sides.
                if row.expires_at > time():
                    found.setdefault(row.moment, Exposure.from_stored(row.body))
        return list(found.values())


def _partition(place: str) -> str:
    return f"{MARKER}#{place}"
