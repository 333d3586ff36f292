"""Audit: another function's audit lines go to a log group that keeps them for longer."""

import base64
import gzip
import json
from typing import Any


def keep_audit(event: dict[str, Any], _context: object) -> None:
    """Print the audit lines that a log group hands over.

    `event` is what a subscription filter of CloudWatch Logs sends: compressed log events, each message one of our
    lines.
    """
    packed = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    if packed["messageType"] == "DATA_MESSAGE":
        print(*(each["message"].rstrip() for each in packed["logEvents"]), sep="\n")
