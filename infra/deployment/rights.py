"""The rules for every function's rights: each statement has a name, and allows no more than it must.

cfn-lint checks whether a policy is well formed and its actions exist; these rules are about how much it allows.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.packaging.package import Template

ANYWHERE = {
    "dynamodb:ListStreams": "AWS knows no narrower resource for it",
    "sns:Publish": "a phone number is no resource; topics are denied in the same policy",
    "xray:PutTelemetryRecords": "AWS knows no narrower resource for it",
    "xray:PutTraceSegments": "AWS knows no narrower resource for it",
}
"""Actions that may be allowed on every resource, and why."""
MANAGED = {"AmazonAPIGatewayPushToCloudWatchLogs": "API Gateway needs it for its log; no function has it"}
"""Policies managed by AWS, which AWS may widen, that may be used, and why."""
DELETIONS = frozenset({"dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PartiQLDelete"})
KEPT = frozenset({"EntriesTable", "ReferenceTable", "PermitsTable", "DraftsTable"})
"""The tables whose rows are kept. Only rows of named lists may be deleted there, and drafts by their phone."""


def problems(template: Template) -> list[str]:
    """The problems of the rights in a template, each with its role and statement."""
    return [
        f"{name}: {problem}" for name, resource in template["Resources"].items() for problem in _of_resource(resource)
    ]


def _of_resource(resource: Mapping[str, Any]) -> Iterator[str]:
    if resource["Type"] == "AWS::IAM::Role":
        yield from _of_role(resource["Properties"])
    elif resource["Type"] == "AWS::IAM::Policy":
        yield from _of_document(resource["Properties"]["PolicyDocument"])


def _of_role(role: Mapping[str, Any]) -> Iterator[str]:
    for managed in role.get("ManagedPolicyArns", []):
        if not any(_text(managed).endswith(f"/{name}") for name in MANAGED):
            yield f"the policy {_text(managed)} is managed by AWS; write what is needed"
    for policy in role.get("Policies", []):
        yield from _of_document(policy["PolicyDocument"])


def _of_document(document: Mapping[str, Any]) -> Iterator[str]:
    statements = document["Statement"]
    names = [each.get("Sid", "") for each in statements]
    if "" in names:
        yield f"statement {names.index('') + 1} has no Sid"
    yield from (f"two statements have the name {name}" for name in sorted(set(names)) if name and names.count(name) > 1)
    for statement in statements:
        yield from (f"{statement.get('Sid', '?')}: {each}" for each in _of_statement(statement))


def _of_statement(statement: Mapping[str, Any]) -> Iterator[str]:
    if inverted := sorted({"NotAction", "NotResource"} & statement.keys()):
        yield f"{inverted[0]} allows everything that it does not name"
    if statement["Effect"] != "Allow":
        return
    actions = _listed(statement.get("Action", []))
    yield from (f"{action} stands for many actions; name each" for action in actions if "*" in action)
    for resource in _listed(statement.get("Resource", [])):
        narrow = sorted(set(actions) - ANYWHERE.keys())
        if "*" in _text(resource) and narrow:
            yield f"{narrow[0]} is allowed on {_text(resource)}; name the resource"
        deletions = sorted(DELETIONS.intersection(actions))
        if deletions and KEPT.intersection(_attributed(resource)) and not _leading_keys(statement):
            yield f"{deletions[0]} may delete every row; name the partitions by dynamodb:LeadingKeys"


def _leading_keys(statement: Mapping[str, Any]) -> list[str]:
    """The partitions that the statement is limited to."""
    tests: Mapping[str, Mapping[str, Any]] = statement.get("Condition", {})
    # Each key of a request must be one of them. With ForAnyValue one of them would be enough.
    return [
        key
        for test, keys in tests.items()
        if test in ("ForAllValues:StringEquals", "ForAllValues:StringLike")
        for key in _listed(keys.get("dynamodb:LeadingKeys", []))
    ]


def _attributed(resource: Any) -> list[str]:
    """The logical id in `Fn::GetAtt`."""
    return list(resource.get("Fn::GetAtt", []))[:1] if isinstance(resource, Mapping) else []


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """A resource's name as the template writes it; empty for `Fn::GetAtt`, which cannot hold a wildcard."""
    if isinstance(value, Mapping):
        substituted = value.get("Fn::Sub", "")
        return str(substituted[0] if isinstance(substituted, list) else substituted)
    return str(value)
