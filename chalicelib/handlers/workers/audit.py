"""Audit: another function's audit lines go to a log group that keeps them for longer, and are counted."""

import base64
import gzip
import json
from typing import Any

from chalicelib.models.events import Queue
from chalicelib.models.statistics.looks import LookKind, looks_of
from chalicelib.wiring.queues import publish


def keep_audit(event: dict[str, Any], _context: object) -> None:
    """Print the audit lines that a log group hands over, and send an event for each that is counted.

    `event` is what a subscription filter of CloudWatch Logs sends: compressed log events, each message one of our
    lines. If the queue fails, the same lines come again: they may be in the log twice, and are counted once.
    """
    packed = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    if packed["messageType"] == "DATA_MESSAGE":
        print(*(each["message"].rstrip() for each in packed["logEvents"]), sep="\n")
        if looks := looks_of(packed["logEvents"]):
            publish(looks, {Queue.COUNTS: frozenset(LookKind)})
