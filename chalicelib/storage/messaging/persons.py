"""What the `messages` table holds about a person: that they were sent a message, and what became of it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from chalicelib.models.people.holdings import Holding, PersonKeys
from chalicelib.storage.messaging.messages import MessageRow
from chalicelib.storage.rows import Item
from chalicelib.storage.tables import Table

_PURPOSE = "to send each message once"


class MessagesOfPersons:
    """The rights of a person in this table. It has neither the number nor the text of a message."""

    name = "messages"

    def __init__(self, table: Table[MessageRow]) -> None:
        self._table = table

    def export(self, keys: PersonKeys) -> list[Holding]:
        return [
            Holding(
                self.name,
                "message",
                _PURPOSE,
                datetime.fromtimestamp(row.claimed_until, UTC),  # seconds after it was sent
                datetime.fromtimestamp(row.expires_at, UTC),
                {"code": row.code, "event": row.event, "outcome": row.outcome, "reference": row.reference},
            )
            for row in self._of(keys)
        ]

    def erase(self, keys: PersonKeys) -> int:
        rows = list(self._of(keys))
        self._table.batch_write(delete=rows)
        return len(rows)

    @staticmethod
    def restorable(row: Item, is_erased: Callable[[str], bool]) -> Item | None:
        """A row of a backup; None if it is of someone who was erased."""
        return None if is_erased(row["code"]["S"]) else row

    def _of(self, keys: PersonKeys) -> Iterator[MessageRow]:
        for code in sorted(keys.codes):
            yield from self._table.query(code, consistent_read=True)
