"""A change that loses records is found before a deployment."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from infra.accounts import REGION
from infra.deployment import releases

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
    """The changes if these resources were the given ones; None for one that was removed."""
    now = deepcopy(RELEASED)
    for name, resource in resources.items():
        if resource is None:
            del now["Resources"][name]
        else:
            now["Resources"][name] = resource
    return releases.changes(releases.summary(RELEASED), releases.summary(now), REGION)


def test_a_name_that_an_operator_may_give_to_a_new_table_loses_nothing() -> None:
    now = deepcopy(RELEASED)
    now["Resources"]["Table"] = table(TableName={"Fn::If": ["Renewed", "mine", {"Ref": "AWS::NoValue"}]})
    now["Conditions"] = {"Renewed": {"Fn::Not": [{"Fn::Equals": [{"Ref": "NewTable"}, ""]}]}}
    for default, losses in (("", []), ("2", ["it holds records, and is replaced by an empty one"])):
        now["Parameters"] = {**RELEASED["Parameters"], "NewTable": {"Type": "String", "Default": default}}
        found = releases.changes(releases.summary(RELEASED), releases.summary(now), REGION)
        assert [each.loss for each in found if each.loss] == losses


def table(**changes: Any) -> dict[str, Any]:
    return {**TABLE, "Properties": {**TABLE["Properties"], **changes}}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("resources", "lost"),
    [
        ({"Table": None}, "it holds records, and is no longer in the stack"),
        ({"Queue": None}, "it holds events, and is no longer in the stack"),
        ({"Table": table(KeySchema=[])}, "it holds records, and is replaced by an empty one"),
        ({"Table": table(TableName="mine")}, "it holds records, and is replaced by an empty one"),
        ({"Table": table(StreamSpecification={"StreamViewType": "NEW_IMAGE"})}, "events that are in it are lost"),
        (
            {"Table": {**TABLE, "DeletionPolicy": "Delete"}},
            "it holds records, and is no longer kept when the stack removes it",
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
    ("resources", "listed"),
    [
        ({}, []),
        ({"Function": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "two.zip", "Timeout": 20}}}, []),
        ({"Alarm": None}, ["- Alarm (AWS::CloudWatch::Alarm)"]),
        ({"Another": TABLE}, ["+ Another (AWS::DynamoDB::Table)"]),
        ({"Table": table(DeletionProtectionEnabled=True)}, ["~ Table, DeletionProtectionEnabled"]),
    ],
)
def test_a_change_that_loses_nothing_is_listed(resources: dict[str, Any], listed: list[str]) -> None:
    changes = since_release(**resources)
    assert [str(each) for each in changes] == listed
    assert not any(each.loss for each in changes)


def test_a_route_that_another_function_serves_is_listed() -> None:
    def api(function: str) -> dict[str, Any]:
        uri = {"Fn::Sub": f"arn:${{AWS::Partition}}:lambda:path/functions/${{{function}.Arn}}/invocations"}
        paths = {"/checks": {"post": {"x-amazon-apigateway-integration": {"uri": uri}}}}
        resource = {"Type": "AWS::Serverless::Api", "Properties": {"DefinitionBody": {"paths": paths}}}
        return releases.summary({"Parameters": {}, "Resources": {"Api": resource}})

    (change,) = releases.changes(api("Gate"), api("Office"), REGION)
    assert str(change) == "~ Api, DefinitionBody"


def test_a_release_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "released.yaml"
    assert releases.read(file) is None
    releases.write(RELEASED, file)
    assert releases.read(file) == releases.summary(RELEASED)


def test_the_first_stream_of_a_table_loses_nothing() -> None:
    without = deepcopy(RELEASED)
    del without["Resources"]["Table"]["Properties"]["StreamSpecification"]
    (change,) = releases.changes(releases.summary(without), releases.summary(RELEASED), REGION)
    assert (str(change), change.loss) == ("~ Table, StreamSpecification", None)
