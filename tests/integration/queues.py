"""What streams and queues hand to workers."""

import json
from typing import Any

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


def queued(name: str) -> list[dict[str, Any]]:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    return [
        json.loads(each["Body"])
        for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    ]
