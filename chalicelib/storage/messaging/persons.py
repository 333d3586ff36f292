"""What the `messages` table holds about a person: which messages they were sent, and how many texts a phone got."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from chalicelib.models.people.holdings import Holding, PersonKeys
from chalicelib.storage.messaging.messages import MessageRow
from chalicelib.storage.rows import Item
from chalicelib.storage.tables import Table

_PURPOSE = "to send each message once"
_OF_BUDGETS = "to send no phone too many texts a day"


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
                _content(row),
            )
            for row in self._of(keys)
        ] + [
            Holding(
                self.name,
                "texts of a day",
                _OF_BUDGETS,
                datetime.fromisoformat(f"{_day(row)}T00:00:00+00:00"),
                datetime.fromtimestamp(row.expires_at, UTC),
                {"day": _day(row)},
            )
            for row in self._budgets(keys)
        ]

    def erase(self, keys: PersonKeys) -> int:
        rows = [*self._of(keys), *self._budgets(keys)]
        self._table.batch_write(delete=rows)
        return len(rows)

    @staticmethod
    def restorable(row: Item, is_erased: Callable[[str], bool]) -> Item | None:
        """A row of a backup; None if it is of someone who was erased."""
        about = [row["code"]["S"], *row.get("counted", {}).get("SS", [])]
        return None if any(map(is_erased, about)) else row

    def _of(self, keys: PersonKeys) -> Iterator[MessageRow]:
        for code in sorted(keys.codes):
            yield from self._table.query(code, consistent_read=True)

    def _budgets(self, keys: PersonKeys) -> Iterator[MessageRow]:
        """The keys of the rows that count the texts to a phone. A family may share it: their codes are not read."""
        for phone in sorted(keys.phones):
            yield from self._table.query(
                f"PHONE#{phone}", consistent_read=True, attributes_to_get=["code", "event", "expires_at"]
            )


def _day(row: MessageRow) -> str:
    """Of a count. Behind it may be the kind of notice that is counted."""
    return row.event.partition("#")[0]


def _content(row: MessageRow) -> dict[str, Any]:
    """The record of a message, without fields that only workers need."""
    content = {
        "code": row.code,
        "event": row.event,
        "outcome": row.outcome,
        "reference": row.reference,
        "channel": row.channel,
        "sent_at": _moment(row.sent_at),
        "state": row.state,
        "state_at": _moment(row.state_at),
    }
    return {name: value for name, value in content.items() if value is not None}


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
