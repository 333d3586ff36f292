"""A bare handler: boto3 and json, no validation, no policy, no signature."""

import json
import os
import secrets
import time
from typing import Any

import boto3

client = boto3.client("dynamodb")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    body = json.loads(event["body"])
    now = int(time.time())
    code = "".join(secrets.choice(ALPHABET) for _ in range(16))
    client.put_item(
        TableName=os.environ["ENTRIES_TABLE"],
        Item={
            "declaration": {"S": code},
            "row": {"S": "DECLARATION"},
            "body": {"S": json.dumps(body)},
            "expires_at": {"N": str(now + 30 * 86400)},
        },
        ConditionExpression="attribute_not_exists(declaration)",
    )
    answer = {"passes": [{"code": code, "issued_at": now, "expires_at": now + 3600}]}
    return {"statusCode": 201, "headers": {"Content-Type": "application/json"}, "body": json.dumps(answer)}
