"""Deploy a package by CloudFormation, to the cloud or to the engine: the same steps.

The code goes to a private bucket under its content's hash, the template beside it, and a change set makes or updates
the stack. The bucket's contents stay: CloudFormation needs them to roll a later update back.
"""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError

from infra.accounts import APPLICATION, Account, account_id
from infra.errors import CannotGoOn
from infra.packaging.package import TEMPLATE

Template = dict[str, Any]
Tell = Callable[[str], None]

_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
"""The properties that name a file of the package."""
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_NEVER_CREATED = ("REVIEW_IN_PROGRESS",)
_NOTHING_LEFT = ("ROLLBACK_COMPLETE",)
"""What a first deployment that failed leaves: a name with nothing behind it."""
_GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
"""States that an update can start from. The last says that an earlier update failed and was undone."""
_UNDONE = (*_NOTHING_LEFT, "ROLLBACK_FAILED", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED")
"""How an operation that failed ends."""
_UNCHANGED = ("didn't contain changes", "No updates are to be performed")


class StackMissing(CannotGoOn):
    """There is no such stack."""

    def __init__(self, name: str, region: str) -> None:
        super().__init__(f"There is no stack {name} in {region}. Deploy it first, or name the right stage and region.")


class DeploymentFailed(CannotGoOn):
    """CloudFormation could not do it, and has undone what it did."""


def read(package: Path) -> Template:
    """The template of a package. Raises `CannotGoOn` if there is none."""
    file = package / TEMPLATE
    if not file.is_file():
        raise CannotGoOn(f"There is no package in {package}. Build it: python -m infra.package")
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    template: Template = yaml.load(file.read_text(encoding="utf-8"), loader)  # noqa: S506 - both are safe loaders
    return template


def deploy(
    account: Account,
    *,
    name: str,
    package: Path,
    template: Template,
    parameters: Mapping[str, str],
    tell: Tell,
) -> dict[str, str]:
    """Make the stack, or make it what the package says. Returns its outputs.

    `template` is the package's, or what a caller made of it. Parameters that are not given keep the value they have,
    or their default. Raises `DeploymentFailed` with CloudFormation's reasons.
    """
    bucket = _bucket(account)
    uploaded = _with_code_uploaded(account, bucket, package, template)
    url = _upload(account, bucket, json.dumps(uploaded, ensure_ascii=False).encode(), "json")
    standing = _standing(account, name)
    if standing and standing["StackStatus"] in _NOTHING_LEFT:
        tell(f"{name} failed when it was first made, and is empty: it is made anew")
        delete(account, name=name, tell=tell)
        standing = None
    exists = standing is not None and standing["StackStatus"] not in _NEVER_CREATED
    if standing and exists and standing["StackStatus"] not in _GOOD:
        raise DeploymentFailed(
            f"{name} is in the state {standing['StackStatus']}, in which nothing can be deployed. If that is a "
            "deployment under way, wait for its end; else see the stack's events in the console of CloudFormation."
        )
    previous = {each["ParameterKey"] for each in standing.get("Parameters", [])} if standing and exists else set()
    change_set = _change_set(
        account,
        StackName=name,
        ChangeSetName=f"deploy-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}",
        ChangeSetType="UPDATE" if exists else "CREATE",
        TemplateURL=url,
        Capabilities=_CAPABILITIES,
        Tags=[{"Key": "application", "Value": APPLICATION}],
        Parameters=[
            {"ParameterKey": key, "ParameterValue": parameters[key]}
            if key in parameters
            else {"ParameterKey": key, "UsePreviousValue": True}
            for key in template.get("Parameters", {})
            if key in parameters or key in previous
        ],
    )
    if change_set is None:
        tell(f"{name} is already what the package says")
    else:
        known = {event["EventId"] for event in _events(account, name, set())}
        account.client("cloudformation").execute_change_set(ChangeSetName=change_set)
        _wait(account, name, known, tell)
    return outputs(account, name)


def outputs(account: Account, name: str) -> dict[str, str]:
    """What the stack says of itself. Raises `StackMissing`."""
    return {each["OutputKey"]: each["OutputValue"] for each in _existing(account, name).get("Outputs", [])}


def parameters(account: Account, name: str) -> dict[str, str]:
    """What the stack was deployed with. Raises `StackMissing`."""
    return {each["ParameterKey"]: each["ParameterValue"] for each in _existing(account, name).get("Parameters", [])}


def resources(account: Account, name: str) -> dict[str, str]:
    """The physical names of the stack's resources, by their names in the template."""
    pages = account.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    return {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for page in pages
        for each in page["StackResourceSummaries"]
        if "PhysicalResourceId" in each
    }


def delete(account: Account, *, name: str, tell: Tell) -> None:
    """Delete the stack. Tables and the staff's user pool are kept, as the template says. Raises `DeploymentFailed`."""
    standing = _standing(account, name)
    if standing is None:
        raise StackMissing(name, account.region)
    # By its id: a deleted stack is not found by its name any more.
    known = {event["EventId"] for event in _events(account, standing["StackId"], set())}
    account.client("cloudformation").delete_stack(StackName=name)
    _wait(account, standing["StackId"], known, tell)


def _existing(account: Account, name: str) -> dict[str, Any]:
    standing = _standing(account, name)
    if standing is None or standing["StackStatus"] in (*_NEVER_CREATED, *_NOTHING_LEFT):
        raise StackMissing(name, account.region)
    return standing


def _standing(account: Account, name: str) -> dict[str, Any] | None:
    try:
        stacks = account.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise CannotGoOn(f"CloudFormation does not answer for {name}: {error}") from error
    standing: dict[str, Any] = stacks[0]
    return standing


def _bucket(account: Account) -> str:
    """The bucket of deployments, made if it is missing: private and encrypted, and ours."""
    owner = account_id(account)
    name = f"{APPLICATION}-packages-{owner}-{account.region}"
    s3 = account.client("s3")
    try:
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=owner)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise CannotGoOn(f"The bucket {name} is closed to us, or not ours: {error}") from error
        # The oldest region is the one that must not be named.
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
    """A copy of the template in which the package's files are those of the bucket."""
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
    """Put content where its hash says, if it is not there. Returns its URL."""
    s3 = account.client("s3")
    key = f"{sha256(content).hexdigest()}.{kind}"
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError:
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    return f"{s3.meta.endpoint_url}/{bucket}/{key}"


def _change_set(account: Account, **request: Any) -> str | None:
    """Ask for a change set and wait for it. Returns its id; None if there is nothing to change."""
    client = account.client("cloudformation")
    try:
        made = client.create_change_set(**request)["Id"]
    except ClientError as error:
        raise DeploymentFailed(f"CloudFormation refuses the template: {error}") from error
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


def _wait(account: Account, name: str, known: set[str], tell: Tell) -> None:
    """Wait for the end of what is under way, and tell each resource's end. Raises `DeploymentFailed`.

    The stack's own last event is what tells the end: its status may still be the one from before. `known` are the ids
    of the events until then.
    """
    failed: list[str] = []
    while True:
        for event in _events(account, name, known):
            known.add(event["EventId"])
            status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "no reason was given")
            own = event["PhysicalResourceId"] == event["StackId"]
            # The rest was only stopped because something else had failed.
            if status.endswith("_FAILED") and "cancelled" not in reason:
                failed.append(f"    {event['LogicalResourceId']} ({event['ResourceType']}): {reason}")
            if own and status in _UNDONE:
                reasons = dict.fromkeys([*failed, *_refusals(account, StackName=name)])
                raise DeploymentFailed("\n".join([f"The deployment of {name} failed ({status}):", *reasons]))
            if own and status.endswith("_COMPLETE"):
                return
            if not own and status.endswith(("_COMPLETE", "_FAILED", "_SKIPPED")):
                tell(f"{event['LogicalResourceId']}: {status.lower().replace('_', ' ')}")
        time.sleep(account.pause)


def _refusals(account: Account, **of: str) -> list[str]:
    """What CloudFormation found wrong with the last operation `of` a stack or change set before it began."""
    try:
        events = account.client("cloudformation").describe_events(**of, Filters={"FailedEvents": True})
    except ClientError:
        return []  # an account that may not ask gets the other reasons
    return [
        f"    {event.get('LogicalResourceId', '')}: {event['ValidationStatusReason']}"
        for event in events["OperationEvents"]
        if event["OperationId"] == events["OperationEvents"][0]["OperationId"] and "ValidationStatusReason" in event
    ]


def _events(account: Account, name: str, known: set[str]) -> list[dict[str, Any]]:
    """The stack's events that are not known yet, oldest first."""
    new: list[dict[str, Any]] = []
    pages = account.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=name)
    for page in pages:
        for event in page["StackEvents"]:
            if event["EventId"] in known:
                return new[::-1]
            new.append(event)
    return new[::-1]
