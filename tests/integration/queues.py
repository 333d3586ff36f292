"""What streams and queues hand to workers."""

import json
from typing import Any

from chalice.test import Client

from chalicelib.models.entry.codes import Code
from tests.tables import REGION, client


def inserted(*keys: dict[str, Any], name: str = "INSERT", table: str = "entries") -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventID": str(number),
                "eventName": name,
                "eventSource": "aws:dynamodb",
                "eventVersion": "1.1",
                "awsRegion": REGION,
                "eventSourceARN": f"arn:aws:dynamodb:x:1:table/{table}/stream/0",
                "dynamodb": {"Keys": each, "SequenceNumber": str(number), "StreamViewType": "KEYS_ONLY"},
            }
            for number, each in enumerate(keys)
        ]
    }


def row(declaration: str, name: str) -> dict[str, Any]:
    return {"declaration": {"S": declaration}, "row": {"S": name}}


def batch(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": f"m{number}", "body": body, "receiptHandle": "r", "eventSource": "aws:sqs"}
            for number, body in enumerate(bodies)
        ]
    }


def submitted_event(declaration: str) -> str:
    return json.dumps(event("declaration_submitted", Code(declaration, 0)))


def event(kind: str, code: Code) -> dict[str, str]:
    return {"kind": kind, "subject": str(code)}


def handled(lambdas: Client, worker: str, *bodies: str) -> None:
    """A worker gets these, and none of them comes again."""
    assert lambdas.lambda_.invoke(worker, batch(*bodies)).payload == {"batchItemFailures": []}


def taken(name: str) -> list[str]:
    """Ten bodies of a queue at most. They are not in it any more."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for each in received:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return [each["Body"] for each in received]


def queued(name: str) -> list[dict[str, Any]]:
    return [json.loads(each) for each in taken(name)]
