"""Events that failed to the end, or that no function could read: list them, look at them, have them tried again.

    python -m infra aside list --stage prod
    python -m infra aside show messages --stage prod
    python -m infra aside resend messages --stage prod

A place is a queue, whose dead letters are meant, or `set-aside`, the queue of what the streams and the audit log could
not hand over. Find out first why it failed, or it will fail again: dead-letters.md and set-aside.md in
docs/operations/alarms.

`show` takes nothing away, and prints no person's data: of an event its kind and the code that it is about, of a record
that nobody could read only where it came from, of what people wrote to the Official Account nothing.

`resend` of dead letters is `redrive`. What was set aside is given to its function again: what it still cannot do comes
back. A batch that a stream gave up is not in the queue itself, so it stays there.
"""

import base64
import gzip
import json
import re
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped
from infra.accounts import Account, add_arguments, chosen, stack_name
from infra.operation.redrive import QUEUES, dead_letters_of, redrive
from infra.stacks import outputs

SET_ASIDE = "set-aside"
PLACES = (*QUEUES, SET_ASIDE)
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
"""What SQS says of a queue: messages that wait, that somebody has taken, that are delayed."""

_WRITTEN_BY_PEOPLE = "conversations"
"""Its events are Zalo's own: texts of people, and their ids."""
_BATCH = 10
_HELD = 60
"""Seconds for which a message that is looked at is hidden from others."""
_KIND = re.compile(r"[a-z_]{1,40}")
_MADE_BY_US = re.compile(r"[0-9a-f]{16,64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Keyed hashes and ids. Other subjects may have been written by hand, with anything in them."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, line in (
        ("list", "how many wait where"),
        ("show", "what waits in one place, without a person's data"),
        ("resend", "have what waits in one place tried again"),
    ):
        action = actions.add_parser(name, help=line, description=line)
        if name != "list":
            action.add_argument("place", choices=PLACES)
        add_arguments(action)
    actions.choices["show"].add_argument("--most", type=int, default=20, help="messages (%(default)s)")
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    if options.action == "list":
        waiting = counted(account, outputs(account, stack_name(stage)))
        for place, count in waiting.items():
            print(f"{place:16} {count:8}")
        if not any(waiting.values()):
            print("Nothing is set aside.")
    elif options.action == "show":
        _show(account, stage, options.place, options.most)
    elif options.place == SET_ASIDE:
        _resend_set_aside(account, stage)
    else:
        redrive(account, stage, options.place)


def counted(account: Account, stack: Mapping[str, str]) -> dict[str, int]:
    """How many messages are in each place, by the stack's outputs; also those that somebody looks at now."""
    sqs = account.client("sqs")
    return {
        place: sum(counts(sqs, stack[_output(place)]))
        for place in PLACES
        if _output(place) in stack  # a stage of a former release has fewer
    }


def counts(sqs: Any, url: str) -> list[int]:
    """The numbers of `COUNTS`."""
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[*COUNTS])["Attributes"]
    return [int(attributes.get(each, 0)) for each in COUNTS]


def described(place: str, body: str) -> str:
    """What a message is about, without a person's data."""
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        return f"a text of {len(body)} characters that is no event"
    if place == _WRITTEN_BY_PEOPLE:
        return f"an event of the Official Account, {_word(content.get('event_name'))}; its content is not shown"
    if "kind" in content:
        return f"{_word(content['kind'])} of {_subject(content.get('subject'))}"
    return _set_aside(content)


def _set_aside(content: Mapping[str, Any]) -> str:
    if batch := content.get("DDBStreamBatchInfo"):
        return (
            f"a batch of {batch.get('batchSize', '?')} records that the stream gave up; it came at "
            f"{batch.get('approximateArrivalOfFirstRecord', '?')}, shard {batch.get('shardId', '?')}, from "
            f"{batch.get('startSequenceNumber', '?')} to {batch.get('endSequenceNumber', '?')}"
        )
    if payload := _audit_payload(content):
        group, lines = _audit_lines(payload)
        return f"{lines} lines of the log {group}, for the audit log"
    if "eventSourceARN" in content:
        keys = content.get("dynamodb", {}).get("Keys", {})
        names = ", ".join(sorted(keys)) if isinstance(keys, dict) else "?"
        return f"a record of the table {_table(content)} that no function can read; its keys are {names}, not shown"
    return "a message of an unknown form"


def _show(account: Account, stage: str, place: str, most: int) -> None:
    sqs = account.client("sqs")
    url = outputs(account, stack_name(stage))[_output(place)]
    shown = []
    try:
        for message in _received(sqs, url, most):
            shown.append(message)
            tries = message["Attributes"].get("ApproximateReceiveCount", "?")
            print(
                f"{_sent_at(message):%Y-%m-%d %H:%M:%S} UTC  taken {tries} times  {described(place, message['Body'])}"
            )
    finally:
        for message in shown:
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    left = sum(counts(sqs, url)) - len(shown)
    print(f"{len(shown)} shown" + (f", about {left} more." if left > 0 else "."))


def _resend_set_aside(account: Account, stage: str) -> None:
    stack = outputs(account, stack_name(stage))
    sqs, functions, url = account.client("sqs"), account.client("lambda"), stack[_output(SET_ASIDE)]
    # What a function sets aside again is newer.
    began = datetime.now(UTC)
    done = 0
    staying = []
    for message in _received(sqs, url):
        invocation = _invocation(stack, message["Body"]) if _sent_at(message) < began else None
        if invocation is not None:
            name, payload = invocation
            answer = functions.invoke(FunctionName=name, Payload=json.dumps(payload).encode())
            if "FunctionError" not in answer:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                done += 1
                continue
        staying.append(message["ReceiptHandle"])
    for handle in staying:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    print(f"{done} messages were given to their functions again.")
    if left := sum(counts(sqs, url)):
        print(f"About {left} stay. See: python -m infra aside show {SET_ASIDE} {account.where(stage)}")


def _invocation(stack: Mapping[str, str], body: str) -> tuple[str, Any] | None:
    """The function that a message was meant for, and what to give to it; None if the message does not hold it."""
    try:
        content = json.loads(body)
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    if payload := _audit_payload(content):
        return stack["KeepAuditName"], payload
    if "eventSourceARN" not in content:
        return None
    by_table = {stack["EntriesTableName"]: "FanOutName", stack["CasesTableName"]: "FanOutCasesName"}
    return stack[by_table.get(_table(content), "FanOutFactsName")], {"Records": [content]}


def _received(sqs: Any, url: str, most: int = 10_000) -> Iterator[dict[str, Any]]:
    """Messages of a queue, each once: they are hidden from others meanwhile."""
    seen: set[str] = set()
    while len(seen) < most:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(_BATCH, most - len(seen)),
            WaitTimeSeconds=1,
            VisibilityTimeout=_HELD,
            AttributeNames=["All"],
        )
        new = [each for each in answer.get("Messages", []) if each["MessageId"] not in seen]
        if not new:
            return
        for message in new:
            seen.add(message["MessageId"])
            yield message


def _output(place: str) -> str:
    return "SetAsideQueueUrl" if place == SET_ASIDE else dead_letters_of(place)


def _sent_at(message: Mapping[str, Any]) -> datetime:
    milliseconds = int(message["Attributes"].get("SentTimestamp", time.time() * 1000))
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _audit_payload(content: Mapping[str, Any]) -> Any:
    """What `keep_audit` was called with, if a message is about that."""
    payload = content.get("requestPayload", content)
    return payload if isinstance(payload, dict) and "awslogs" in payload else None


def _audit_lines(payload: Mapping[str, Any]) -> tuple[str, int]:
    try:
        lines = json.loads(gzip.decompress(base64.b64decode(payload["awslogs"]["data"])))
        return str(lines["logGroup"]), len(lines["logEvents"])
    except (KeyError, TypeError, ValueError, OSError, EOFError):
        return "?", 0


def _table(record: Mapping[str, Any]) -> str:
    """arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<time>"""
    return str(record["eventSourceARN"]).partition("/")[2].partition("/")[0]


def _word(text: object) -> str:
    return text if isinstance(text, str) and _KIND.fullmatch(text) else "of an unknown kind"


def _subject(text: object) -> str:
    if not isinstance(text, str):
        return "no subject"
    try:
        return str(Code.parse(text))
    except CodeMistyped:
        return text if _MADE_BY_US.fullmatch(text) else f"a subject of {len(text)} characters, not shown"
