"""Record the stack's resources and the code of a release, and compare with them later.

The resources are written to `infra/deployment/released.yaml`, the code to `released.tar.xz` beside it. Both are part of
the release's commit. From then on `python -m infra check` lists what a deployment would add, change and remove, and
fails where something that holds records would be lost; and tests go back to that code with the records of this one.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra import ROOT
from infra.deployment import archives
from infra.packaging.package import Template, read_fresh_template

RELEASED = Path(__file__).with_name("released.yaml")

_HOLDING = {
    "AWS::Cognito::UserPool": "staff",
    "AWS::DynamoDB::Table": "records",
    "AWS::Logs::LogGroup": "logs",
    "AWS::SQS::Queue": "events",
}
"""Types of resources whose contents cannot be made again, and what those are."""
_CODE = ("CodeUri", "ContentUri")
_KEPT = ("Retain", "RetainExceptOnCreate")
_HEADER = """\
# The stack's resources at the last release. Written by `python -m infra release`; not for editing.
"""

Summary = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A difference from the last release."""

    what: str
    loss: str | None = None
    """What a deployment of it would lose, if anything."""

    def __str__(self) -> str:
        return f"{self.what}: {self.loss}" if self.loss else self.what


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.parse_args(arguments)
    write(read_fresh_template())
    archives.write()
    written = " and ".join(str(file.relative_to(ROOT)) for file in (RELEASED, archives.ARCHIVE))
    print(f"Written: {written}. Commit them with the release.")


def summary(template: Template) -> Summary:
    """The part of a template that releases are compared by: all but the code and the details of each route."""
    return {
        "Parameters": {name: _default(each) for name, each in sorted(template["Parameters"].items())},
        "Resources": {name: _resource(each, template) for name, each in sorted(template["Resources"].items())},
    }


def write(template: Template, file: Path = RELEASED) -> None:
    # A copy through JSON has no shared objects: YAML would write the second use of one as a reference to the first.
    plain = json.loads(json.dumps(summary(template)))
    text = yaml.safe_dump(plain, allow_unicode=True, width=120, default_flow_style=None)
    file.write_text(_HEADER + text, encoding="utf-8")


def read(file: Path = RELEASED) -> Summary | None:
    """The summary of the last release; None if there was none."""
    if not file.is_file():
        return None
    released: Summary = yaml.safe_load(file.read_text(encoding="utf-8"))
    return released


def changes(before: Summary, after: Summary, region: str) -> list[Change]:
    """The differences, by resource and property."""
    return [*_of_parameters(before["Parameters"], after["Parameters"]), *_of_resources(before, after, region)]


def _of_parameters(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Change(f"- parameter {name}")
        elif name not in before:
            yield Change(f"+ parameter {name}, {after[name] or 'empty'} if it is not set")
        elif before[name] != after[name]:
            yield Change(f"~ parameter {name}, {before[name] or 'empty'} -> {after[name] or 'empty'} if it is not set")


def _of_resources(before: Summary, after: Summary, region: str) -> Iterator[Change]:
    was, now = before["Resources"], after["Resources"]
    for name in sorted(was.keys() | now.keys()):
        if name not in was:
            yield Change(f"+ {name} ({now[name]['Type']})")
        elif name not in now:
            yield Change(f"- {name} ({was[name]['Type']})", _lost(was[name], "no longer in the stack"))
        elif was[name]["Type"] != now[name]["Type"]:
            yield Change(f"- {name} is {now[name]['Type']} now", _lost(was[name], "of another type now"))
        else:
            yield from _of_resource(name, was[name], now[name], region)


def _of_resource(name: str, was: Mapping[str, Any], now: Mapping[str, Any], region: str) -> Iterator[Change]:
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if was.get(policy) in _KEPT and now.get(policy) not in _KEPT:
            yield Change(f"~ {name}, {policy}", _lost(was, "no longer kept when the stack removes it"))
    for key in sorted((was.keys() | now.keys()) - {"Properties"}):
        if was.get(key) != now.get(key):
            yield Change(f"~ {name}, {key}")
    replacing = _replacing(was["Type"], region)
    before, after = was.get("Properties", {}), now.get("Properties", {})
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) == after.get(key):
            continue
        if key in replacing:
            yield Change(f"! {name}, {key}: it is replaced", _lost(was, "replaced by an empty one"))
        elif key == "StreamSpecification" and key in before:
            yield Change(f"! {name}, {key}: the stream is replaced", "events that are in it are lost")
        else:
            yield Change(f"~ {name}, {key}")


def _lost(resource: Mapping[str, Any], how: str) -> str | None:
    contents = _HOLDING.get(resource["Type"])
    return f"it holds {contents}, and is {how}" if contents else None


def _replacing(kind: str, region: str) -> set[str]:
    """The properties that CloudFormation can change only by replacing the resource, from its own schema."""
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, kind).schema
    except ResourceNotFoundError:
        return set()  # a type of SAM's own: none of these holds anything
    listed = [*schema.get("createOnlyProperties", []), *schema.get("conditionalCreateOnlyProperties", [])]
    return {each.split("/")[2] for each in listed}


def _default(parameter: Mapping[str, Any]) -> str:
    return str(parameter.get("Default", ""))


def _resource(resource: Mapping[str, Any], template: Template) -> dict[str, Any]:
    properties = {name: value for name, value in resource.get("Properties", {}).items() if name not in _CODE}
    if _is_by_a_setting(properties.get("TableName"), template):
        del properties["TableName"]
    if "DefinitionBody" in properties:
        properties["DefinitionBody"] = _routes(properties["DefinitionBody"])
    if "Environment" in properties:
        properties["Environment"] = sorted(properties["Environment"]["Variables"])
    if properties.get("DashboardBody"):
        del properties["DashboardBody"]
    return {**{key: value for key, value in resource.items() if key != "Properties"}, "Properties": properties}


def _is_by_a_setting(name: Any, template: Template) -> bool:
    """Whether a table has this name only if an operator has put it in the place of one that is gone."""
    match name:
        case {"Fn::If": [condition, _, {"Ref": "AWS::NoValue"}]}:
            match template["Conditions"][condition]:
                case {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}:
                    return _default(template["Parameters"][parameter]) == ""
    return False


def _routes(definition: Mapping[str, Any]) -> list[str]:
    """Each route with the function that serves it: another function has other rights."""
    return sorted(
        f"{method.upper()} {path}: {_function(operation)}"
        for path, operations in definition["paths"].items()
        for method, operation in operations.items()
    )


def _function(operation: Mapping[str, Any]) -> str:
    uri: str = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
    return uri.partition("functions/${")[2].partition("}")[0].removesuffix("Alias")
