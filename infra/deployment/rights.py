"""What a function's rights must look like, whatever they are: each with a name, none wider than it must be.

cfn-lint knows whether a policy is well formed and its actions exist; this is about how much it allows.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.deployment.cloudformation import Template

ANYWHERE = {
    "dynamodb:ListStreams": "knows no narrower resource",
    "sns:Publish": "to a phone number has no resource; topics are denied beside it",
    "xray:PutTelemetryRecords": "knows no narrower resource",
    "xray:PutTraceSegments": "knows no narrower resource",
}
"""Actions that may be allowed on every resource, and why."""
MANAGED = {"AmazonAPIGatewayPushToCloudWatchLogs": "what API Gateway asks for; it is no function's"}
"""Policies of AWS's own, which AWS may widen, that may be used, and why."""


def problems(template: Template) -> list[str]:
    """What is wrong with the rights in a template, each with the role and the statement it is about."""
    return [
        f"{name}: {problem}"
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role"
        for problem in _of_role(resource["Properties"])
    ]


def statements(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def _of_role(role: Mapping[str, Any]) -> Iterator[str]:
    for managed in role.get("ManagedPolicyArns", []):
        if not any(_text(managed).endswith(f"/{name}") for name in MANAGED):
            yield f"the policy {_text(managed)} is AWS's own; write what is needed"
    for policy in role.get("Policies", []):
        names = [each.get("Sid", "") for each in statements(policy)]
        if "" in names:
            yield f"statement {names.index('') + 1} has no Sid"
        yield from (
            f"two statements are called {name}" for name in sorted(set(names)) if name and names.count(name) > 1
        )
        for statement in statements(policy):
            yield from (f"{statement.get('Sid', '?')}: {each}" for each in _of_statement(statement))


def _of_statement(statement: Mapping[str, Any]) -> Iterator[str]:
    if inverted := sorted({"NotAction", "NotResource"} & statement.keys()):
        yield f"{inverted[0]} allows what nobody has thought of"
    if statement["Effect"] != "Allow":
        return
    actions = _listed(statement.get("Action", []))
    yield from (f"the action {action} is more than one" for action in actions if "*" in action)
    for resource in _listed(statement.get("Resource", [])):
        narrow = sorted(set(actions) - ANYWHERE.keys())
        if "*" in _text(resource) and narrow:
            yield f"{narrow[0]} is allowed on {_text(resource)}; name the resource"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """A name as it is written; of one that another resource has (`Fn::GetAtt`) nothing that could be a wildcard."""
    if isinstance(value, Mapping):
        substituted = value.get("Fn::Sub", "")
        return str(substituted[0] if isinstance(substituted, list) else substituted)
    return str(value)
