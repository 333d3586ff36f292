"""Process failed events again: move messages from a dead-letter queue back to the queue they came from.

    python -m infra redrive tracing --stage prod

Find out first why they failed, or they will fail again. A message is sent before it is deleted, so nothing is lost if
this is interrupted; a message may then arrive twice, which does no harm.
"""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from typing import Any

from infra.accounts import add_arguments, chosen, stack_name
from infra.errors import CannotGoOn
from infra.stacks import outputs

_BATCH = 10
"""Messages: the most that SQS takes at once."""
_WAIT = 3
"""Seconds. With a wait, SQS asks all of its servers, not a sample of them."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument(
        "queue",
        choices=("tracing", "messages", "declared", "webhooks", "conversations", "waves", "cases", "stays", "counts"),
    )
    add_arguments(parser)
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    urls = outputs(account, stack_name(stage))
    prefix = options.queue.capitalize()
    moved = 0
    try:
        for count in move(account.client("sqs"), urls[f"{prefix}DeadLettersUrl"], urls[f"{prefix}QueueUrl"]):
            moved += count
    finally:
        print(f"{moved} messages are back in the queue {options.queue}.")


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
