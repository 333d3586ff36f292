"""Publish a version of each function of routes when a deployment changes the function.

The gateway invokes an alias, and the alias names a version, which is a copy of the code and the settings that never
changes. CloudFormation publishes a version when a resource of this kind is new, and at no other time. So its name ends
with a hash of what the function is made from: its properties, its code, and the parameters that it uses. SAM's own
`AutoPublishAlias` looks at the code alone, or at properties before parameters are put in: a deployment that only sets
`Maintenance` would change nothing.

Lambda refuses a version that is the same as the last one. So the hash is the function's description as well: with
another hash the function is another one.
"""

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from infra.packaging.package import Template

_VERSION = "AWS::Lambda::Version"
_NAMES = re.compile(r"\$\{([A-Za-z0-9]+)")
"""What `Fn::Sub` puts into a text."""
_DESCRIPTION = "Code and settings "
_OF_NO_VERSION = ("ReservedConcurrentExecutions", "Events")
"""Properties of a function that its versions do not have."""


def with_versions(template: Template, values: Mapping[str, str]) -> Template:
    """A copy of a template whose versions are named by what they are made from.

    `values` are the parameters that do not have their default. The template names the code by its contents.
    """
    versioned: Template = json.loads(json.dumps(template))
    resources = versioned["Resources"]
    for name in [name for name, each in resources.items() if each["Type"] == _VERSION]:
        version = resources.pop(name)
        function = resources[version["Properties"]["FunctionName"]["Ref"]]["Properties"]
        digest = _digest(function, versioned, values)
        function["Description"] = _DESCRIPTION + digest
        resources[name + digest] = version
        _lead_aliases(resources, name, name + digest)
    return versioned


def without_versions(template: Template) -> Template:
    """What a deployed template was before `with_versions`: a copy, with the code that it names."""
    plain: Template = json.loads(json.dumps(template))
    resources = plain["Resources"]
    for name in [name for name, each in resources.items() if each["Type"] == _VERSION]:
        function = resources[resources[name]["Properties"]["FunctionName"]["Ref"]]["Properties"]
        digest = function.pop("Description", "").removeprefix(_DESCRIPTION)
        own = name.removesuffix(digest)
        resources[own] = resources.pop(name)
        _lead_aliases(resources, name, own)
    return plain


def _lead_aliases(resources: Mapping[str, Any], before: str, after: str) -> None:
    """Let the aliases that name one version name another."""
    for alias in resources.values():
        if alias.get("Properties", {}).get("FunctionVersion") == {"Fn::GetAtt": [before, "Version"]}:
            alias["Properties"]["FunctionVersion"] = {"Fn::GetAtt": [after, "Version"]}


def _digest(function: Mapping[str, Any], template: Template, values: Mapping[str, str]) -> str:
    own = {name: value for name, value in function.items() if name not in _OF_NO_VERSION}
    made_from = [own, template.get("Globals", {})]
    definitions, conditions = template["Parameters"], template["Conditions"]
    named = set(names_in(made_from, conditions))
    # A table's name may change: then a function that has it in its environment does, too.
    tables = [
        each["Properties"].get("TableName")
        for name, each in template["Resources"].items()
        if name in named and "Properties" in each
    ]
    used = sorted((named | set(names_in(tables, conditions))) & definitions.keys())
    settings = {name: values.get(name, str(definitions[name].get("Default", ""))) for name in used}
    return sha256(json.dumps([made_from, settings], sort_keys=True).encode()).hexdigest()[:10]


def names_in(node: Any, conditions: Mapping[str, Any]) -> Iterator[str]:
    """The names that a part of a template refers to, also by its conditions."""
    if isinstance(node, list):
        for each in node:
            yield from names_in(each, conditions)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "Ref":
            yield value
        elif key == "Fn::Sub":
            yield from _NAMES.findall(json.dumps(value))
        elif key == "Condition" and isinstance(value, str):  # not that of a right
            yield from names_in(conditions[value], conditions)
        elif key == "Fn::If":
            yield from names_in(conditions[value[0]], conditions)
        yield from names_in(value, conditions)
