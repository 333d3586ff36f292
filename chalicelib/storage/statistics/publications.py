"""What is published, in the `statistics` table. The public's function may read these partitions and no others.

| partition | row |
|---|---|
| `PUBLISHED#<day>` | `BULLETIN#<number>`: a bulletin of the day; `FIGURES#<edition>`: the day's figures. For ever |
| `DRAFTS#<day>` | `<id>`: a bulletin before its release; `<id>#<day>`: the figures that it will publish. They expire |
"""

from datetime import date, timedelta
from time import time

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.statistics.publications import Bulletin, Draft, Edition, Published
from chalicelib.storage.rows import NoRow, Row
from chalicelib.storage.tables import Put, Table

_BULLETIN, _FIGURES = "BULLETIN#", "FIGURES#"
_DRAFTS_STAY = timedelta(days=30)


class PublicationRow(Row):
    """One row: a record as JSON text."""

    partition = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    expires_at = NumberAttribute(null=True)


_NEW = NoRow(PublicationRow.partition)


class Publications:
    """`services.statistics.publication_ports.Publications` on DynamoDB."""

    def __init__(self, table: Table[PublicationRow]) -> None:
        self._table = table

    def newest(self, day: date) -> Edition | None:
        within = PublicationRow.row.startswith(_FIGURES)
        rows = self._table.query(_published(day), within, scan_index_forward=False, limit=1)
        return next((Edition.from_stored(each.body) for each in rows), None)

    def of_day(self, day: date) -> Published:
        rows = list(self._table.query(_published(day), consistent_read=True))
        return Published(
            [Bulletin.from_stored(each.body) for each in rows if each.row.startswith(_BULLETIN)],
            [Edition.from_stored(each.body) for each in rows if each.row.startswith(_FIGURES)],
        )

    def keep(self, draft: Draft) -> None:
        leaves, partition = int(time() + _DRAFTS_STAY.total_seconds()), _drafts(draft.bulletin.day)
        name = draft.bulletin.draft
        rows = [PublicationRow(partition, f"{name}#{each.day}", body=_text(each)) for each in draft.editions]
        rows.append(PublicationRow(partition, name, body=_text(draft.bulletin)))
        for row in rows:
            # The bulletin last: a draft that is there is whole.
            row.attribute_values["expires_at"] = leaves
            self._table.put(row)

    def drafts(self, day: date) -> list[Draft]:
        rows = list(self._table.query(_drafts(day), consistent_read=True))
        drafts = [
            Draft(
                bulletin=Bulletin.from_stored(each.body),
                editions=[Edition.from_stored(own.body) for own in rows if own.row.startswith(f"{each.row}#")],
            )
            for each in rows
            if "#" not in each.row
        ]
        return sorted(drafts, key=lambda each: each.bulletin.drafted_at, reverse=True)

    def release(self, released: Draft) -> bool:
        bulletin = released.bulletin
        rows = [PublicationRow(_published(bulletin.day), f"{_BULLETIN}{bulletin.number}", body=_text(bulletin))]
        rows += [
            PublicationRow(_published(each.day), f"{_FIGURES}{each.edition:04}", body=_text(each))
            for each in released.editions
        ]
        return self._table.transact([Put(each, _NEW) for each in rows]) is None


def _published(day: date) -> str:
    return f"PUBLISHED#{day.isoformat()}"


def _drafts(day: date) -> str:
    return f"DRAFTS#{day.isoformat()}"


def _text(record: Bulletin | Edition) -> str:
    return record.model_dump_json(exclude_none=True, exclude_defaults=True)
