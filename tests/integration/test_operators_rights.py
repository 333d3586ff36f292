"""What CloudFormation does with the rights of those who deploy, by AWS's own list for each kind of resource.

CloudFormation makes each resource with the caller's rights. The schema of a resource's kind, which cfn-lint ships, says
which actions that takes. A schema lists those of all properties: `LEFT_OUT` has the ones of properties that the stack
does not use. So a kind of resource that is new fails here, with the actions that the policies miss.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from infra.accounts import REGION
from infra.deployment.operators import BOUNDARY, GIVEN, documents
from infra.deployment.versions import names_in
from infra.packaging import package
from tests.transformed import transformed

ACCOUNT = "123456789012"
LEFT_OUT = {
    **dict.fromkeys(
        ("kms:*", "ec2:*", "elasticfilesystem:*", "s3files:*", "kinesis:*", "codedeploy:*", "firehose:*", "s3tables:*"),
        "no resource of the stack uses it",
    ),
    **dict.fromkeys(
        ("amplify:*", "apprunner:*", "appsync:*", "bedrock-agentcore:*", "elasticloadbalancing:*", "payments:*"),
        "what a firewall may stand before, and ours does not",
    ),
    "cognito-idp:*WebACL*": "the same",
    "wafv2:*PermissionPolicy": "policies for rule groups of other accounts",
    "cloudfront:*ConnectionGroup": "for distributions of many tenants",
    "cloudfront:GetVpcOrigin": "no origin is in a VPC",
    "cloudfront:CreateDistributionWithTags": "no right of its own: CreateDistribution and TagResource",
    "cloudfront:UpdateDistributionWithStagingConfig": "no distribution is tried out beside another",
    "dynamodb:*Replica": "the tables are in one region",
    "dynamodb:*Import*": "no table is made from a file",
    "dynamodb:*ResourcePolicy": "no table has a policy; whether it has one is read",
    "dynamodb:*KinesisStreamingDestination": "no table writes to Kinesis; whether one does is read",
    **dict.fromkeys(
        (f"dynamodb:{each}" for each in ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "UpdateItem")),
        "rows: for replicas and imports",
    ),
    "dynamodb:Query": "the same",
    "dynamodb:Scan": "the same",
    "iam:CreateServiceLinkedRole": "for e-mail by SES, and for replicas",
    "iam:*GroupPolicy": "no group has a policy of the stack",
    "iam:*UserPolicy": "no user has one",
    "iam:DeleteRolePermissionsBoundary": "people who deploy may not take the boundary away",
    "lambda:AssociateRuntimeAlias": "no function has it",
    "lambda:*CodeSigningConfig": "code is not signed; whether a function asks for that is read",
    "lambda:PassCapacityProvider": "functions run on Lambda's own machines",
    "lambda:*FunctionScalingConfig": "the same",
    "lambda:GetLayerVersion": "there are no layers",
    "lambda:PutFunctionRecursionConfig": "as AWS has it",
    "lambda:PutRuntimeManagementConfig": "as AWS has it",
    "logs:*BearerToken*": "no log group has it",
    "logs:*DataProtectionPolicy": "no log group has it; whether it has is read",
    "logs:*IndexPolicy": "no log group has it",
    "logs:*LogDelivery": "the same",
    "logs:*KmsKey": "the same",
    "logs:*ResourcePolicy": "the same",
    "logs:PutLogGroupDeletionProtection": "the same",
    "logs:CreateLogStream": "for imports into tables",
    "logs:DescribeLogStreams": "the same",
    "logs:PutLogEvents": "the same",
    "s3:GetObjectMetadata": "the same; no such right",
    "s3:REST.PUT.OBJECT": "no such right",
    "s3:GetObjectVersion": "the bucket of packages has no versions",
    "s3:PutObject*Configuration": "no object of the pages is locked",
    "s3:PutObjectAcl": "no list of rights is used",
    "s3:PutBucketAcl": "the same",
    "s3:*BucketMetadata*": "the bucket of the pages has no such property; whether it has is read",
    **dict.fromkeys(
        (
            f"s3:*{each}*"
            for each in (
                *("PutAccelerate", "PutAnalytics", "PutBucketAbac", "PutBucketCORS", "PutBucketLogging"),
                *("PutBucketNotification", "PutBucketObjectLock", "PutBucketReplication", "PutBucketVersioning"),
                *("PutBucketWebsite", "PutIntelligentTiering", "PutInventory", "PutMetrics", "PutReplication"),
                *("DeleteBucketAnalytics", "DeleteBucketCors", "DeleteBucketEncryption", "DeleteBucketLifecycle"),
                *("DeleteBucketMetrics", "DeleteBucketReplication", "DeleteBucketWebsite"),
            )
        ),
        "the bucket of the pages has no such property",
    ),
    "sns:PutDataProtectionPolicy": "the topic has none",
    "billing:GetBillingViewData": "the budget is of no billing view",
    "secretsmanager:ReplicateSecretToRegions": "the secret stays in its region",
    "secretsmanager:RemoveRegionsFromReplication": "the same",
}
"""Actions of properties that the stack does not use, as patterns, and why."""
DEPLOYED_ALONE = {
    "AWS::IAM::Role": "RolesBoundary and GatewayLogRole, which a deployment sets",
    "AWS::IAM::Policy": "Sandbox, which a stage is or is not from its first deployment on",
    "AWS::ApiGateway::Account": "GatewayLogRole",
}
"""Kinds that a setting changes and that people who run a stage may not, and the settings."""

NOT_BY_SETTINGS = {
    "lambda:UpdateFunctionCode": "a setting ships no code",
    **dict.fromkeys(
        (
            f"dynamodb:{each}"
            for each in (
                *("CreateTable", "TagResource", "UntagResource", "UpdateContinuousBackups"),
                *("UpdateContributorInsights", "UpdateTimeToLive"),
            )
        ),
        "of a table, ProtectData changes the protection from deletion alone",
    ),
    "cognito-idp:AddCustomAttributes": "no setting names an attribute",
    "iam:GetRole": "the topic logs no deliveries",
    "iam:PutRolePolicy": "the pool has no analytics",
}
"""Actions for changes that no setting makes, and why."""

Resources = dict[str, Any]


@pytest.fixture(scope="module")
def template() -> package.Template:
    return transformed()


def allowed(work: str) -> set[str]:
    """The actions of those who do some work, in small letters: the schemas are not strict."""
    of_stage = documents("prod", ACCOUNT, REGION)
    return {action.lower() for name in GIVEN[work] for each in of_stage[name]["Statement"] for action in each["Action"]}


def taken(kind: str, handlers: tuple[str, ...]) -> set[str]:
    """The actions that CloudFormation takes for a kind of resource."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    named = {each for handler in handlers for each in schema["handlers"].get(handler, {}).get("permissions", [])}
    return {each for each in named if not any(fnmatchcase(each, pattern) for pattern in LEFT_OUT)}


def missing(kind: str, handlers: tuple[str, ...], work: str) -> list[str]:
    return sorted(each for each in taken(kind, handlers) if each.lower() not in allowed(work))


def test_people_who_deploy_may_make_change_and_delete_each_kind_of_resource(template: package.Template) -> None:
    kinds = {each["Type"] for each in template["Resources"].values()}
    lacking = {
        kind: actions
        for kind in sorted(kinds)
        if (actions := missing(kind, ("create", "read", "update", "delete"), "deploy"))
    }
    assert not lacking, "add them to infra/deployment/policies, or to LEFT_OUT with the reason"


def test_people_who_run_a_stage_may_do_what_a_setting_changes(template: package.Template) -> None:
    settings = template["Parameters"].keys() - {"Stage"}
    conditions = template["Conditions"]
    lacking: dict[str, list[str]] = {}
    for resource in template["Resources"].values():
        kind, condition = resource["Type"], resource.get("Condition")
        comes_and_goes = condition and set(names_in(conditions[condition], conditions)) & settings
        changes = set(names_in(resource.get("Properties", {}), conditions)) & settings
        handlers = (("create", "delete") if comes_and_goes else ()) + (("read", "update") if changes else ())
        if kind not in DEPLOYED_ALONE and (actions := set(missing(kind, handlers, "run")) - NOT_BY_SETTINGS.keys()):
            lacking[kind] = sorted(actions)
    assert not lacking, "add them to infra/deployment/policies/settings.json or edge.json"


def test_nothing_is_left_out_or_allowed_that_no_kind_of_resource_takes(template: package.Template) -> None:
    kinds = {each["Type"] for each in template["Resources"].values()}
    named = set[str]()
    for kind in kinds:
        for handler in PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema["handlers"].values():
            named |= set(handler.get("permissions", []))
    assert [each for each in LEFT_OUT if not any(fnmatchcase(action, each) for action in named)] == []
    of_resources = documents("prod", ACCOUNT, REGION)["resources"]
    assert {action for each in of_resources["Statement"] for action in each["Action"]} - named == set()


def test_no_function_needs_more_than_the_boundary(template: package.Template) -> None:
    limit = parse_policy_document(documents("prod", ACCOUNT, REGION)[BOUNDARY])
    beyond = [
        f"{name}, {statement['Sid']}: {action} on {resource}"
        for name, role in template["Resources"].items()
        if role["Type"] == "AWS::IAM::Role"
        for policy in role["Properties"].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
        for resource in _arns(statement["Resource"], template["Resources"])
        if evaluate(_asked(action, resource), [limit]).decision != "Allow"
    ]
    assert not beyond, "add it to infra/deployment/policies/boundary.json"
    # The stage beside it is another one.
    elsewhere = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/tay-ninh-pass-test-EntriesTable-1"
    assert evaluate(_asked("dynamodb:Query", elsewhere), [limit]).decision != "Allow"


def _asked(action: str, resource: str) -> EvalContext:
    return EvalContext(
        principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/role/session",
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action=action,
        resource_arn=resource,
        region=REGION,
    )


_VALUES = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "Stage": "prod"}
_FORMS: Mapping[str, str] = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
}


def _arns(resource: Any, resources: Resources) -> Iterator[str]:
    """The names that a statement's resources get in AWS."""
    for each in resource if isinstance(resource, list) else [resource]:
        if isinstance(each, str):
            yield each
        elif "Fn::Sub" in each:
            text = each["Fn::Sub"] if isinstance(each["Fn::Sub"], str) else each["Fn::Sub"][0]
            yield re.sub(r"\$\{([\w:]+)\}", lambda found: _VALUES[found[1]], text)
        else:
            logical, attribute = each["Fn::GetAtt"]
            form = _FORMS[resources[logical]["Type"]]
            named = resources[logical].get("Properties", {}).get("LogGroupName")
            name = next(_arns(named, resources)) if named else f"tay-ninh-pass-prod-{logical}-1ABCDEFGHIJK"
            stream = "/stream/2021-07-22T00:00:00.000" if attribute == "StreamArn" else ""
            yield form.format(region=REGION, account=ACCOUNT, name=name) + stream
