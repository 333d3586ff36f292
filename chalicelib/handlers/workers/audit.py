"""Audit: another function's audit lines go to a log group that keeps them for longer. They, and checks, are counted."""

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

from chalicelib.models.events import Queue
from chalicelib.models.statistics.checks import CheckKind, checks_of, is_of_request
from chalicelib.models.statistics.looks import LookKind, looks_of
from chalicelib.services.staff.postings import posted_then
from chalicelib.wiring.queues import publish
from chalicelib.wiring.staff import postings

_COUNTED: Mapping[Queue, frozenset[str]] = {Queue.COUNTS: frozenset({*LookKind, *CheckKind})}


def keep_audit(event: dict[str, Any], _context: object) -> None:
    """Print the audit lines that a log group hands over, and send an event for each of them, and for each check, that
    is counted.

    `event` is what a subscription filter of CloudWatch Logs sends: compressed log events, each message one of our
    lines. If the queue or the table of postings fails, the same lines come again: they may be in the log twice, and are
    counted once.
    """
    packed = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    if packed["messageType"] == "DATA_MESSAGE":
        lines = packed["logEvents"]
        requests = []
        for each in lines:
            if is_of_request(each["message"]):
                # It is in its function's own log, and nothing to keep for longer.
                requests.append(each)
            else:
                print(each["message"].rstrip())
        facts = looks_of(lines)
        if requests:
            # Not a posting that an earlier batch read: it may have changed since.
            facts += checks_of(requests, posted_then(postings()))
        if facts:
            publish(facts, _COUNTED)
