"""From rows to figures on moto: what streams and queues hand to functions is handed on here."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.models.statistics.figures import Family, Figure
from chalicelib.wiring.statistics import figures
from tests.integration.queues import batch, inserted
from tests.tables import client, rows

FUNCTIONS = {
    "entries": "fan_out",
    "cases": "fan_out_cases",
    "stays": "fan_out_facts",
    "permits": "fan_out_facts",
    "messages": "fan_out_facts",
}
"""The function of each table's stream."""


class Counting:
    def __init__(self, lambdas: Client) -> None:
        self._lambdas, self._known = lambdas, dict[str, list[Any]]()

    def forward(self, *tables: str) -> list[str]:
        """Hand what is new in these tables to their streams' functions. Returns the bodies that are to be counted.

        Of messages, what has changed is handed on, as if each had been a claim at first.
        """
        for table in tables or FUNCTIONS:
            known, found = self._known.setdefault(table, []), rows(table)
            keys = [self._keys(table, row) for row in found if row not in known]
            self._known[table] = found
            change = "MODIFY" if table == "messages" else "INSERT"
            for first in range(0, len(keys), 100):
                self.stream(table, keys[first : first + 100], change)
        return self.waiting()

    def stream(self, table: str, keys: Sequence[Any], change: str = "INSERT") -> None:
        self._lambdas.lambda_.invoke(FUNCTIONS[table], inserted(*keys, name=change, table=table))

    def waiting(self) -> list[str]:
        """Take all events from the queue."""
        sqs, bodies = client("sqs"), list[str]()
        url = sqs.get_queue_url(QueueName="counts")["QueueUrl"]
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            bodies += [each["Body"] for each in found]
            entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(found)]
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        return bodies

    def count(self, bodies: Sequence[str]) -> list[Any]:
        """Hand events to the worker, ten at once. Returns what it failed at."""
        failed = []
        for first in range(0, len(bodies), 10):
            answer = self._lambdas.lambda_.invoke("count", batch(*bodies[first : first + 10])).payload
            failed += answer["batchItemFailures"]
        return failed

    def all(self, *tables: str) -> None:
        """Count all that is new in these tables, or in all of them."""
        assert self.count(self.forward(*tables)) == []

    def figures(self, family: Family, *days: date) -> list[Figure]:
        return sorted(figures().read(family, days).figures)

    def of(self, family: Family, series: str, *days: date) -> dict[tuple[str, ...], int]:
        """The cells of one series, summed over days."""
        cells: dict[tuple[str, ...], int] = {}
        for each in self.figures(family, *days):
            if each.series == series:
                cells[each.cell] = cells.get(each.cell, 0) + each.count
        return cells

    @staticmethod
    def _keys(table: str, row: dict[str, Any]) -> dict[str, Any]:
        schema = client("dynamodb").describe_table(TableName=table)["Table"]["KeySchema"]
        return {each["AttributeName"]: row[each["AttributeName"]] for each in schema}


@pytest.fixture
def counting(lambdas: Client) -> Counting:
    return Counting(lambdas)
