"""What an account lacks for real people, as a deployment says it."""

from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from infra.deployment.quotas import DELIVERY_LOG, missing


class Client(NamedTuple):
    """SNS and Lambda, as far as they are asked."""

    in_sandbox: bool = False
    attributes: dict[str, str] = {"MonthlySpendLimit": "5000", "DeliveryStatusIAMRole": "arn:aws:iam::1:role/sns"}
    executions: int = 1000
    refuses: bool = False

    def get_sms_sandbox_account_status(self) -> dict[str, Any]:
        if self.refuses:
            raise ClientError({"Error": {"Code": "InvalidAction"}}, "GetSMSSandboxAccountStatus")
        return {"IsInSandbox": self.in_sandbox}

    def get_sms_attributes(self, attributes: list[str]) -> dict[str, Any]:
        return {"attributes": {name: value for name, value in self.attributes.items() if name in attributes}}

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"ConcurrentExecutions": self.executions}}


class Amazon(NamedTuple):
    answers: Client

    def client(self, _: str) -> Client:
        return self.answers


@pytest.mark.parametrize(
    ("answers", "beginnings"),
    [
        (Client(), []),
        (
            Client(in_sandbox=True, attributes={}, executions=10),
            [
                "The account is in the SMS sandbox",
                "The account may spend US$ 1 a month",
                DELIVERY_LOG,
                "Lambda runs 10 ",
            ],
        ),
        (Client(refuses=True), ["Whether the account is in SNS's sandbox for SMS is not known (InvalidAction)"]),
    ],
)
def test_a_deployment_says_what_the_account_lacks(answers: Client, beginnings: list[str]) -> None:
    account: Any = Amazon(answers)
    lines = missing(account)
    assert len(lines) == len(beginnings)
    for line, beginning in zip(lines, beginnings, strict=True):
        assert line.startswith(beginning)
