"""A right that allows too much is found before a deployment."""

import json
from typing import Any

import pytest

from infra import ROOT
from infra.deployment.rights import DELETIONS, KEPT, problems
from infra.packaging.package import Template


def role(*statements: dict[str, Any], **properties: Any) -> Template:
    policy = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
    return {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy], **properties}}}}


def allow(actions: str | list[str], resource: Any, sid: str = "Some") -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def among(test: str, *partitions: str) -> dict[str, Any]:
    deletion = allow(["dynamodb:DeleteItem"], {"Fn::GetAtt": ["EntriesTable", "Arn"]})
    return {**deletion, "Condition": {test: {"dynamodb:LeadingKeys": list(partitions)}}}


NARROW = allow(["dynamodb:PutItem"], {"Fn::GetAtt": ["Table", "Arn"]})


def policy(*statements: dict[str, Any]) -> Template:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"Resources": {"More": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document}}}}


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (policy(NARROW), None),
        (policy(allow("dynamodb:Query", "*")), "More: Some: dynamodb:Query is allowed on *; name the resource"),
        (role(NARROW), None),
        (role(allow("sns:Publish", "*")), None),
        (role({**NARROW, "Effect": "Deny", "Resource": "*"}), None),
        (role({key: value for key, value in NARROW.items() if key != "Sid"}), "Role: statement 1 has no Sid"),
        (role(NARROW, NARROW), "Role: two statements have the name Some"),
        (role(allow("dynamodb:*", {"Ref": "Table"})), "Role: Some: dynamodb:* stands for many actions; name each"),
        (role(allow("dynamodb:Query", "*")), "Role: Some: dynamodb:Query is allowed on *; name the resource"),
        (
            role(allow(["sns:Publish", "sqs:SendMessage"], {"Fn::Sub": "arn:${AWS::Partition}:sqs:*"})),
            "Role: Some: sqs:SendMessage is allowed on arn:${AWS::Partition}:sqs:*; name the resource",
        ),
        (
            role({"Sid": "Some", "Effect": "Allow", "NotAction": "iam:*", "Resource": {"Ref": "Table"}}),
            "Role: Some: NotAction allows everything that it does not name",
        ),
        (role(among("ForAllValues:StringLike", "CONFLICTS", "CONFLICTS#*")), None),
        (
            role(among("ForAnyValue:StringLike", "CONFLICTS")),
            "Role: Some: dynamodb:DeleteItem may delete every row; name the partitions by dynamodb:LeadingKeys",
        ),
        (
            role(allow("dynamodb:BatchWriteItem", {"Fn::GetAtt": ["ReferenceTable", "Arn"]})),
            "Role: Some: dynamodb:BatchWriteItem may delete every row; name the partitions by dynamodb:LeadingKeys",
        ),
        (role(allow("dynamodb:DeleteItem", {"Fn::GetAtt": ["MessagesTable", "Arn"]})), None),
        (
            role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
            "Role: the policy arn:aws:iam::aws:policy/AdministratorAccess is managed by AWS; write what is needed",
        ),
    ],
)
def test_a_right_that_is_too_wide_is_found(template: Template, problem: str | None) -> None:
    assert problems(template) == ([problem] if problem else [])


def test_the_policies_that_ship_are_narrow() -> None:
    for file in sorted((ROOT / ".chalice").glob("policy-*.json")):
        assert problems(role(*json.loads(file.read_text())["Statement"])) == []


def test_no_function_may_delete_a_declaration_or_a_fact_about_it() -> None:
    """Only rows of lists: what is settled leaves the list of conflicts, who has left that of visitors, a key that is
    withdrawn the trust list, and a member of staff who has left the list of staff. A permit goes from list to list.
    Drafts are no facts: their phone may delete them, and a reminder takes them off the list of their day."""
    deletions = {
        (file.stem, each["Sid"]): each["Condition"]
        for file in (ROOT / ".chalice").glob("policy-*.json")
        for each in json.loads(file.read_text())["Statement"]
        if DELETIONS.intersection(each["Action"]) and each["Resource"]["Fn::GetAtt"][0] in KEPT
    }
    assert deletions == {
        ("policy-office", "Conflicts"): {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["CONFLICTS", "CONFLICTS#*", "VISITORS#*"]}
        },
        ("policy-gate", "Visitors"): {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["VISITORS#*"]}},
        ("policy-office", "Staff"): {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["STAFF"]}},
        ("policy-office", "PermitLists"): {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["LIST#*", "PERSON#*"]}},
        ("policy-public", "DraftDeletions"): {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["DAY#*", "PERSON#*", "PHONE#*"]}
        },
        ("policy-remind-drafts", "Days"): {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["DAY#*"]}},
        ("policy-office", "TrustList"): {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["TRUSTED_KEYS"]}},
    }
