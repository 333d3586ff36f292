"""What AWS and the staff's issuer answer. The stub and the TLS server share it, so both variants see the same."""

import json
from collections.abc import Callable
from typing import Any

Item = dict[str, Any]
"""As DynamoDB's protocol has it: `{"row": {"S": "DECLARATION"}, ...}`."""

_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})


class Answers:
    """Answers by operation. Nothing is written: each write succeeds, again and again, and the rows stay as they are.

    Rows are stored as JSON strings under their two keys. Joining strings into an answer is cheap, and Python's garbage
    collector has few objects to scan.
    """

    def __init__(self, rows: dict[str, dict[str, str]], secrets: dict[str, str], jwks: str) -> None:
        self.rows, self.secrets, self.jwks = rows, secrets, jwks
        self.calls: list[str] = []
        """The operations that were called, in their order."""
        self._reads: dict[str, Callable[[Any], str]] = {
            "GetParameters": self._parameters,
            "Query": self._query,
            "GetItem": self._item,
            "BatchGetItem": self._items,
        }

    @classmethod
    def read(cls, file: str) -> "Answers":
        with open(file, encoding="utf-8") as text:
            return cls(**json.load(text))

    def text(self) -> str:
        """The content of the file that `read` loads."""
        return json.dumps({"rows": self.rows, "secrets": self.secrets, "jwks": self.jwks})

    def answer(self, target: str, body: bytes) -> bytes:
        """The body of the answer to a request with this `X-Amz-Target`. Raises `LookupError` if it is not known."""
        operation = target.partition(".")[2]
        self.calls.append(operation)
        if operation in _WRITES:
            return b"{}"
        return self._reads[operation](json.loads(body)).encode()

    def add(self, item: Item) -> None:
        """Keep a row. Its first attribute is the partition's name in every table of ours, its `row` the row's."""
        partition = item["declaration" if "declaration" in item else "partition"]["S"]
        self.rows.setdefault(partition, {})[item["row"]["S"]] = json.dumps(item)

    def _parameters(self, request: Any) -> str:
        found = [{"Name": name, "Value": self.secrets[name]} for name in request["Names"]]
        return json.dumps({"Parameters": found, "InvalidParameters": []})

    def _query(self, request: Any) -> str:
        """Our queries give a partition key and, for a sync, the lowest row key."""
        values = [value["S"] for value in request["ExpressionAttributeValues"].values()]
        partition = next((value for value in values if value in self.rows), None)
        rows = self.rows.get(partition or "", {})
        first = next((value for value in values if value != partition), "")
        wanted = [rows[row] for row in sorted(rows) if row >= first]
        return f'{{"Items":[{",".join(wanted)}],"Count":{len(wanted)},"ScannedCount":{len(wanted)}}}'

    def _item(self, request: Any) -> str:
        found = self._found(request["Key"])
        return f'{{"Item":{found}}}' if found else "{}"

    def _items(self, request: Any) -> str:
        answers = []
        for table, asked in request["RequestItems"].items():
            found = filter(None, map(self._found, asked["Keys"]))
            answers.append(f"{json.dumps(table)}:[{','.join(found)}]")
        return f'{{"Responses":{{{",".join(answers)}}},"UnprocessedKeys":{{}}}}'

    def _found(self, key: Item) -> str | None:
        row = key["row"]["S"]
        partition = next(value["S"] for name, value in key.items() if name != "row")
        return self.rows.get(partition, {}).get(row)
