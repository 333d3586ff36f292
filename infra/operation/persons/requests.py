"""A person's request at the command line, and the line that it leaves in the audit log."""

import json
import time
from argparse import Namespace
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from chalicelib.services.rights.persons import Archive, Asked
from infra.accounts import Account, stack_name
from infra.operation.persons.archives import days
from infra.stacks import outputs, parameters

_WHY = "a person's request"


class Request(NamedTuple):
    """What an action is called with."""

    asked: Asked
    options: Namespace
    archive: Archive
    account: Account
    stage: str

    def days(self, parameter: str) -> timedelta:
        """A setting of the stage."""
        return days(parameters(self.account, stack_name(self.stage)), parameter)


def audit(request: Request, action: str, codes: Iterable[str]) -> None:
    """A line in the stage's audit log, like those of staff's looks. `staff` is the caller's identity in AWS."""
    group = outputs(request.account, stack_name(request.stage))["AuditLogs"]
    now = datetime.now(UTC)
    line = {
        "level": "INFO",
        "message": "audit",
        "timestamp": now.isoformat(timespec="milliseconds"),
        "service": "tay-ninh-pass-audit",
        "staff": caller(request.account),
        "roles": ["operator"],
        "action": action,
        "codes": sorted(codes),
        "why": _WHY,
    }
    logs = request.account.client("logs")
    stream = f"persons/{now:%Y-%m-%dT%H-%M-%S.%f}"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(line)}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])


def caller(account: Account) -> str:
    """Who runs this, as AWS knows them."""
    arn: str = account.client("sts").get_caller_identity()["Arn"]
    return arn
