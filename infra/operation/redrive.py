"""Process failed events again: move messages from a dead-letter queue back to the queue they came from.

    python -m infra redrive tracing --stage prod

Find out first why they failed, or they will fail again. A message is sent before it is deleted, so nothing is lost if
this is interrupted; a message may then arrive twice, which does no harm.
"""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from typing import Any

from infra.accounts import Account, add_arguments, chosen, stack_name
from infra.errors import CannotGoOn
from infra.stacks import outputs

QUEUES = ("tracing", "messages", "declared", "webhooks", "conversations", "waves", "cases", "stays", "counts")
"""Those with a queue of dead letters."""

_BATCH = 10
"""Messages: the most that SQS takes at once."""
_WAIT = 3
"""Seconds. With a wait, SQS asks all of its servers, not a sample of them."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("queue", choices=QUEUES)
    add_arguments(parser)
    options = parser.parse_args(arguments)
    redrive(*chosen(parser, options), options.queue)


def redrive(account: Account, stage: str, queue: str) -> None:
    """Move all dead letters of a queue back, and print how many there were."""
    urls = outputs(account, stack_name(stage))
    moved = 0
    try:
        for count in move(account.client("sqs"), urls[dead_letters_of(queue)], urls[f"{queue.capitalize()}QueueUrl"]):
            moved += count
    finally:
        print(f"{moved} messages are back in the queue {queue}.")


def dead_letters_of(queue: str) -> str:
    """The stack's output that has the URL of a queue's dead letters."""
    return f"{queue.capitalize()}DeadLettersUrl"


def move(sqs: Any, source: str, target: str) -> Iterator[int]:
    """Move all messages from one queue to another. Yields the number of each batch.

    Raises `CannotGoOn` if the target refuses a message.
    """
    while True:
        answer = sqs.receive_message(
            QueueUrl=source, MaxNumberOfMessages=_BATCH, WaitTimeSeconds=_WAIT, MessageAttributeNames=["All"]
        )
        received = {each["MessageId"]: each for each in answer.get("Messages", [])}
        if not received:
            return
        sent = sqs.send_message_batch(
            QueueUrl=target,
            Entries=[
                {"Id": name, "MessageBody": each["Body"], "MessageAttributes": each.get("MessageAttributes", {})}
                for name, each in received.items()
            ],
        )
        arrived = [each["Id"] for each in sent.get("Successful", [])]
        if arrived:
            handles = [{"Id": name, "ReceiptHandle": received[name]["ReceiptHandle"]} for name in arrived]
            sqs.delete_message_batch(QueueUrl=source, Entries=handles)
            yield len(arrived)
        if refused := sent.get("Failed"):
            raise CannotGoOn(f"{len(refused)} messages stay where they are: {refused[0]['Code']}. Try again later.")
