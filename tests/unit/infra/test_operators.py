"""The policies of the people who work on a stage, against AWS's own lists of actions and resources."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from infra.deployment.operators import BOUNDARY, GIVEN, LARGEST, documents
from infra.packaging.boundaries import limit_roles

AWS: dict[str, Any] = json.loads(files("cfnlint.data").joinpath("AdditionalSpecs/Policies.json").read_text())
"""Actions of each service with the kinds of resources that they can be limited to, as cfn-lint ships them."""
DOCUMENTS = documents("prod", "123456789012", "ap-southeast-1")
ANYWHERE = {
    "dynamodb:ListStreams": "the boundary: as the roles themselves",
    "cloudwatch:GetMetricData": "metrics have no names that a policy can hold",
    "logs:GetQueryResults": "it names a query, and the right to start that is limited",
    "cloudwatch:PutMetricData": "the same; limited by the metrics' namespace",
    "logs:PutLogEvents": "the boundary: the gateway's role for logs serves all APIs of a region",
    "logs:CreateLogStream": "the same",
    "logs:CreateLogGroup": "the same",
    "logs:DescribeLogStreams": "the same",
    "sns:Publish": "the boundary: a phone number is no resource",
}
"""Actions that could be limited to a resource and are not, and why."""

Statement = dict[str, Any]


def statements() -> Iterator[tuple[str, Statement]]:
    for name, document in DOCUMENTS.items():
        for statement in document["Statement"]:
            yield f"{name}, {statement['Sid']}", statement


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_each_document_is_given_to_somebody_and_small_enough() -> None:
    assert {name for names in GIVEN.values() for name in names} | {BOUNDARY} == set(DOCUMENTS)
    for name, document in DOCUMENTS.items():
        text = json.dumps(document)
        assert len(re.sub(r"\s", "", text)) <= LARGEST, name
        assert "$" not in text, name
        names = [each["Sid"] for each in document["Statement"]]
        assert len(names) == len(set(names)), name


def test_each_action_is_one_of_aws_and_named_in_full() -> None:
    for where, statement in statements():
        assert statement["Effect"] == "Allow", where
        assert statement["Action"] == sorted(set(statement["Action"])), where
        for action in statement["Action"]:
            service, _, name = action.partition(":")
            assert name.lower() in AWS[service]["Actions"], f"{where}: {action}"


@pytest.mark.parametrize(("where", "statement"), [*statements()])
def test_what_can_be_limited_to_the_stage_is(where: str, statement: Statement) -> None:
    for action in statement["Action"]:
        service, _, name = action.partition(":")
        kinds = AWS[service]["Actions"][name.lower()].get("Resources", [])
        if statement["Resource"] == "*":
            assert not kinds or action in ANYWHERE, f"{where}: limit {action} to the stage's resources"
        elif "Serverless" not in statement["Resource"]:
            forms = [
                each for kind in kinds for each in AWS[service]["Resources"].get(kind.lower(), {}).get("ARNFormats", [])
            ]
            assert any(_has_form(each, forms) for each in listed(statement["Resource"])), (
                f"{where}: {action} knows no such resource, so this allows nothing"
            )


def _has_form(arn: str, forms: list[str]) -> bool:
    """`forms` are regular expressions of ARNs, with names for partition, region and account."""
    return any(re.fullmatch(re.sub(r"\$\{\w+\}", r"[\\w-]+", form), arn) for form in forms)


def test_who_looks_changes_nothing_and_who_runs_a_stage_ships_no_code_and_makes_no_role() -> None:
    def may(work: str) -> set[str]:
        return {a for name in GIVEN[work] for each in DOCUMENTS[name]["Statement"] for a in each["Action"]}

    assert all(re.search(":(Describe|Get|List|Query|StartQuery)", action) for action in may("look"))
    assert not may("run") & {"lambda:UpdateFunctionCode", "iam:CreateRole", "iam:PutRolePolicy"}
    # Versions of functions, the copy of a drill, and rows.
    deletions = {action for action in may("run") if ":Delete" in action}
    assert not deletions & {"cognito-idp:DeleteUserPool", "sqs:DeleteQueue", "logs:DeleteLogGroup"}
    (drill,) = [
        each["Resource"]
        for name in GIVEN["run"]
        for each in DOCUMENTS[name]["Statement"]
        if "dynamodb:DeleteTable" in each["Action"]
    ]
    assert drill == "arn:aws:dynamodb:ap-southeast-1:123456789012:table/tay-ninh-pass-prod-drill-*"


@pytest.mark.parametrize(
    ("partition", "decision"),
    [("CHANGES", "Allow"), ("TRUSTED_KEYS", "Allow"), ("STAFF", "ImplicitDeny"), ("PARTNERS", "ImplicitDeny")],
)
def test_who_looks_reads_nothing_of_staff_and_partners(partition: str, decision: str) -> None:
    table = "arn:aws:dynamodb:ap-southeast-1:123456789012:table/tay-ninh-pass-prod-ReferenceTable-1"
    assert _decided("look", "dynamodb:Query", table, {"dynamodb:LeadingKeys": [partition]}) == decision


def test_a_setting_puts_no_layer_and_so_no_code_into_a_function() -> None:
    function = "arn:aws:lambda:ap-southeast-1:123456789012:function:tay-ninh-pass-prod-Gate-1"
    layer = "arn:aws:lambda:ap-southeast-1:999999999999:layer:theirs:1"
    assert _decided("run", "lambda:UpdateFunctionConfiguration", function, {}) == "Allow"
    assert _decided("run", "lambda:UpdateFunctionConfiguration", function, {"lambda:Layer": [layer]}) == "ImplicitDeny"


def _decided(work: str, action: str, resource: str, context: dict[str, Any]) -> str:
    asked = EvalContext(
        principal_arn="arn:aws:sts::123456789012:assumed-role/role/session",
        principal_type="AssumedRole",
        principal_account="123456789012",
        action=action,
        resource_arn=resource,
        region="ap-southeast-1",
        service_context={key.lower(): values for key, values in context.items()},
    )
    return str(evaluate(asked, [parse_policy_document(DOCUMENTS[name]) for name in GIVEN[work]]).decision)


def test_every_role_of_the_stack_gets_the_boundary_that_a_deployment_names() -> None:
    resources: dict[str, Any] = {
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
    }
    limit_roles(resources)
    assert resources["Table"]["Properties"] == {}
    assert resources["Role"]["Properties"]["PermissionsBoundary"]["Fn::If"][1] == {"Ref": "RolesBoundary"}
    (condition,) = {json.dumps(each["Condition"]) for each in _role_statements() if "iam:CreateRole" in each["Action"]}
    arn = "arn:aws:iam::123456789012:policy/tay-ninh-pass-prod-boundary"
    assert json.loads(condition) == {"StringEquals": {"iam:PermissionsBoundary": arn}}


def _role_statements() -> list[Statement]:
    return [each for _, each in statements() if any(action.startswith("iam:") for action in each["Action"])]
