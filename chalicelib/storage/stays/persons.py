"""What the `stays` table holds about a person: their stays and the facts beside them."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from chalicelib.models.people.holdings import Holding, PersonKeys
from chalicelib.storage.rows import Item
from chalicelib.storage.stays.stays import STAY, StayRow, Stays, commune_list, fact_rows, leaves_at, record_of, stays_of

_OF_OTHERS = ("recorded_by", "recorded_by_name", "host")
"""Members of a row that are about another person."""

_PURPOSE = "to see that a person who was admitted stays where they must, and to help them if they fall ill"


class StaysOfPersons(Stays):
    """A person's rights to their data in this table. A stay is kept longer than its declaration."""

    name = "stays"

    def codes_of(self, hashed: str) -> set[str]:
        """The codes of all passes of a person that have a stay."""
        rows = self._table.query(stays_of(hashed), consistent_read=True, attributes_to_get=["row"])
        return {row.row for row in rows}

    def export(self, keys: PersonKeys) -> list[Holding]:
        return [
            Holding(self.name, _named(row), _PURPOSE, _since(content), leaves_at(row), content)
            for row, content in self._facts(keys)
        ]

    def erase(self, keys: PersonKeys) -> int:
        """Delete a stay's rows: the commune's list first, the row that leads to the stay last. It may be interrupted
        and repeated."""
        deleted = 0
        for code in sorted(keys.codes):
            rows = list(self._table.query(code, consistent_read=True))
            record = record_of({each.row: each.body for each in rows})
            if record is None:
                continue
            lists = [StayRow(commune_list(record.unit), f"{record.until}#{code}")]
            leading = [StayRow(stays_of(record.stay.hashed), code)]
            facts = [StayRow(code, each) for each in fact_rows(record)]
            for each in (lists, facts, leading, [StayRow(code, STAY)]):
                self._table.batch_write(delete=each)
                deleted += len(each)
        return deleted

    @staticmethod
    def restorable(row: Item, is_erased: Callable[[str], bool]) -> Item | None:
        """A row of a backup; None if the person was erased."""
        partition, name = row["partition"]["S"], row["row"]["S"]
        code = name.rpartition("#")[2] if "#" in partition else partition  # of a list, or of the facts
        return None if is_erased(code) else row

    def _facts(self, keys: PersonKeys) -> Iterator[tuple[StayRow, dict[str, Any]]]:
        for code in sorted(keys.codes):
            for row in self._table.query(code, consistent_read=True):
                content = json.loads(row.body)
                yield row, {name: value for name, value in content.items() if name not in _OF_OTHERS}


def _named(row: StayRow) -> str:
    kind = row.row.partition("#")[0].lower()
    return "stay" if kind == STAY.lower() else f"stay, {kind}"


def _since(content: dict[str, Any]) -> datetime:
    at = next(content[name] for name in ("opened_at", "recorded_at", "reported_at") if name in content)
    return datetime.fromisoformat(at)
