"""Queues: batches in, all of a batch or an error."""

from collections.abc import Sequence

from chalicelib.adapters import aws

_BATCH = 10
"""Entries that `SendMessageBatch` takes."""


class NotAllSent(Exception):
    """Some messages of a batch were not taken."""


def send(queue_url: str, bodies: Sequence[str], *, region: str, delay: int = 0) -> None:
    """Put all bodies into the queue; they come out after `delay` seconds, `LONGEST_DELAY` at most.

    Raises if any was not taken; some may be in the queue then.
    """
    more = {"DelaySeconds": delay} if delay else {}
    for start in range(0, len(bodies), _BATCH):
        entries = [
            {"Id": str(number), "MessageBody": body, **more}
            for number, body in enumerate(bodies[start : start + _BATCH])
        ]
        answer = aws.client("sqs", region).send_message_batch(QueueUrl=queue_url, Entries=entries)
        if failed := answer.get("Failed"):
            raise NotAllSent(f"{len(failed)} of {len(entries)}: {failed[0]['Code']}")
