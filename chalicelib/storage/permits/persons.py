"""What the `permits` table holds about a person: their permits, the facts beside them, and their crossings."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from chalicelib.models.people.holdings import Holding, PersonKeys
from chalicelib.storage.permits.permits import (
    ASKER,
    CHANGES,
    PERMIT,
    PERSON,
    TEST,
    PermitRow,
    Permits,
    crossings_of,
    list_key,
    open_rows,
    permits_of,
    record_of,
)
from chalicelib.storage.rows import Item, instant

_OF_OTHERS = ("recorded_by", "recorded_by_name", "asked_by", "partner")
"""Members of a row that are about another person."""

_PURPOSE = "to let a person who crosses again and again pass the checkpoints without a declaration each time"


class PermitsOfPersons(Permits):
    """A person's rights to their data in this table. A permit has no declaration."""

    name = "permits"

    def codes_of(self, hashed: str) -> set[str]:
        """The codes of all permits of a person."""
        rows = self._table.query(permits_of(hashed), consistent_read=True, attributes_to_get=["row"])
        return {row.row for row in rows if "#" not in row.row}

    def export(self, keys: PersonKeys) -> list[Holding]:
        return [
            Holding(self.name, _named(row), _PURPOSE, _since(row, content), _leaves_at(row), content)
            for row, content in self._facts(keys)
        ]

    def erase(self, keys: PersonKeys) -> int:
        """Delete a permit's rows: the lists first, the permit last. It may be interrupted and repeated. A gate with
        network then finds no permit. One that is in force is revoked before, so that others turn it away, too."""
        deleted = 0
        for code in sorted(keys.codes):
            rows = list(self._table.query(code, consistent_read=True))
            record = record_of({each.row: each.body for each in rows})
            if record is None:
                continue
            permit = record.permit
            lists = [PermitRow(*list_key(record, self._zone))]
            if permit.partner is not None:
                lists.append(PermitRow(f"{ASKER}#{permit.partner}", f"{instant(permit.asked_at)}#{code}"))
            for name in open_rows(permit):
                self._table.delete_if(PermitRow.body == code, PermitRow(permits_of(permit.hashed), name))
            crossings = list(self._table.query(crossings_of(code), consistent_read=True))
            facts = [each for each in rows if each.row != PERMIT]
            leading = [PermitRow(permits_of(permit.hashed), code)]
            for each in (lists, crossings, facts, leading, [PermitRow(code, PERMIT)]):
                self._table.batch_write(delete=each)
                deleted += len(each)
        return deleted

    @staticmethod
    def restorable(row: Item, is_erased: Callable[[str], bool]) -> Item | None:
        """A row of a backup; None if the person was erased."""
        partition, name = row["partition"]["S"], row["row"]["S"]
        if "#" not in partition and partition != CHANGES:
            code = partition
        elif partition.startswith(crossings_of("")):
            code = partition.partition("#")[2]
        elif partition.startswith(f"{PERSON}#") and "#" in name:
            code = row["body"]["S"]
        else:
            code = name.rpartition("#")[2]
        return None if is_erased(code) else row

    def _facts(self, keys: PersonKeys) -> Iterator[tuple[PermitRow, dict[str, Any]]]:
        for code in sorted(keys.codes):
            for partition in (code, crossings_of(code)):
                for row in self._table.query(partition, consistent_read=True):
                    content = json.loads(row.body) if row.body else {}
                    yield row, {name: value for name, value in content.items() if name not in _OF_OTHERS}


def _named(row: PermitRow) -> str:
    if row.partition.startswith(crossings_of("")):
        return "permit, crossing" if row.row.count("#") == 1 else "permit, correction"
    kind = row.row.partition("#")[0].lower()
    return "permit" if kind == PERMIT.lower() else f"permit, {kind}"


def _since(row: PermitRow, content: dict[str, Any]) -> datetime:
    if row.row.startswith(f"{TEST}#"):
        return datetime.fromisoformat(row.row.partition("#")[2])
    return datetime.fromisoformat(content.get("recorded_at") or content["asked_at"])


def _leaves_at(row: PermitRow) -> datetime:
    return datetime.fromtimestamp(row.expires_at, UTC)
