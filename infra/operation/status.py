"""One screen: how a stage is, and what to do next. It changes nothing.

    python -m infra status --stage prod

It asks AWS for each part by itself: a part that the caller may not see, or that the local engine does not know, says so
and leaves the others as they are. Ages of queues are those of the last ten minutes. The spending on SMS is that of the
whole account in this region.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.storage.certificates.trusted_keys import TrustedKeys
from chalicelib.storage.policy.policies import Policies
from infra import stacks
from infra.accounts import Account, add_arguments, chosen, stack_name
from infra.operation.aside import SET_ASIDE, counted, counts
from infra.operation.keys import parameter_of
from infra.operation.redrive import QUEUES
from infra.operation.seed import reference_table

ROTATE_AFTER = timedelta(days=200)
"""Of the signing key: it is rotated twice a year."""
WAITS_LONG = 300
"""Seconds: the age at which a queue's alarm goes off."""
ENDS_SOON = timedelta(days=30)
"""Before its end, something new should be there."""
SPENT_MUCH = 0.8
"""Of the account's limit for SMS."""
TOKENS_RENEWED_WITHIN = timedelta(hours=3)

_SECRETS = ("signing-keys", "hash-key", "webhook-key")
_TABLE = "TableName"
"""What the outputs that name tables end with."""
_ALARMS_AT_ONCE = 100
_FAILED_LAST = ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED")
_CERTIFICATES = "us-east-1"
"""Where CloudFront reads them."""


class Stage:
    """A stage as CloudFormation describes it, and what is left to do there: the most urgent is the lowest number."""

    def __init__(self, account: Account, stage: str, now: datetime) -> None:
        self.account, self.stage, self.now = account, stage, now
        self.name = stack_name(stage)
        self.outputs = stacks.outputs(account, self.name)
        self.settings = stacks.parameters(account, self.name)
        self.stack: Mapping[str, Any] = stacks.described(account, self.name) or {}
        self.template = stacks.template(account, self.name)
        self.to_do: list[tuple[int, str]] = []

    @property
    def is_local(self) -> bool:
        return self.account.endpoint is not None

    def command(self, arguments: str) -> str:
        return f"python -m infra {arguments} {self.account.where(self.stage)}"

    def do(self, urgency: int, what: str) -> None:
        self.to_do.append((urgency, what))


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    add_arguments(parser)
    account, stage = chosen(parser, parser.parse_args(arguments))
    print("\n".join(screen(Stage(account, stage, datetime.now(UTC)))))


def screen(stage: Stage) -> Iterator[str]:
    """The lines. Raises `StackMissing` before the first."""
    yield f"{stage.name}, in {stage.account.region}, at {stage.now:%Y-%m-%d %H:%M} UTC"
    for title, part in _PARTS.items():
        try:
            lines = list(part(stage))
        except (ClientError, BotoCoreError, ServiceUnavailable) as error:
            lines = [f"not known: {_reason(error)}"]
        yield from (f"{title if number == 0 else '':14}{line}" for number, line in enumerate(lines))
    yield ""
    yield "Next" if stage.to_do else "Nothing to do."
    yield from (f"{number:3}. {what}" for number, (_, what) in enumerate(sorted(stage.to_do), 1))


def _version(stage: Stage) -> Iterator[str]:
    release = stacks.release_of(stage.template)
    changed = stage.stack.get("LastUpdatedTime") or stage.stack["CreationTime"]
    status = stage.stack["StackStatus"]
    yield f"{stacks.named(release)}, last change {_ago(stage.now, changed)}, {status.lower().replace('_', ' ')}"
    if "before" in release:
        yield f"before it {release['before']}"
    if status in _FAILED_LAST:
        stage.do(0, f"The last deployment failed ({status}). See the events of {stage.name} in CloudFormation.")


def _settings(stage: Stage) -> Iterator[str]:
    defaults = stacks.defaults(stage.template)
    others = {
        name: stage.settings[name]
        for name, default in defaults.items()
        if name != "Stage" and stage.settings.get(name, default) != default
    }
    yield from [f"{name}={value}" for name, value in others.items()] or ["all are the defaults"]
    if stage.settings["Maintenance"] == "true":
        stage.do(1, f"Maintenance is on: nobody can declare. To end it: {stage.command('settings Maintenance=false')}")
    if stage.is_local:
        return
    if stage.settings["ProtectData"] != "true":
        stage.do(7, f"Tables can be deleted by mistake: {stage.command('settings ProtectData=true')}")
    if not stage.settings["AlarmEmail"]:
        stage.do(6, f"Nobody gets an e-mail about alarms: {stage.command('settings AlarmEmail=…')}")


def _alarms(stage: Stage) -> Iterator[str]:
    if stage.is_local:
        yield "never go off on the local engine"
        return
    physical = stacks.resources(stage.account, stage.name)
    logical = {name: each for each, name in physical.items() if each.endswith("Alarm")}
    names, client = sorted(logical), stage.account.client("cloudwatch")
    found: list[Any] = []
    for first in range(0, len(names), _ALARMS_AT_ONCE):
        answer = client.describe_alarms(AlarmNames=names[first : first + _ALARMS_AT_ONCE])
        found += answer["MetricAlarms"]
    off = [each for each in found if each["StateValue"] == "ALARM"]
    for each in off:
        name = logical[each["AlarmName"]]
        yield f"{name}, {_ago(stage.now, each['StateUpdatedTimestamp'])}"
        stage.do(1, f"{name}: {each.get('AlarmDescription', 'see docs/operations/alarms')}")
    if not off:
        yield f"none of {len(found)} has gone off"
    if "Alarms" in physical:
        topic = stage.account.client("sns").list_subscriptions_by_topic(TopicArn=physical["Alarms"])
        if not any(each["SubscriptionArn"].startswith("arn:") for each in topic["Subscriptions"]):
            stage.do(6, f"{stage.settings['AlarmEmail']} has not confirmed AWS's e-mail, so it gets no alarms.")


def _tables(stage: Stage) -> Iterator[str]:
    client = stage.account.client("dynamodb")
    there = 0
    for output in sorted(each for each in stage.outputs if each.endswith(_TABLE)):
        name, table = stage.outputs[output], output.removesuffix(_TABLE).lower()
        try:
            client.describe_table(TableName=name)
        except client.exceptions.ResourceNotFoundException:
            yield f"{table} is gone ({name})"
            stage.do(0, f"The table {table} is gone: docs/operations/restoring.md#a-table-is-gone")
        else:
            there += 1
    yield f"{there} are there"


def _queues(stage: Stage) -> Iterator[str]:
    sqs = stage.account.client("sqs")
    urls = {each: stage.outputs[f"{each.capitalize()}QueueUrl"] for each in QUEUES}
    ages = {} if stage.is_local else _ages(stage, urls)
    empty = 0
    for queue, url in urls.items():
        waiting, taken, delayed = counts(sqs, url)
        age = ages.get(queue)
        if not (waiting or taken or delayed):
            empty += 1
            continue
        shown = "age not known" if age is None else f"the oldest {age:.0f} s old"
        yield f"{queue}: {waiting} wait, {taken} are being done, {delayed} are delayed, {shown}"
        if age is not None and age > WAITS_LONG:
            stage.do(3, f"The queue {queue} waits: docs/operations/alarms/a-queue-waits.md.")
    yield f"{empty} of {len(urls)} are empty"


def _ages(stage: Stage, urls: Mapping[str, str]) -> dict[str, float]:
    """The age of the oldest message of each queue, in seconds, where CloudWatch has one of the last minutes."""
    queries = [
        {
            "Id": queue,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SQS",
                    "MetricName": "ApproximateAgeOfOldestMessage",
                    "Dimensions": [{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
                },
                "Period": 60,
                "Stat": "Maximum",
            },
        }
        for queue, url in urls.items()
    ]
    answer = stage.account.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=stage.now - timedelta(minutes=10), EndTime=stage.now
    )
    return {each["Id"]: each["Values"][0] for each in answer["MetricDataResults"] if each["Values"]}


def _aside(stage: Stage) -> Iterator[str]:
    waiting = {place: count for place, count in counted(stage.account, stage.outputs).items() if count}
    yield from [f"{place}: {count}" for place, count in waiting.items()] or ["none"]
    for place in waiting:
        what = "What was set aside" if place == SET_ASIDE else f"Dead letters of {place}"
        stage.do(2, f"{what}: {stage.command(f'aside show {place}')}, fix the cause, then aside resend.")


def _sms(stage: Stage) -> Iterator[str]:
    if stage.settings["Sandbox"] == "on":
        yield "none: this is a sandbox"
        return
    if stage.is_local:
        yield "not sent, and not counted, on the local engine"
        return
    attributes = stage.account.client("sns").get_sms_attributes(
        attributes=["MonthlySpendLimit", "DeliveryStatusIAMRole"]
    )["attributes"]
    limit = float(attributes.get("MonthlySpendLimit", 1))  # a new account's
    spent = _spent(stage)
    yield f"US$ {spent:.2f} of {limit:.2f} this month, by SNS; {stage.settings['SmsProvider']} sends to Vietnam"
    if spent >= limit * SPENT_MUCH:
        stage.do(4, f"SMS have used {spent / limit:.0%} of the month's limit: raise it in the console of SNS.")
    if not attributes.get("DeliveryStatusIAMRole"):
        stage.do(6, "SNS writes no log of SMS that fail: switch delivery status logging on in its console.")
    if stage.account.client("sns").get_sms_sandbox_account_status()["IsInSandbox"]:
        yield "the account is in SNS's sandbox"
        stage.do(5, "Only verified numbers get SMS: ask AWS to move the account out of the SMS sandbox.")


def _spent(stage: Stage) -> float:
    """US$ in this month. SNS writes the metric when something is sent, so it may be some days old."""
    month = stage.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    points = stage.account.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SNS",
        MetricName="SMSMonthToDateSpentUSD",
        StartTime=month,
        EndTime=stage.now,
        Period=86_400,
        Statistics=["Maximum"],
    )["Datapoints"]
    return float(max((each["Maximum"] for each in points), default=0))


def _policy(stage: Stage) -> Iterator[str]:
    reference = reference_table(stage.account, stage.outputs["ReferenceTableName"])
    changes = Policies(reference, changed=lambda: None).changes(1)
    if not changes:
        yield "none is in force"
        stage.do(0, f"No policy is in force, so nobody can declare: {stage.command('seed')}")
    for each in changes:
        yield f"{each.version}, {_ago(stage.now, each.stored_at)}"


def _keys(stage: Stage) -> Iterator[str]:
    """When each secret was stored last; nothing is decrypted."""
    client = stage.account.client("ssm")
    beginning = parameter_of(stage.stage, "")
    filters = [{"Key": "Name", "Option": "BeginsWith", "Values": [beginning]}]
    stored = {
        each["Name"].removeprefix(beginning): each["LastModifiedDate"]
        for page in client.get_paginator("describe_parameters").paginate(ParameterFilters=filters)
        for each in page["Parameters"]
    }
    yield from [f"{name}: {_ago(stage.now, at)}" for name, at in sorted(stored.items())] or ["none"]
    if missing := [each for each in _SECRETS if each not in stored]:
        stage.do(0, f"{', '.join(missing)} missing: {stage.command('keys make')}")
    if "signing-keys" in stored and stage.now - stored["signing-keys"] > ROTATE_AFTER:
        stage.do(8, f"The signing key is old: {stage.command('keys rotate')}")
    if "zalo-tokens" in stored and stage.now - stored["zalo-tokens"] > TOKENS_RENEWED_WITHIN:
        stage.do(3, f"Zalo's tokens are not renewed: {stage.command('zalo check')}")


def _certificates(stage: Stage) -> Iterator[str]:
    """Those that end soon: the newest key of each country on the trust list, and the certificate of the domain."""
    reference = reference_table(stage.account, stage.outputs["ReferenceTableName"])
    newest: dict[str, datetime] = {}
    for key in TrustedKeys(reference, clock=lambda: stage.now).all():
        newest[key.country] = max(key.valid_until, newest.get(key.country, key.valid_until))
    soon = {country: end for country, end in newest.items() if end - stage.now < ENDS_SOON}
    for country, end in sorted(soon.items()):
        yield f"the newest key of {country} ends {end:%Y-%m-%d}"
        stage.do(8, f"Send the new keys of {country}: docs/operations/trust-list.md.")
    if not soon:
        yield f"of the trust list's {len(newest)} countries none is near its end"
    if arn := stage.settings["CertificateArn"]:
        acm = stage.account.session.client("acm", region_name=_CERTIFICATES, endpoint_url=stage.account.endpoint)
        end = acm.describe_certificate(CertificateArn=arn)["Certificate"].get("NotAfter")
        yield f"that of {stage.settings['Domain']} ends {end:%Y-%m-%d}" if end else "that of the domain is not issued"
        if end is None or end - stage.now < ENDS_SOON:
            stage.do(4, f"Look at the certificate of {stage.settings['Domain']} in ACM, region {_CERTIFICATES}.")


_PARTS: Mapping[str, Callable[[Stage], Iterator[str]]] = {
    "Version": _version,
    "Settings": _settings,
    "Alarms": _alarms,
    "Tables": _tables,
    "Queues": _queues,
    "Dead letters": _aside,
    "SMS": _sms,
    "Policy": _policy,
    "Secrets": _keys,
    "Certificates": _certificates,
}


def _ago(now: datetime, then: datetime) -> str:
    """`3 h ago (2021-07-22 04:00 UTC)`."""
    minutes = max(0, int((now - then).total_seconds() // 60))
    size, unit = next(((size, unit) for size, unit in ((1440, "days"), (60, "h")) if minutes >= 2 * size), (1, "min"))
    return f"{minutes // size} {unit} ago ({then.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"


def _reason(error: Exception) -> str:
    """Without the message, which may be long: the operation and AWS's code."""
    cause = error.__cause__ if isinstance(error, ServiceUnavailable) else error
    if isinstance(cause, ClientError):
        return f"AWS refused {cause.operation_name} ({cause.response['Error']['Code']})"
    return f"AWS did not answer ({type(cause).__name__})"
