"""What is looked at before anything is deployed: rights, what a change would lose, and that the papers are complete."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from chalicelib.models.crossings import Decision
from chalicelib.models.messages import Outcome
from chalicelib.models.passes import Verdict
from chalicelib.models.staff import PostingForm
from infra.accounts import REGION
from infra.deployment import releases
from infra.deployment import rights as policies
from infra.deployment.cloudformation import Template
from infra.deployment.deploy import first_postings, resolved
from infra.errors import CannotGoOn
from infra.packaging.package import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads `!Ref name` as `name`, and so on."""


def _tagged(loader: Any, _tag: str, node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    return loader.construct_sequence(node, deep=True)


_Loader.add_multi_constructor("!", _tagged)


def written() -> Template:
    """The template as it is written, without what Chalice adds."""
    template: Template = yaml.load((ROOT / "infra" / "template.yaml").read_text(encoding="utf-8"), _Loader)  # noqa: S506
    return template


TEMPLATE = written()


def role(*statements: dict[str, Any], **properties: Any) -> Template:
    policy = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
    return {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy], **properties}}}}


def allow(actions: str | list[str], resource: Any, sid: str = "Some") -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


NARROW = allow(["dynamodb:PutItem"], {"Fn::GetAtt": ["Table", "Arn"]})


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (role(NARROW), None),
        (role(allow("sns:Publish", "*")), None),
        (role({**NARROW, "Effect": "Deny", "Resource": "*"}), None),
        (role({key: value for key, value in NARROW.items() if key != "Sid"}), "Role: statement 1 has no Sid"),
        (role(NARROW, NARROW), "Role: two statements are called Some"),
        (role(allow("dynamodb:*", {"Ref": "Table"})), "Role: Some: the action dynamodb:* is more than one"),
        (role(allow("dynamodb:Query", "*")), "Role: Some: dynamodb:Query is allowed on *; name the resource"),
        (
            role(allow(["sns:Publish", "sqs:SendMessage"], {"Fn::Sub": "arn:${AWS::Partition}:sqs:*"})),
            "Role: Some: sqs:SendMessage is allowed on arn:${AWS::Partition}:sqs:*; name the resource",
        ),
        (
            role({"Sid": "Some", "Effect": "Allow", "NotAction": "iam:*", "Resource": {"Ref": "Table"}}),
            "Role: Some: NotAction allows what nobody has thought of",
        ),
        (
            role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
            "Role: the policy arn:aws:iam::aws:policy/AdministratorAccess is AWS's own; write what is needed",
        ),
    ],
)
def test_a_right_that_is_too_wide_is_found(template: Template, problem: str | None) -> None:
    assert policies.problems(template) == ([problem] if problem else [])


def test_the_policies_that_ship_are_narrow() -> None:
    for file in sorted((ROOT / ".chalice").glob("policy-*.json")):
        assert policies.problems(role(*json.loads(file.read_text())["Statement"])) == []


TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "DeletionPolicy": "RetainExceptOnCreate",
    "Properties": {
        "KeySchema": [{"AttributeName": "code", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
    },
}
RELEASED: dict[str, Any] = {
    "Parameters": {"Stage": {"Type": "String", "Default": "prod"}},
    "Resources": {
        "Table": TABLE,
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Threshold": 1}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 120}},
        "Function": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "one.zip", "Timeout": 20}},
    },
}


def since_release(**resources: Any) -> list[releases.Change]:
    """The changes if these resources were what is given; None for one that is there no more."""
    now = deepcopy(RELEASED)
    for name, resource in resources.items():
        if resource is None:
            del now["Resources"][name]
        else:
            now["Resources"][name] = resource
    return releases.changes(releases.summary(RELEASED), releases.summary(now), REGION)


def table(**changes: Any) -> dict[str, Any]:
    return {**TABLE, "Properties": {**TABLE["Properties"], **changes}}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("resources", "lost"),
    [
        ({"Table": None}, "it holds records, and is not in the stack any more"),
        ({"Queue": None}, "it holds events, and is not in the stack any more"),
        ({"Table": table(KeySchema=[])}, "it holds records, and is replaced by an empty one"),
        ({"Table": table(TableName="mine")}, "it holds records, and is replaced by an empty one"),
        ({"Table": table(StreamSpecification={"StreamViewType": "NEW_IMAGE"})}, "events that are in it are lost"),
        (
            {"Table": {**TABLE, "DeletionPolicy": "Delete"}},
            "it holds records, and is not kept any more when the stack lets go of it",
        ),
        (
            {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 120, "QueueName": "q"}}},
            "it holds events, and is replaced by an empty one",
        ),
    ],
)
def test_a_change_that_loses_records_is_found(resources: dict[str, Any], lost: str) -> None:
    assert lost in [each.loss for each in since_release(**resources)]


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        ({}, []),
        ({"Function": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "two.zip", "Timeout": 20}}}, []),
        ({"Alarm": None}, ["- Alarm (AWS::CloudWatch::Alarm)"]),
        ({"Another": TABLE}, ["+ Another (AWS::DynamoDB::Table)"]),
        ({"Table": table(DeletionProtectionEnabled=True)}, ["~ Table, DeletionProtectionEnabled"]),
    ],
)
def test_other_changes_are_told(resources: dict[str, Any], told: list[str]) -> None:
    found = since_release(**resources)
    assert [str(each) for each in found] == told
    assert not any(each.loss for each in found)


def test_a_release_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "released.yaml"
    assert releases.read(file) is None
    releases.write(RELEASED, file)
    assert releases.read(file) == releases.summary(RELEASED)


def test_a_setting_that_cannot_be_is_refused_before_anything_is_done() -> None:
    assert resolved(TEMPLATE, "prod", ["Maintenance=true"])["Maintenance"] == "true"
    for wrong in ("CorsOrigins=example.vn", "PublicRate=0", "Maintenance=yes", "Nonsense=1", "LogRetentionDays=2"):
        with pytest.raises(CannotGoOn):
            resolved(TEMPLATE, "prod", [wrong])


def test_origins_are_listed_by_commas() -> None:
    for origins in ("", "*", "https://a.example", "https://a.example,http://localhost:8080"):
        assert resolved(TEMPLATE, "prod", [f"CorsOrigins={origins}"])["CorsOrigins"] == origins


def test_how_the_first_members_of_staff_are_posted_is_told_in_what_the_stack_and_the_api_take() -> None:
    told = first_postings("https://api.example", "--user-pool-id pool", "client")
    (flow,) = re.findall(r"--auth-flow (\w+)", told)
    assert f"ALLOW_{flow}" in TEMPLATE["Resources"]["StaffClient"]["Properties"]["ExplicitAuthFlows"]
    ((method, path),) = re.findall(r"curl -X (\w+) https://api\.example(\S+)", told)
    assert f'"{method} {path.replace("$SUBJECT", "{subject}")}"' in (ROOT / "app.py").read_text()
    (body,) = re.findall(r"-d '(.*)'", told)
    assert PostingForm.model_validate_json(body).checkpoint == "ID"
    assert told.count("\\\n") == 4


def test_every_alarm_names_a_section_that_says_what_to_do() -> None:
    sections = re.findall(r"^#+ (.*)$", OPERATIONS, re.MULTILINE)
    alarms = {
        name: each["Properties"]["AlarmDescription"]
        for name, each in TEMPLATE["Resources"].items()
        if each.get("Type") == "AWS::CloudWatch::Alarm"
    }
    for name, description in alarms.items():
        (section,) = re.findall(r'See docs/operations.md, "(.*)"\.$', description)
        assert section in sections, name
        assert f"`{name}`" in OPERATIONS


def test_every_setting_is_told() -> None:
    assert [name for name in TEMPLATE["Parameters"] if f"`{name}`" not in OPERATIONS] == []


def test_the_dashboard_shows_every_verdict_decision_and_outcome() -> None:
    shown = TEMPLATE["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
    json.loads(shown)
    for prefix, kinds in (("Verdict", Verdict), ("Crossing", Decision), ("Message", Outcome)):
        assert [each for each in kinds if f'"{prefix}_{each}"' not in shown] == []
