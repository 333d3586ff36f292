"""The conditions on the roles of messaging, which the local engine does not judge: what they may read and write."""

import json
from collections.abc import Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import Client

from chalicelib.models.messaging.notices import Notice
from chalicelib.wiring.messaging import receipts_url, sender
from infra import ROOT
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.queues import batch, submitted_event
from tests.standins.zalo import Zalo

NOTICE = "0000000000000000.declaration_submitted"
OTHERS = ("CONVERSATION#0.reply", "SPENT.2021-07-22", "LEASE.zalo tokens", ".ready", "nothing.of_ours")
"""Trackings that no message of ours has."""


@pytest.fixture
def written(aws: dict[str, str], clock: Clock, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The partitions of messages that are written from here on. There is one message, which is being sent."""
    about, _, event = NOTICE.partition(".")
    notice = Notice("+84912345678", "declared", {}, about, event, keep_until=clock() + timedelta(days=1))
    sender(time_left=lambda: 30.0).messages.claim(notice, now=clock())
    seen: set[str] = set()

    def answer(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if operation in ("PutItem", "UpdateItem", "DeleteItem") and request["TableName"] == aws["MESSAGES_TABLE"]:
            seen.add((request.get("Key") or request["Item"])["code"]["S"])
        return call(operation, request)

    respond(monkeypatch, answer)
    return seen


def test_a_receipt_of_an_sms_writes_its_message_and_no_row_of_another_kind(api: Api, written: set[str]) -> None:
    path = receipts_url().removeprefix("https://pass.example")
    for tracking in (NOTICE, *OTHERS):
        query = {"SendStatus": "5", "SendSuccess": "1", "RequestId": tracking}
        assert api("GET", f"{path}?{urlencode(query)}").status_code == 200
    assert written == {"0000000000000000"}
    assert all(may_write("messaging", each) for each in written)
    assert not any(may_write("messaging", each) for each in ("SPENT", "LEASE", "CONVERSATION#0", f"PHONE#{'0' * 32}"))


def test_who_answers_at_zalo_writes_messages_replies_and_the_lease_alone(
    lambdas: Client, zalo: Zalo, clock: Clock, written: set[str]
) -> None:
    phone = "84912345678"
    zalo.text(phone, "")
    at = str(int(clock().timestamp() * 1000))
    events = [
        {"event_name": "user_received_message", "timestamp": at, "message": {"tracking_id": tracking}}
        for tracking in (NOTICE, *OTHERS)
    ]
    wrote = {"sender": {"id": zalo.person(phone).user_id}, "message": {"text": "khai báo", "msg_id": "m1"}}
    events.append({"event_name": "user_send_text", "timestamp": at, **wrote})
    zalo.expire_tokens()  # the pair is renewed, under the lease
    answer = lambdas.lambda_.invoke("converse", batch(*map(json.dumps, events))).payload
    assert answer == {"batchItemFailures": []}
    kinds = {each.partition("#")[0] for each in written}
    assert kinds == {"0000000000000000", "CONVERSATION", "LEASE"}
    assert all(may_write("converse", each) for each in written)
    assert not any(may_write("converse", each) for each in ("SPENT", f"PHONE#{'0' * 32}", "WAVE#0"))


def test_who_sends_the_texts_of_declarations_reads_the_templates_and_no_name_of_staff(
    aws: dict[str, str], lambdas: Client, submitted: Submit, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: set[str] = set()

    def answer(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if request.get("TableName") == aws["REFERENCE_TABLE"]:
            read.add(request["Key"]["partition"]["S"])
        return call(operation, request)

    declared = submitted()["declaration"]
    respond(monkeypatch, answer)
    lambdas.lambda_.invoke("notify_declared", batch(submitted_event(declared)))
    assert len(sent) == 1
    assert read == {"TEMPLATES_IN_FORCE"}
    assert is_named("notify-declared", "Reference", "TEMPLATES_IN_FORCE")
    assert not any(is_named("notify-declared", "Reference", each) for each in ("STAFF", "PARTNERS"))


def may_write(function: str, partition: str) -> bool:
    return is_named(function, {"messaging": "Receipts", "converse": "Messages"}[function], partition)


def is_named(function: str, sid: str, partition: str) -> bool:
    """Whether the condition of the role's statement names the partition: `*` and `?` as IAM reads them."""
    policy = json.loads((ROOT / ".chalice" / f"policy-{function}.json").read_text())
    (statement,) = [each for each in policy["Statement"] if each["Sid"] == sid]
    (condition,) = statement["Condition"].values()
    return any(fnmatchcase(partition, pattern) for pattern in condition["dynamodb:LeadingKeys"])
