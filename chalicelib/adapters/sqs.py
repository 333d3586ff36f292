"""Queues: send batches completely or raise an error, and return messages."""

from collections.abc import Sequence

from chalicelib.adapters import aws

MOST_TOGETHER = 10
"""Entries that `SendMessageBatch` and `ChangeMessageVisibilityBatch` take."""


class NotAllSent(Exception):
    """Some messages of a batch were not taken."""


class NotAllHidden(Exception):
    """For some messages the time in the queue could not be changed."""


def send(queue_url: str, bodies: Sequence[str], *, region: str, delay: int = 0) -> None:
    """Put all bodies into the queue, with a delay in seconds, `LONGEST_DELAY` at most.

    Raises if any was not accepted; others may be in the queue then.
    """
    more = {"DelaySeconds": delay} if delay else {}
    for start in range(0, len(bodies), MOST_TOGETHER):
        entries = [
            {"Id": str(number), "MessageBody": body, **more}
            for number, body in enumerate(bodies[start : start + MOST_TOGETHER])
        ]
        answer = aws.client("sqs", region).send_message_batch(QueueUrl=queue_url, Entries=entries)
        if failed := answer.get("Failed"):
            raise NotAllSent(f"{len(failed)} of {len(entries)}: {failed[0]['Code']}")


def hide(queue_url: str, seconds: Sequence[tuple[str, int]], *, region: str) -> None:
    """Return messages to the queue after some seconds, 0 at least. `seconds` has them by receipt handle.

    There is one attempt of 7 seconds at most, because the worker has little time left then. Raises if it failed for any
    message; such a message returns after the queue's visibility timeout.
    """
    client = aws.client("sqs", region, attempts=1)
    for start in range(0, len(seconds), MOST_TOGETHER):
        entries = [
            {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": hidden}
            for number, (handle, hidden) in enumerate(seconds[start : start + MOST_TOGETHER])
        ]
        answer = client.change_message_visibility_batch(QueueUrl=queue_url, Entries=entries)
        if failed := answer.get("Failed"):
            raise NotAllHidden(f"{len(failed)} of {len(entries)}: {failed[0]['Code']}")
