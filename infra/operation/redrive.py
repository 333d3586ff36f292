"""Give what failed another try: move messages from a dead-letter queue back to the queue they came from.

    python -m infra.redrive tracing --stage prod

Each message is sent before it is deleted, so nothing is lost if this is interrupted; one may come twice then, which the
workers are made for. Find out first why they failed, or they will fail again.
"""

import argparse
import sys
from typing import Any

from infra.accounts import add_arguments, chosen, stack_name
from infra.deployment.cloudformation import outputs
from infra.errors import CannotGoOn, exit_code

_BATCH = 10
"""Messages, as many as SQS takes."""
_LOOK_FOR = 3
"""Seconds in which all of SQS's servers are asked, and not a sample of them."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.redrive", description="Try failed messages again.")
    parser.add_argument("queue", choices=("tracing", "messages"))
    add_arguments(parser)
    options = parser.parse_args()
    account, stage = chosen(parser, options)
    named = outputs(account, stack_name(stage))
    prefix = options.queue.capitalize()
    moved = Moved()
    try:
        move(account.client("sqs"), named[f"{prefix}DeadLettersUrl"], named[f"{prefix}QueueUrl"], moved)
    finally:
        print(f"{moved.count} messages are back in the queue {options.queue}.")


class Moved:
    """How many messages were moved so far."""

    def __init__(self) -> None:
        self.count = 0


def move(sqs: Any, source: str, target: str, moved: Moved) -> None:
    """Move all messages from one queue to another. Raises `CannotGoOn` if the other does not take one."""
    while True:
        answer = sqs.receive_message(
            QueueUrl=source, MaxNumberOfMessages=_BATCH, WaitTimeSeconds=_LOOK_FOR, MessageAttributeNames=["All"]
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
            moved.count += len(arrived)
        if refused := sent.get("Failed"):
            raise CannotGoOn(f"{len(refused)} messages stay where they are: {refused[0]['Code']}. Try again later.")


if __name__ == "__main__":
    sys.exit(exit_code(main))
