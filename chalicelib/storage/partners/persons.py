"""What the `webhooks` table holds about a person: what partners were sent about their passes."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from chalicelib.models.people.holdings import Holding, PersonKeys
from chalicelib.storage.partners.deliveries import CODE, DELIVERY, WebhookRow
from chalicelib.storage.rows import Item
from chalicelib.storage.tables import Table

_PURPOSE = "to let the app that declared know what became of the pass"


class WebhooksOfPersons:
    """The rights of a person in this table."""

    name = "webhooks"

    def __init__(self, table: Table[WebhookRow]) -> None:
        self._table = table

    def export(self, keys: PersonKeys) -> list[Holding]:
        return [
            Holding(
                self.name,
                "webhook" if "made_at" in (content := json.loads(row.body)) else "webhook, attempt",
                _PURPOSE,
                datetime.fromisoformat(content.get("made_at") or content["at"]),
                datetime.fromtimestamp(row.expires_at, UTC),
                {"code": row.code, **content},
            )
            for lead in self._leads(keys)
            for row in self._of(lead)
        ]

    def erase(self, keys: PersonKeys) -> int:
        """Delete the deliveries, and at the end the rows that lead to them. It may be interrupted."""
        leads = list(self._leads(keys))
        rows = [row for lead in leads for row in self._of(lead)]
        for deleted in (rows, leads):
            self._table.batch_write(delete=deleted)
        return len(rows) + len(leads)

    @staticmethod
    def restorable(row: Item, is_erased: Callable[[str], bool]) -> Item | None:
        """A row of a backup; None if it is of someone who was erased."""
        partition = row["partner"]["S"]
        code = partition.removeprefix(f"{CODE}#") if partition.startswith(CODE) else row.get("code", {}).get("S")
        return None if code is not None and is_erased(code) else row

    def _leads(self, keys: PersonKeys) -> Iterator[WebhookRow]:
        for code in sorted(keys.codes):
            yield from self._table.query(f"{CODE}#{code}", consistent_read=True)

    def _of(self, lead: WebhookRow) -> Iterator[WebhookRow]:
        partner, _, delivery = str(lead.row).partition("#")
        return self._table.query(partner, WebhookRow.row.startswith(f"{DELIVERY}#{delivery}"), consistent_read=True)
