"""The stack's template, as SAM makes it, on moto's CloudFormation: a second engine resolves what it refers to."""

import json
import os
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from moto import mock_aws

from infra.accounts import REGION
from tests.tables import client
from tests.transformed import transformed

pytestmark = [
    pytest.mark.skipif(not {"CI_ALL", "CONFORMANCE"} & os.environ.keys(), reason="a part of make conformance"),
    pytest.mark.filterwarnings("ignore:Tried to parse"),  # of types that moto does not make: alarms, the dashboard
]

_REFUSED = {
    "AWS::ApiGateway::Deployment",  # moto ignores the API's definition: there is nothing to deploy
    "AWS::ApiGateway::Stage",
    "AWS::CloudFront::Distribution",  # it has no attributes
    "AWS::Lambda::Permission",  # it finds no function by an alias
    "AWS::WAFv2::WebACLAssociation",
}
"""What is left out, with all that refers to it."""


def test_every_table_queue_role_and_function_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", REGION)):
        monkeypatch.setenv(f"AWS_{name}", value)
    made = transformed()
    resources: dict[str, Any] = made["Resources"]
    resources["RestAPI"]["Properties"]["Name"] = "moto wants one"
    _leave_out(made)
    code = BytesIO()
    with ZipFile(code, "w") as zipped:
        zipped.writestr("app.py", "")
    with mock_aws():
        s3, formation = client("s3"), client("cloudformation")
        s3.create_bucket(Bucket="packages", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket="packages", Key="code.zip", Body=code.getvalue())
        s3.put_object(Bucket="packages", Key="stack.json", Body=json.dumps(made).encode())
        url = f"https://packages.s3.{REGION}.amazonaws.com/stack.json"
        formation.create_stack(StackName="stack", TemplateURL=url, Capabilities=["CAPABILITY_IAM"])
        (stack,) = formation.describe_stacks(StackName="stack")["Stacks"]
        found = {
            "AWS::DynamoDB::Table": client("dynamodb").list_tables()["TableNames"],
            "AWS::IAM::Role": client("iam").list_roles()["Roles"],
            "AWS::Lambda::Function": client("lambda").list_functions()["Functions"],
            "AWS::SQS::Queue": client("sqs").list_queues()["QueueUrls"],
        }
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    meant = {kind: sum(each["Type"] == kind for each in resources.values()) for kind in found}
    assert {kind: len(each) for kind, each in found.items()} == meant
    assert {each["OutputKey"] for each in stack["Outputs"]} >= {"EntriesTableName", "SetAsideQueueUrl"}


def _leave_out(made: dict[str, Any]) -> None:
    resources, outputs = made["Resources"], made["Outputs"]
    gone = {name for name, each in resources.items() if each["Type"] in _REFUSED}
    while more := {name for name, each in resources.items() if name not in gone and _refers(each, gone)}:
        gone |= more
    for name in gone:
        del resources[name]
    for name in [name for name, each in outputs.items() if _refers(each, gone)]:
        del outputs[name]
    for each in resources.values():
        if "DependsOn" in each:
            named = each["DependsOn"] if isinstance(each["DependsOn"], list) else [each["DependsOn"]]
            each["DependsOn"] = [name for name in named if name not in gone]


def _refers(part: Any, names: set[str]) -> bool:
    text = json.dumps(part)
    ways = ('"Ref": "{}"', '"Fn::GetAtt": ["{}"', "${{{}}}", "${{{}.")
    return any(way.format(name) in text for name in names for way in ways)
