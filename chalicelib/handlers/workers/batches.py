"""Batches of a queue's messages: each fails for itself."""

from collections.abc import Callable
from typing import Any

from chalice.app import SQSEvent, SQSRecord

from chalicelib.observability import count, failure, note


def handle_each(
    batch: SQSEvent,
    function: str,
    handle: Callable[[str], None],
    *,
    stops_at: tuple[type[Exception], ...] = (),
) -> dict[str, Any]:
    """Handle each message's body and name those that failed: only they come again, and after some tries they go to the
    dead-letter queue. An exception in `stops_at` ends the batch: that message and the rest return to the queue.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    records = list(batch)
    failed: list[SQSRecord] = []
    returned: list[SQSRecord] = []
    for number, record in enumerate(records):
        try:
            handle(record.body)
        except stops_at as reason:
            returned = records[number:]
            note(stopped_by=type(reason).__name__, returned=len(returned))
            break
        except Exception as error:  # noqa: BLE001 - one message's failure, whatever it is, must not be its neighbours'
            failure(error)
            count("Events_failed")
            failed.append(record)
    note(function=function, events=len(records), failed=len(failed))
    return {"batchItemFailures": [{"itemIdentifier": each.to_dict()["messageId"]} for each in failed + returned]}
