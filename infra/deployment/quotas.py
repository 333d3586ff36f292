"""What the account lacks for real people: SNS's settings for SMS, and Lambda's quota. Read before a deployment begins.

None of it can be set by a template, and SNS takes texts that it will never deliver without a word.
"""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.accounts import Account

USUAL_EXECUTIONS = 1000
"""Executions of Lambda at once in an account whose quota was raised; some new accounts begin with 10."""
NEW_LIMIT = "1"
"""US$ a month, for SMS, of a new account. SNS says nothing if nobody has set another one."""
DELIVERY_LOG = (
    "SNS writes no log of SMS that fail. In its console, Text messaging (SMS), switch delivery status logging on, with "
    "a success sample rate of 0."
)


def missing(account: Account) -> list[str]:
    """Sentences on what to do. What AWS does not answer is to be looked at by hand."""
    return [line for look in (_sandbox, _limit, _executions) for line in _asked(look, account)]


def _asked(look: Callable[[Account], Iterator[str]], account: Account) -> list[str]:
    try:
        return list(look(account))
    except (BotoCoreError, ClientError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        return [f"{str(look.__doc__).rstrip('.')} is not known ({code}): look in the console."]


def _sandbox(account: Account) -> Iterator[str]:
    """Whether the account is in SNS's sandbox for SMS."""
    if account.client("sns").get_sms_sandbox_account_status()["IsInSandbox"]:
        yield "The account is in the SMS sandbox: only verified numbers get texts. Ask AWS to move it out."


def _limit(account: Account) -> Iterator[str]:
    """The month's limit for SMS."""
    names = ["MonthlySpendLimit", "DeliveryStatusIAMRole"]
    attributes: dict[str, Any] = account.client("sns").get_sms_attributes(attributes=names)["attributes"]
    limit = attributes.get("MonthlySpendLimit", NEW_LIMIT)
    if float(limit) <= float(NEW_LIMIT):
        yield f"The account may spend US$ {limit} a month on SMS. SNS takes more texts and drops them: raise the limit."
    if not attributes.get("DeliveryStatusIAMRole"):
        yield DELIVERY_LOG


def _executions(account: Account) -> Iterator[str]:
    """Lambda's quota of executions at once."""
    quota = account.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if quota < USUAL_EXECUTIONS:
        yield f"Lambda runs {quota} functions at once; {USUAL_EXECUTIONS} are usual. Ask for more in Service Quotas."
