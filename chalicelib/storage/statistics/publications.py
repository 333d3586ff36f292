"""What is published, in the `statistics` table. The public's function may read these partitions and no others.

| partition | row |
|---|---|
| `PUBLISHED#<day>` | `BULLETIN#<number>`: a bulletin of the day; `FIGURES#<edition>`: the day's figures; |
| | `CHANGES#<edition>`: what this edition changed. For ever |
| `DRAFTS#<day>` | `<id>`: a bulletin before its release; `<id>#<day>`: the figures that it will publish. They expire |

A day has some twenty editions of 50 KB each. Everyone may ask for a bulletin, so that reads none of them.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from time import time

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.statistics.publications import Bulletin, Draft, Edition, EditionChanges
from chalicelib.storage.rows import NoRow, Row
from chalicelib.storage.tables import Put, Table

_BULLETIN, _FIGURES, _CHANGES = "BULLETIN#", "FIGURES#", "CHANGES#"
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

    def bulletin(self, day: date, number: int) -> Bulletin | None:
        within = PublicationRow.row == f"{_BULLETIN}{number}"
        rows = self._table.query(_published(day), within, consistent_read=True)
        return next((Bulletin.from_stored(each.body) for each in rows), None)

    def released(self, day: date) -> list[Bulletin]:
        rows = self._table.query(_published(day), PublicationRow.row.startswith(_BULLETIN), consistent_read=True)
        return [Bulletin.from_stored(each.body) for each in rows]

    def changes(self, day: date) -> list[EditionChanges]:
        within = PublicationRow.row.startswith(_CHANGES)
        rows = self._table.query(_published(day), within, consistent_read=True)
        return [EditionChanges.from_stored(each.body) for each in rows]

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
        drafts = _drafts_in(list(self._table.query(_drafts(day), consistent_read=True)))
        return sorted(drafts, key=lambda each: each.bulletin.drafted_at, reverse=True)

    def draft(self, day: date, id: str) -> Draft | None:  # noqa: A002 - as in the port
        rows = self._table.query(_drafts(day), PublicationRow.row.startswith(id), consistent_read=True)
        return next((each for each in _drafts_in(list(rows)) if each.bulletin.draft == id), None)

    def release(self, released: Draft) -> bool:
        bulletin = released.bulletin
        rows = [PublicationRow(_published(bulletin.day), f"{_BULLETIN}{bulletin.number}", body=_text(bulletin))]
        rows += [
            PublicationRow(_published(each.day), f"{_FIGURES}{each.edition:04}", body=_text(each))
            for each in released.editions
        ]
        rows += [
            PublicationRow(_published(each.day), f"{_CHANGES}{each.edition:04}", body=_changes_of(each))
            for each in released.editions
            if each.changes
        ]
        return self._table.transact([Put(each, _NEW) for each in rows]) is None


def _published(day: date) -> str:
    return f"PUBLISHED#{day.isoformat()}"


def _drafts(day: date) -> str:
    return f"DRAFTS#{day.isoformat()}"


def _drafts_in(rows: Sequence[PublicationRow]) -> list[Draft]:
    return [
        Draft(
            bulletin=Bulletin.from_stored(each.body),
            editions=[Edition.from_stored(own.body) for own in rows if own.row.startswith(f"{each.row}#")],
        )
        for each in rows
        if "#" not in each.row
    ]


def _changes_of(edition: Edition) -> str:
    assert edition.published_at is not None  # it is released
    return _text(EditionChanges(published_at=edition.published_at, changes=edition.changes))


def _text(record: Bulletin | Edition | EditionChanges) -> str:
    return record.model_dump_json(exclude_none=True, exclude_defaults=True)
