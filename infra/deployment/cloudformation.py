"""Deploy a package by CloudFormation. The steps are the same for the cloud and for the engine.

The code is uploaded to a private bucket, named by its content's hash, with the template beside it; a change set creates
or updates the stack. The bucket's contents stay: CloudFormation needs them to roll a later update back.
"""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra import stacks
from infra.accounts import APPLICATION, Account, account_id
from infra.deployment.versions import with_versions, without_versions
from infra.errors import CannotGoOn
from infra.packaging.package import Template
from infra.stacks import NEVER_CREATED, NOTHING_LEFT, StackMissing, described, outputs

Say = Callable[[str], None]

STACK_TAG = "stack"
"""The tag that names a resource's stack: `Budget` in the template filters costs by it."""

_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
"""The properties that name a file of the package."""
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
"""States that an update can start from. The last follows an update that failed and was undone."""
_FAILED = (NOTHING_LEFT, "ROLLBACK_FAILED", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED")
"""The last states of an operation that failed."""
_UNCHANGED = ("didn't contain changes", "No updates are to be performed")


class DeploymentFailed(CannotGoOn):
    """CloudFormation failed, and has undone its changes."""


def deploy(
    account: Account,
    *,
    name: str,
    package: Path,
    template: Template,
    parameters: Mapping[str, str],
    say: Say,
) -> dict[str, str]:
    """Create the stack, or update it. Returns its outputs.

    `template` is the package's, or one made from it. A parameter that is not given keeps its value, or has its default.
    Raises `DeploymentFailed` with CloudFormation's reasons.
    """
    stack = described(account, name)
    if stack and stack["StackStatus"] == NOTHING_LEFT:
        say(f"the first deployment of {name} failed and left it empty: it is deleted and created again")
        delete(account, name=name, say=say)
        stack = None
    if stack and stack["StackStatus"] == NEVER_CREATED:
        stack = None
    _require_settled(name, stack)
    bucket = _bucket(account)
    uploaded = _with_code_uploaded(account, bucket, package, template)
    return _apply(account, name, stack, bucket, uploaded, parameters, say)


def deployed_template(account: Account, name: str) -> Template:
    """The template that a stack was deployed from, with its code in the bucket and no versions of functions yet."""
    return without_versions(stacks.template(account, name))


def set_parameters(
    account: Account, *, name: str, template: Template, parameters: Mapping[str, str], say: Say
) -> dict[str, str]:
    """Change parameters of a stack, and no code: `template` is that of `deployed_template`. Returns the outputs.

    `UsePreviousTemplate` would not do: the functions of routes read a parameter when a version of them is published,
    and the template names the versions (`infra.deployment.versions`). Raises `DeploymentFailed`.
    """
    stack = described(account, name)
    _require_settled(name, stack)
    return _apply(account, name, stack, _bucket(account), template, parameters, say)


def _apply(
    account: Account,
    name: str,
    stack: Mapping[str, Any] | None,
    bucket: str,
    template: Template,
    parameters: Mapping[str, str],
    say: Say,
) -> dict[str, str]:
    """Create or update a stack, from a template whose code is in the bucket. Returns the outputs."""
    previous = {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])} if stack else {}
    versioned = with_versions(template, {**previous, **parameters})
    url = _upload(account, bucket, json.dumps(versioned, ensure_ascii=False).encode(), "json")
    change_set = _change_set(
        account,
        StackName=name,
        ChangeSetName=f"deploy-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}",
        ChangeSetType="UPDATE" if stack else "CREATE",
        TemplateURL=url,
        Capabilities=_CAPABILITIES,
        # CloudFormation gives them to each resource that takes tags. By the second one a stage's costs are counted.
        Tags=[{"Key": "application", "Value": APPLICATION}, {"Key": STACK_TAG, "Value": name}],
        Parameters=[
            {"ParameterKey": key, "ParameterValue": parameters[key]}
            if key in parameters
            else {"ParameterKey": key, "UsePreviousValue": True}
            for key in template.get("Parameters", {})
            if key in parameters or key in previous
        ],
    )
    if change_set is None:
        say(f"{name} is up to date already")
    else:
        known = {event["EventId"] for event in _events(account, name, set())}
        account.client("cloudformation").execute_change_set(ChangeSetName=change_set)
        _wait(account, name, known, say)
    return outputs(account, name)


def _require_settled(name: str, stack: Mapping[str, Any] | None) -> None:
    if stack and stack["StackStatus"] not in _GOOD:
        raise DeploymentFailed(
            f"{name} is in the state {stack['StackStatus']}, in which nothing can be deployed. If a deployment is "
            "running, wait for its end; else see the stack's events in the console of CloudFormation."
        )


def delete(account: Account, *, name: str, say: Say) -> None:
    """Delete the stack. Tables and the staff's user pool are kept, as the template says. Raises `DeploymentFailed`."""
    stack = described(account, name)
    if stack is None:
        raise StackMissing(name, account.region)
    # By its id: a deleted stack cannot be found by its name.
    known = {event["EventId"] for event in _events(account, stack["StackId"], set())}
    account.client("cloudformation").delete_stack(StackName=name)
    _wait(account, stack["StackId"], known, say)


def _bucket(account: Account) -> str:
    """The bucket for packages, in our account, private and encrypted. Created if it is missing."""
    owner = account_id(account)
    name = f"{APPLICATION}-packages-{owner}-{account.region}"
    s3 = account.client("s3")
    try:
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=owner)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise CannotGoOn(
                f"The bucket {name} belongs to another account, or these credentials may not use it: {error}"
            ) from error
        # S3 refuses a location constraint that names its oldest region.
        place: dict[str, Any] = (
            {}
            if account.region == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
        )
        s3.create_bucket(Bucket=name, **place)
        s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
        s3.put_bucket_encryption(
            Bucket=name,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        )
    return name


def _with_code_uploaded(account: Account, bucket: str, package: Path, template: Template) -> Template:
    """A copy of the template with the package's files uploaded: it names those in the bucket."""
    places: dict[str, str] = {}

    def place(file: str) -> str:
        if file not in places:
            url = _upload(account, bucket, (package / file).read_bytes(), "zip")
            places[file] = f"s3://{bucket}/{url.rpartition('/')[2]}"
        return places[file]

    resources = dict(template["Resources"])
    for name, resource in resources.items():
        if code := _CODE.get(resource["Type"]):
            properties = resource["Properties"]
            resources[name] = {**resource, "Properties": {**properties, code: place(properties[code])}}
    return {**template, "Resources": resources}


def _upload(account: Account, bucket: str, content: bytes, kind: str) -> str:
    """Upload content under its hash, unless it is there. Returns its URL."""
    s3 = account.client("s3")
    key = f"{sha256(content).hexdigest()}.{kind}"
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError:
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    return f"{s3.meta.endpoint_url}/{bucket}/{key}"


def _change_set(account: Account, **request: Any) -> str | None:
    """Create a change set and wait for it. Returns its id; None if there is nothing to change."""
    client = account.client("cloudformation")
    try:
        made = client.create_change_set(**request)["Id"]
    except ClientError as error:
        raise DeploymentFailed(f"CloudFormation refused the template: {error}") from error
    while True:
        answer = client.describe_change_set(ChangeSetName=made)
        if answer["Status"] == "CREATE_COMPLETE":
            return str(made)
        if answer["Status"] == "FAILED":
            reason = answer.get("StatusReason", "no reason was given")
            refusals = _refusals(account, ChangeSetName=made)
            client.delete_change_set(ChangeSetName=made)
            if any(text in reason for text in _UNCHANGED):
                return None
            raise DeploymentFailed("\n".join([f"CloudFormation cannot make these changes: {reason}", *refusals]))
        time.sleep(account.pause)


def _wait(account: Account, name: str, known: set[str], say: Say) -> None:
    """Wait for the end of the current operation, and report each resource. Raises `DeploymentFailed`.

    The end is the stack's own last event, because the stack's status may still be that of an earlier operation. `known`
    are the ids of the events before this operation.
    """
    failed: list[str] = []
    while True:
        for event in _events(account, name, known):
            known.add(event["EventId"])
            status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "no reason was given")
            own = event["PhysicalResourceId"] == event["StackId"]
            # A resource is cancelled because another one failed.
            if status.endswith("_FAILED") and "cancelled" not in reason:
                failed.append(f"    {event['LogicalResourceId']} ({event['ResourceType']}): {reason}")
            if own and status in _FAILED:
                reasons = dict.fromkeys([*failed, *_refusals(account, StackName=name)])
                raise DeploymentFailed("\n".join([f"The deployment of {name} failed ({status}):", *reasons]))
            if own and status.endswith("_COMPLETE"):
                return
            if not own and status.endswith(("_COMPLETE", "_FAILED", "_SKIPPED")):
                say(f"{event['LogicalResourceId']}: {status.lower().replace('_', ' ')}")
        time.sleep(account.pause)


def _refusals(account: Account, **of: str) -> list[str]:
    """The reasons why CloudFormation refused the last operation `of` a stack or change set before it began."""
    try:
        events = account.client("cloudformation").describe_events(**of, Filters={"FailedEvents": True})
    except ClientError:
        return []  # without the right to ask, the other reasons must do
    return [
        f"    {event.get('LogicalResourceId', '')}: {event['ValidationStatusReason']}"
        for event in events["OperationEvents"]
        if event["OperationId"] == events["OperationEvents"][0]["OperationId"] and "ValidationStatusReason" in event
    ]


def _events(account: Account, name: str, known: set[str]) -> list[dict[str, Any]]:
    """The stack's new events, oldest first."""
    new: list[dict[str, Any]] = []
    pages = account.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=name)
    for page in pages:
        for event in page["StackEvents"]:
            if event["EventId"] in known:
                return new[::-1]
            new.append(event)
    return new[::-1]
