"""What the contenders that validate share with the bare handler: one conditional write with boto3."""

import os
import secrets
import time

import boto3

from bench.contenders.form import Answer, Form, Pass

client = boto3.client("dynamodb")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def declare(form: Form) -> Answer:
    now = int(time.time())
    code = "".join(secrets.choice(ALPHABET) for _ in range(16))
    client.put_item(
        TableName=os.environ["ENTRIES_TABLE"],
        Item={
            "declaration": {"S": code},
            "row": {"S": "DECLARATION"},
            "body": {"S": form.model_dump_json()},
            "expires_at": {"N": str(now + 30 * 86400)},
        },
        ConditionExpression="attribute_not_exists(declaration)",
    )
    return Answer(passes=[Pass(code=code, issued_at=now, expires_at=now + 3600)])
