"""A person's request at the command line, and the line that it leaves in the audit log."""

from argparse import Namespace
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from chalicelib.services.rights.persons import Archive, Asked
from infra.accounts import Account, stack_name
from infra.operation.audit_lines import write_line
from infra.operation.persons.archives import days
from infra.stacks import parameters

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
    write_line(request.account, request.stage, stream="persons", action=action, codes=codes, why=_WHY)
