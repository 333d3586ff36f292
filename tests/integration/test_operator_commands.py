"""The operator's commands for what failed and for the status, on moto: a stack with the template's settings."""

import base64
import gzip
import json
import re
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import boto3
import pytest

from chalicelib.models.certificates.terms import CertificateKind
from chalicelib.models.certificates.trusted_keys import TrustedKey
from chalicelib.storage.certificates.trusted_keys import TrustedKeys
from infra import stacks
from infra.accounts import Account
from infra.operation import aside, status
from infra.operation.redrive import QUEUES
from tests.integration.conftest import Clock
from tests.integration.policy.drafts import SHIPPED
from tests.tables import REGION, by_botocore, client
from tests.unit.infra.template import TEMPLATE

Run = Callable[..., str]
ALARMS = ("FailuresAlarm", "SlownessAlarm")


class CloudWatch:
    """What CloudWatch has, for a client that checks requests as every client does. moto has none of it."""

    def __init__(self) -> None:
        self.alarms = dict.fromkeys(ALARMS, "OK")
        """States by names."""
        self.ages: dict[str, float] = {}
        """In seconds, by the queue's name in AWS."""
        self.spent: float | None = None
        """US$."""

    def client(self) -> Any:
        made = boto3.Session("test", "test", region_name=REGION).client("cloudwatch")
        made.meta.events.register("before-parameter-build.cloudwatch", self._keep)
        made.meta.events.register("before-call.cloudwatch", self._answer)
        return made

    def _keep(self, params: Any, **_: Any) -> None:
        self._asked = params

    def _answer(self, model: Any, **_: Any) -> tuple[Any, Any]:
        return Mock(status_code=200), getattr(self, f"_{model.name}")(self._asked)

    def _DescribeAlarms(self, asked: Any) -> Any:  # noqa: N802 - the operation's name
        changed = datetime.now(UTC) - timedelta(hours=3)
        found = [
            {
                "AlarmName": f"stack-{name}",
                "StateValue": state,
                "StateUpdatedTimestamp": changed,
                "AlarmDescription": TEMPLATE["Resources"][name]["Properties"]["AlarmDescription"],
            }
            for name, state in self.alarms.items()
        ]
        return {"MetricAlarms": [each for each in found if each["AlarmName"] in asked["AlarmNames"]]}

    def _GetMetricData(self, asked: Any) -> Any:  # noqa: N802
        queues = {
            each["Id"]: each["MetricStat"]["Metric"]["Dimensions"][0]["Value"] for each in asked["MetricDataQueries"]
        }
        ages = {each: [self.ages[name]] if name in self.ages else [] for each, name in queues.items()}
        return {"MetricDataResults": [{"Id": each, "Values": values} for each, values in ages.items()]}

    def _GetMetricStatistics(self, _: Any) -> Any:  # noqa: N802
        return {"Datapoints": [] if self.spent is None else [{"Maximum": self.spent}]}


class Amazon(Account):
    """moto, with what it does not have."""

    cloudwatch = CloudWatch()

    def client(self, service: str) -> Any:
        if service == "cloudwatch":
            return self.cloudwatch.client()
        made = Account.client(self, service)
        if service == "sns":
            made.meta.events.register("before-call.sns.GetSMSSandboxAccountStatus", _new_account)
        return made


def _new_account(**_: Any) -> tuple[Any, Any]:
    """Accounts begin in SNS's sandbox. moto does not know it."""
    return Mock(status_code=200), {"IsInSandbox": True}


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> CloudWatch:
    own = CloudWatch()
    monkeypatch.setattr(Amazon, "cloudwatch", own)
    return own


@pytest.fixture
def stack(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A stack with queues and alarms. Returns its outputs."""
    resources: dict[str, Any] = {
        "SetAsideQueue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "aside"}},
    }
    outputs: dict[str, Any] = {
        "ReferenceTableName": aws["REFERENCE_TABLE"],
        "SetAsideQueueUrl": {"Ref": "SetAsideQueue"},
        "EndpointURL": "https://gateway.example/api/",
    }
    for name in (f"{queue.capitalize()}{kind}" for queue in QUEUES for kind in ("Queue", "DeadLetters")):
        resources[name] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"of-stack-{name}"}}
        outputs[f"{name}Url"] = {"Ref": name}
    # moto's CloudFormation makes no alarms.
    monkeypatch.setattr(stacks, "resources", lambda *_: {name: f"stack-{name}" for name in ALARMS})
    template = {
        "Metadata": {"Release": {"version": "0.1.0", "commit": "0123456789", "before": "0.0.9 (abc)"}},
        "Parameters": {
            name: {key: each[key] for key in ("Type", "Default")} for name, each in TEMPLATE["Parameters"].items()
        },
        "Resources": resources,
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    given = {"Stage": "test", "PublicUrl": "https://pass.example", "AlarmEmail": "oncall@example.org"}
    client("cloudformation").create_stack(
        StackName="tay-ninh-pass-test",
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
    )
    (made,) = client("cloudformation").describe_stacks(StackName="tay-ninh-pass-test")["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in made["Outputs"]}


@pytest.fixture
def run(
    stack: dict[str, str], cloudwatch: CloudWatch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run a command; returns what it prints."""
    account = Amazon(boto3.Session("test", "test", region_name=REGION), REGION)
    for module in (aside, status):
        monkeypatch.setattr(module, "chosen", lambda *_: (account, "test"))

    def typed(module: Any, *arguments: str) -> str:
        capsys.readouterr()
        module.main(ArgumentParser(), arguments)
        return capsys.readouterr().out

    return typed


def send(url: str, *bodies: Any) -> None:
    for body in bodies:
        text = body if isinstance(body, str) else json.dumps(body)
        client("sqs").send_message(QueueUrl=url, MessageBody=text)


def test_dead_letters_are_shown_stay_and_go_back(run: Run, stack: dict[str, str]) -> None:
    send(
        stack["MessagesDeadLettersUrl"],
        {"kind": "pass_revoked", "subject": "8Z1C96WBN319600K"},
        {"kind": "Nguyen Van A", "subject": "0912345678"},
        "Nguyen Van A",
    )
    shown = run(aside, "show", "messages")
    assert "3 shown." in shown
    assert "pass_revoked of " in shown
    assert "of an unknown kind of a subject of 10 characters, not shown" in shown
    assert "a text of 12 characters that is no event" in shown
    assert "Nguyen" not in shown
    assert "messages                3" in run(aside, "list")
    assert run(aside, "resend", "messages") == "3 messages are back in the queue messages.\n"
    assert "Nothing is set aside" in run(aside, "list")


def test_what_people_wrote_is_not_shown(run: Run, stack: dict[str, str]) -> None:
    wrote = {"event_name": "user_send_text", "sender": {"id": "2468458835296197922"}, "message": {"text": "xin chao"}}
    send(stack["ConversationsDeadLettersUrl"], wrote)
    shown = run(aside, "show", "conversations")
    assert "an event of the Official Account, user_send_text" in shown
    assert "xin chao" not in shown
    assert "2468" not in shown


def test_what_was_set_aside_says_where_it_came_from(run: Run, stack: dict[str, str]) -> None:
    lines = {"logGroup": "/tay-ninh-pass/test/gate", "logEvents": [{"message": "Nguyen Van A"}, {"message": "b"}]}
    packed = base64.b64encode(gzip.compress(json.dumps(lines).encode())).decode()
    batch = {"shardId": "shard-1", "startSequenceNumber": "1", "endSequenceNumber": "9", "batchSize": 4}
    send(
        stack["SetAsideQueueUrl"],
        {"requestPayload": {"awslogs": {"data": packed}}},
        {"requestPayload": {"awslogs": {"data": "spoiled"}}},
        {"DDBStreamBatchInfo": batch},
        {"something": "else"},
    )
    shown = run(aside, "show", "set-aside")
    assert "2 lines of the log /tay-ninh-pass/test/gate, for the audit log" in shown
    assert "0 lines of the log ?" in shown
    assert "a batch of 4 records that the stream gave up" in shown
    assert "a message of an unknown form" in shown
    assert "Nguyen" not in shown


def test_in_a_new_account_only_its_settings_for_sms_are_left_to_do(run: Run) -> None:
    screen = run(status)
    assert "Version       0.1.0 (0123456789), last change 0 min ago" in screen
    assert "\n              before it 0.0.9 (abc)\n" in screen
    assert f"Policy        {SHIPPED['version']}, " in screen
    assert "Alarms        none of 2 has gone off" in screen
    assert "PublicUrl=https://pass.example" in screen
    assert "Queues        9 of 9 are empty" in screen
    assert re.findall(r"^ +\d\. (.*)", screen, re.MULTILINE) == [
        "Only verified numbers get SMS: ask AWS to move the account out of the SMS sandbox.",
        "SNS writes no log of SMS that fail: switch delivery status logging on in its console.",
    ]


def test_a_stage_with_troubles_says_what_to_do_first(run: Run, stack: dict[str, str], cloudwatch: CloudWatch) -> None:
    cloudwatch.alarms["FailuresAlarm"] = "ALARM"
    cloudwatch.ages["of-stack-TracingQueue"] = 900
    cloudwatch.spent = 90
    client("sns").set_sms_attributes(attributes={"MonthlySpendLimit": "100"})
    send(stack["TracingQueueUrl"], {"kind": "pass_revoked", "subject": "x"})
    send(stack["CountsDeadLettersUrl"], {"kind": "pass_revoked", "subject": "x"})
    client("ssm").delete_parameter(Name="/tay-ninh-pass/test/webhook-key")
    screen = run(status)
    assert "tracing: 1 wait, 0 are being done, 0 are delayed, the oldest 900 s old" in screen
    assert "US$ 90.00 of 100.00 this month" in screen
    to_do = [line.partition(". ")[2] for line in screen.partition("\nNext\n")[2].splitlines()]
    assert to_do[0] == f"webhook-key missing: python -m infra keys make --stage test --region {REGION}"
    assert to_do[1].startswith("FailuresAlarm: ")
    assert to_do[2].startswith("Dead letters of counts: python -m infra aside show counts --stage test")
    assert to_do[3].startswith("The queue tracing waits")
    assert to_do[4].startswith("SMS have used 90%")


def test_a_table_that_is_gone_is_the_first_thing_to_do_and_leaves_the_rest(run: Run) -> None:
    assert "Tables        1 are there" in run(status)
    client("dynamodb").delete_table(TableName="reference")
    screen = run(status)
    assert "Tables        reference is gone (reference)" in screen
    assert "1. The table reference is gone: docs/operations/restoring.md#a-table-is-gone" in screen
    assert "Policy        not known: AWS" in screen
    assert "Queues        9 of 9 are empty" in screen


def test_a_signing_key_grows_old(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(days=201)

    monkeypatch.setattr(status, "datetime", Later)
    assert "The signing key is old: python -m infra keys rotate --stage test" in run(status)


def test_a_country_whose_keys_end_soon_is_named(run: Run, clock: Clock) -> None:
    put_by: dict[str, Any] = {
        "uses": [CertificateKind.VACCINATION],
        "put_by": "x",
        "put_at": clock(),
        "valid_from": clock() - timedelta(days=300),
    }
    keys = [
        TrustedKey(kid=kid, country=country, public_key="AA==", valid_until=clock() + timedelta(days=days), **put_by)
        for kid, country, days in (("AAAA", "VN", -9), ("BBBB", "VN", 9), ("CCCC", "LA", 9), ("DDDD", "LA", 900))
    ]
    TrustedKeys(by_botocore().reference, clock=clock).put(keys)
    screen = run(status)
    assert "the newest key of VN ends" in screen
    assert "Send the new keys of VN: docs/operations/trust-list.md." in screen
    assert "key of LA" not in screen
