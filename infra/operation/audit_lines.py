"""Lines in a stage's audit log about what an operator does at the command line."""

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from infra.accounts import Account, stack_name
from infra.stacks import outputs


def write_line(account: Account, stage: str, *, stream: str, action: str, codes: Iterable[str], why: str) -> None:
    """A line like those of staff's looks. `staff` is the caller's identity in AWS. `stream` begins the name of the log
    stream."""
    group = outputs(account, stack_name(stage))["AuditLogs"]
    now = datetime.now(UTC)
    line = {
        "level": "INFO",
        "message": "audit",
        "timestamp": now.isoformat(timespec="milliseconds"),
        "service": "tay-ninh-pass-audit",
        "staff": caller(account),
        "roles": ["operator"],
        "action": action,
        "codes": sorted(codes),
        "why": why,
    }
    logs = account.client("logs")
    name = f"{stream}/{now:%Y-%m-%dT%H-%M-%S.%f}"
    logs.create_log_stream(logGroupName=group, logStreamName=name)
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(line)}
    logs.put_log_events(logGroupName=group, logStreamName=name, logEvents=[event])


def caller(account: Account) -> str:
    """Who runs this, as AWS knows them."""
    arn: str = account.client("sts").get_caller_identity()["Arn"]
    return arn
