"""What a deployed stack says of itself. `infra.deployment.cloudformation` deploys one."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.accounts import Account
from infra.errors import CannotGoOn

NEVER_CREATED = "REVIEW_IN_PROGRESS"
NOTHING_LEFT = "ROLLBACK_COMPLETE"
"""The state after a first deployment that failed: the stack has a name and no resources."""

RELEASE = "Release"
"""What a template's metadata have the version and the commit under."""


class StackMissing(CannotGoOn):
    """There is no such stack."""

    def __init__(self, name: str, region: str) -> None:
        super().__init__(f"There is no stack {name} in {region}. Deploy it first, or name the right stage and region.")


def outputs(account: Account, name: str) -> dict[str, str]:
    """The stack's outputs. Raises `StackMissing`."""
    return {each["OutputKey"]: each["OutputValue"] for each in _existing(account, name).get("Outputs", [])}


def parameters(account: Account, name: str) -> dict[str, str]:
    """The values that the stack was deployed with. Raises `StackMissing`."""
    return {each["ParameterKey"]: each["ParameterValue"] for each in _existing(account, name).get("Parameters", [])}


def template(account: Account, name: str) -> dict[str, Any]:
    """The template that the stack was deployed from, as it was sent."""
    answer = account.client("cloudformation").get_template(StackName=name, TemplateStage="Original")
    body = answer["TemplateBody"]
    sent: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return sent


def release_of(template: Mapping[str, Any]) -> dict[str, str]:
    """What a template says of its release; empty if it says nothing."""
    release: dict[str, str] = template.get("Metadata", {}).get(RELEASE, {})
    return release


def named(release: Mapping[str, str]) -> str:
    """`0.2.0 (0123456789)`: the version, and the commit if there is one."""
    commit = f" ({release['commit']})" if "commit" in release else ""
    return f"{release.get('version', 'not known')}{commit}"


def defaults(template: Mapping[str, Any]) -> dict[str, str]:
    """The defaults of a template's parameters, in the template's order."""
    return {name: str(each.get("Default", "")) for name, each in template["Parameters"].items()}


def resources(account: Account, name: str) -> dict[str, str]:
    """The physical names of the stack's resources, by their names in the template."""
    pages = account.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    return {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for page in pages
        for each in page["StackResourceSummaries"]
        if "PhysicalResourceId" in each
    }


def described(account: Account, name: str) -> dict[str, Any] | None:
    """CloudFormation's description of the stack; None if there is no stack of that name."""
    try:
        stacks = account.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    stack: dict[str, Any] = stacks[0]
    return stack


def _existing(account: Account, name: str) -> dict[str, Any]:
    stack = described(account, name)
    if stack is None or stack["StackStatus"] in (NEVER_CREATED, NOTHING_LEFT):
        raise StackMissing(name, account.region)
    return stack
