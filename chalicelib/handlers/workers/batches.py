"""Batches of a queue's messages: one that fails does not fail the others."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, TypeVar

from chalice.app import SQSEvent, SQSRecord

from chalicelib.observability import count, failure, follow, note
from chalicelib.services.parallel import in_parallel

Item = TypeVar("Item")


class Returned(NamedTuple):
    """A message that goes back to its queue."""

    receipt_handle: str
    returns: int
    """How often it was received, including this time."""
    reason: Exception


def _leave(_: Sequence[Returned]) -> None:
    """The queue itself delivers it again after its visibility timeout."""


def handle_each(
    batch: SQSEvent,
    function: str,
    handle: Callable[[str], None],
    *,
    stops_at: tuple[type[Exception], ...] = (),
    give_back: Callable[[Sequence[Returned]], None] = _leave,
) -> dict[str, Any]:
    """Handle each message's body and name those that failed: only they come again, and after some tries they go to the
    dead-letter queue. An exception in `stops_at` ends the batch: that message and the rest return to the queue.

    `give_back` may set the time of their next delivery. If it fails, the queue's visibility timeout applies.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    records = _followed(batch)
    failed: list[SQSRecord] = []
    returned: list[SQSRecord] = []
    reasons: list[Exception] = []
    for number, record in enumerate(records):
        try:
            handle(record.body)
        except stops_at as reason:
            returned = records[number:]
            reasons += [reason] * len(returned)
            note(stopped_by=type(reason).__name__, returned=len(returned))
            break
        except Exception as error:  # noqa: BLE001 - one message that fails must not fail the others
            failure(error)
            count("Events_failed")
            failed.append(record)
            reasons.append(error)
    if reasons:
        try:
            give_back([_returned(*each) for each in zip(failed + returned, reasons, strict=True)])
        except Exception as error:  # noqa: BLE001 - if it were raised, all messages would come again, handled or not
            note(not_given_back=type(error).__name__)
    return _answer(function, records, failed, returned)


def _returned(record: SQSRecord, reason: Exception) -> Returned:
    attributes = record.to_dict().get("attributes", {})
    return Returned(record.receipt_handle, int(attributes.get("ApproximateReceiveCount", "1")), reason)


def handle_in_parallel(batch: SQSEvent, function: str, handle: Callable[[str], str | None]) -> dict[str, Any]:
    """As `handle_each`, for messages that wait for other servers: all of the batch at once, each in a thread.

    `handle` returns the metric that counts what it did, if there is one. It must not call `count` itself: threads would
    add to the same metrics of the process, and lose numbers.
    """
    records = _followed(batch)
    failed = []
    for record, outcome in zip(records, in_parallel(partial(_outcome_of, handle), records), strict=True):
        if isinstance(outcome, Exception):
            failure(outcome)
            count("Events_failed")
            failed.append(record)
        elif outcome is not None:
            count(outcome)
    return _answer(function, records, failed, [])


def handle_together(
    batch: SQSEvent,
    function: str,
    read: Callable[[str], Item],
    handle: Callable[[list[Item]], None],
    *,
    unavailable: type[Exception],
) -> dict[str, Any]:
    """As `handle_each`, for messages that are handled in one call. If the call raises `unavailable`, all of them come
    again. If it raises something else, one of them may be the cause, so each is handled by itself."""
    records = _followed(batch)
    readable: list[tuple[SQSRecord, Item]] = []
    failed: list[SQSRecord] = []

    def fail(error: Exception, these: list[SQSRecord]) -> None:
        failure(error)
        count("Events_failed", len(these))
        failed.extend(these)

    for record in records:
        try:
            readable.append((record, read(record.body)))
        except Exception as error:  # noqa: BLE001 - one message that cannot be read must not fail the others
            fail(error, [record])
    try:
        handle([item for _, item in readable])
    except unavailable as error:
        fail(error, [record for record, _ in readable])
    except Exception as error:  # noqa: BLE001 - one message may be the cause: each is tried by itself
        note(alone_for=type(error).__name__)
        for record, item in readable:
            try:
                handle([item])
            except Exception as own:  # noqa: BLE001 - one message that fails must not fail the others
                fail(own, [record])
    return _answer(function, records, failed, [])


def _followed(batch: SQSEvent) -> list[SQSRecord]:
    """The messages. The log's line says which records their events are about."""
    records = list(batch)
    for record in records:
        # The worker refuses what is not an event.
        with suppress(ValueError, LookupError, TypeError, AttributeError):
            follow(json.loads(record.body)["subject"])
    return records


def _outcome_of(handle: Callable[[str], str | None], record: SQSRecord) -> Exception | str | None:
    try:
        return handle(record.body)
    except Exception as error:  # noqa: BLE001 - one message that fails must not fail the others
        return error


def _answer(
    function: str, records: list[SQSRecord], failed: list[SQSRecord], returned: list[SQSRecord]
) -> dict[str, Any]:
    note(function=function, events=len(records), failed=len(failed))
    return {"batchItemFailures": [{"itemIdentifier": each.to_dict()["messageId"]} for each in failed + returned]}
