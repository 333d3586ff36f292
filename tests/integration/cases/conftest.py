"""Cases on moto: what streams and queues hand to workers is handed on here."""

import json
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from tests.forms import form, person
from tests.integration.conftest import Api, Clock
from tests.integration.queues import batch, event, inserted, submitted_event
from tests.tables import client, rows


class Province:
    """People who declare and cross, and workers that do what waits."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self.api, self.clock = api, clock
        self._forwarded: set[tuple[str, str]] = set()

    def declare(self, *numbers: int, traced: bool = True, by_staff: bool = False, **trip: Any) -> list[str]:
        """Invented persons declare in one form, or staff declare for them. Gives their codes."""
        first, *others = [person(each) for each in numbers]
        body = {**form(self.clock(), **trip), "traveller": first, "companions": others}
        if by_staff:
            answer = self.api("POST", "/v1/checkpoint/declarations", body, role="checkpoint")
        else:
            answer = self.api("POST", "/v1/declarations", body)
        assert answer.status_code == 201, answer.body
        codes = [each["code"] for each in answer.json_body["passes"]]
        if traced:
            self.trace(codes[0])
        return codes

    def trace(self, code: str, kind: str | None = None) -> None:
        parsed = Code.parse(code)
        body = json.dumps(event(kind, parsed)) if kind else submitted_event(parsed.declaration)
        assert self.api.client.lambda_.invoke("trace", batch(body)).payload == {"batchItemFailures": []}

    def cross(self, code: str, *, traced: bool = True) -> None:
        body = {"code": code, "checkpoint": "an-hoa", "decision": "admit"}
        answer = self.api("POST", "/v1/checkpoint/crossings", body, role="checkpoint")
        assert answer.status_code == 201, answer.body
        if traced:
            self.trace(code, "crossing_recorded")

    def open(self, person: Any, **members: Any) -> Any:
        body = {"person": person, "onset_on": self.clock().date().isoformat(), **members}
        return self.api("POST", "/v1/cases", body, role="health", subject="officer-1")

    def opened(self, person: Any, **members: Any) -> str:
        answer = self.open(person, **members)
        assert answer.status_code == 201, answer.body
        self.settle()
        return str(answer.json_body["case"])

    def contacts(self, case: str, **query: Any) -> list[dict[str, Any]]:
        text = "&".join(f"{name}={value}" for name, value in query.items())
        answer = self.api("GET", f"/v1/cases/{case}/contacts?{text}", role="health", subject="officer-1")
        assert answer.status_code == 200, answer.body
        found: list[dict[str, Any]] = answer.json_body["contacts"]
        return found

    def settle(self) -> None:
        """Forward new rows and do what waits, until nothing does."""
        sqs = client("sqs")
        url = sqs.get_queue_url(QueueName="cases")["QueueUrl"]
        while True:
            keys = [(row["case"]["S"], row["row"]["S"]) for row in rows("cases")]
            new = [each for each in keys if each not in self._forwarded]
            if new:
                records = inserted(*({"case": {"S": case}, "row": {"S": row}} for case, row in new))
                self.api.client.lambda_.invoke("fan_out_cases", records)
                self._forwarded |= set(new)
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            if not messages and not new:
                return
            if messages:
                result = self.api.client.lambda_.invoke("expand", batch(*(each["Body"] for each in messages))).payload
                assert result == {"batchItemFailures": []}
            for each in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])


@pytest.fixture
def province(api: Api, clock: Clock) -> Province:
    return Province(api, clock)
