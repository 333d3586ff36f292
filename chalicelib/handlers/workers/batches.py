"""Batches of a queue's messages: each fails for itself."""

from collections.abc import Callable
from typing import Any

from chalice.app import SQSEvent

from chalicelib.observability import failure, note


def handle_each(batch: SQSEvent, function: str, handle: Callable[[str], None]) -> dict[str, Any]:
    """Handle each message's body and name those that failed: only they come again, and after some tries they go to the
    dead-letter queue.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    failed = []
    total = 0
    for record in batch:
        total += 1
        try:
            handle(record.body)
        except Exception as error:  # noqa: BLE001 - one message's failure, whatever it is, must not be its neighbours'
            failure(error)
            failed.append({"itemIdentifier": record.to_dict()["messageId"]})
    note(function=function, events=total, failed=len(failed))
    return {"batchItemFailures": failed}
