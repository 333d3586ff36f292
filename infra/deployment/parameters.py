"""The template's parameters: what `--set NAME=VALUE` may be."""

import re
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from infra.deployment import budgets, domains, sandboxes, starts
from infra.errors import CannotGoOn
from infra.packaging.package import Template


def add_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the template; may be repeated"
    )


def named(assignments: Sequence[str]) -> dict[str, str]:
    """The values of `NAME=VALUE` arguments, by name. Raises `CannotGoOn` for one without `=`."""
    values = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise CannotGoOn(f"{assignment}: write NAME=VALUE.")
        values[name] = value
    return values


def resolved(
    template: Template, stage: str, assignments: Sequence[str], current: Mapping[str, str] | None = None
) -> dict[str, str]:
    """All parameters as the stack would have them. `current` are the values of the existing stack.

    Raises `CannotGoOn` for a value that the template refuses, and for values that do not go together.
    """
    definitions: Mapping[str, Any] = template["Parameters"]
    values = {name: str(definition.get("Default", "")) for name, definition in definitions.items()}
    values |= {name: value for name, value in (current or {}).items() if name in definitions}
    for name, value in {"Stage": stage, **named(assignments)}.items():
        if name not in definitions:
            raise CannotGoOn(_unknown(name, list(definitions)))
        if name == "Stage" and value != stage:
            raise CannotGoOn("The stage is set by --stage.")
        values[name] = value
    for name, value in values.items():
        if problem := _problem(definitions[name], value):
            raise CannotGoOn(f"{name}={value}: {problem}. {definitions[name].get('Description', '')}".rstrip())
    if problems := [
        *starts.problems(template, values),
        *sandboxes.problems(values),
        *domains.problems(values),
        *budgets.problems(values),
    ]:
        raise CannotGoOn("\n".join(problems))
    return values


def _unknown(name: str, settings: Sequence[str]) -> str:
    by_small = {each.lower(): each for each in settings}
    near = [by_small[each] for each in get_close_matches(name.lower(), by_small)]
    others = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(settings)}."
    return f"There is no setting {name}. {others}"


def _problem(definition: Mapping[str, Any], value: str) -> str | None:
    if definition["Type"] == "Number":
        if not re.fullmatch(r"-?\d+", value):
            return "must be a whole number"
        if int(value) < definition.get("MinValue", int(value)):
            return f"must be at least {definition['MinValue']}"
        if int(value) > definition.get("MaxValue", int(value)):
            return f"must be at most {definition['MaxValue']}"
    if not re.fullmatch(definition.get("AllowedPattern", ".*"), value):
        return f"must match {definition['AllowedPattern']}"
    allowed = [str(each) for each in definition.get("AllowedValues", [value])]
    return None if value in allowed else f"must be one of {', '.join(allowed)}"
