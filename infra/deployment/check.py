"""Check everything that can be checked without an account: the package, its rights, its parameters.

It also lists what has changed since the last release, and fails where something that holds records would be lost.
"""

import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from infra.accounts import REGION
from infra.deployment import parameters, releases, rights
from infra.errors import CannotGoOn
from infra.packaging import runtimes
from infra.packaging.package import PACKAGE, TEMPLATE, Template, read_fresh_template
from infra.steps import Printed

LARGEST_UNPACKED = 262_144_000
"""Bytes of a function's code and layers, unpacked (Lambda's quota, 250 MB)."""

_NOT_FOR_US = ["W2530"]
"""Rules of cfn-lint. W2530 wants SAM's `AutoPublishAlias` for snapshots; our template has versions and aliases."""

_PLACEHOLDER = "000000000000"
"""The account in the placeholders of `app.py`. The template must replace each of them."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("--stage", default="prod", help="the stage's name (%(default)s)")
    parser.add_argument("--region", default=REGION, help="the AWS region (%(default)s)")
    parameters.add_argument(parser)
    options = parser.parse_args(arguments)
    steps = Printed()
    with steps.step("The package is there, and up to date"):
        template = read_fresh_template()
    resources: dict[str, Any] = template["Resources"]
    functions = {
        name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::Serverless::Function"
    }
    # No failure: a machine without that Python can check everything else.
    with steps.step("It is built by the Python that functions run on"):
        if problem := runtimes.problem():
            steps.say(f"It is not, so it cannot be deployed. {problem}")
    with steps.step("Every function goes through app.py"):
        _expect_all(functions, lambda each: each["Handler"].startswith("app."), "has another handler")
    with steps.step("No placeholder is left"):
        _expect_all(resources, lambda each: _PLACEHOLDER not in str(each), "names a placeholder's account")
    with steps.step("The code is not too large"):
        _check_size()
    with steps.step("No right is wider than it must be"):
        if problems := rights.problems(template):
            raise CannotGoOn("\n".join(problems))
    with steps.step("cfn-lint"):
        _lint(options.region)
    with steps.step("Nothing that holds records is lost"):
        _compare(template, options.region, steps)
    with steps.step("Parameters"):
        values = parameters.resolved(template, options.stage, options.set)
    for name, value in values.items():
        print(f"      {name:26}{value or '-'}")


def _compare(template: Template, region: str, steps: Printed) -> None:
    released = releases.read()
    if released is None:
        steps.say("no release yet")
        return
    changes = releases.changes(released, releases.summary(template), region)
    for change in changes:
        steps.say(str(change))
    if losses := [str(change) for change in changes if change.loss]:
        raise CannotGoOn("\n".join([*losses, "If this is intended: python -m infra release"]))


def _expect_all(named: Mapping[str, Any], holds: Callable[[Any], bool], problem: str) -> None:
    if names := [name for name, value in named.items() if not holds(value)]:
        raise CannotGoOn("\n".join(f"{name} {problem}." for name in names))


def _check_size() -> None:
    unpacked = 0
    for file in PACKAGE.glob("*.zip"):
        with ZipFile(file) as archive:
            unpacked += sum(each.file_size for each in archive.infolist())
    if unpacked > LARGEST_UNPACKED:
        raise CannotGoOn(
            f"The code is {unpacked / 1e6:.0f} MB unpacked; Lambda takes at most {LARGEST_UNPACKED / 1e6:.0f} MB."
        )


def _lint(region: str) -> None:
    cfn_lint = str(Path(sys.executable).with_name("cfn-lint"))
    command = [cfn_lint, "--regions", region, "--ignore-checks", *_NOT_FOR_US, "--", TEMPLATE]
    linted = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, check=False)
    if linted.returncode:
        raise CannotGoOn(f"cfn-lint:\n{linted.stdout}{linted.stderr}")
