"""Which settings of how functions start go together: snapshots, instances that are kept ready, reserved instances.

Lambda refuses the others too, but minutes into a deployment. What the settings are for: docs/cold-starts.md.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.packaging.package import Template

_FUNCTIONS = {"public": "APIHandler", "gate": "Gate"}
"""The functions that these settings are for, by their name in settings."""
_OLDEST = (3, 12)
"""The oldest Python with snapshots, and the largest folder for files that they take, in MB:
https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html"""
_LARGEST_STORAGE = 512


def problems(template: Template, values: Mapping[str, str]) -> list[str]:
    """Why Lambda would refuse these values of the parameters, with what to do."""
    return [
        problem
        for name, function in _FUNCTIONS.items()
        for problem in _of(name, template["Resources"][function].get("Properties", {}), values)
    ]


def _of(name: str, function: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[str]:
    ready = f"{name.title()}Provisioned"
    reserved = f"{name.title()}Concurrency"
    snapshots = values["SnapStart"] in (name, "both")
    if values[ready] and values[reserved] and int(values[ready]) > int(values[reserved]):
        yield (
            f"{ready}={values[ready]} is more than {reserved}={values[reserved]}. No more instances can be kept ready "
            "than are reserved: lower the first or raise the second."
        )
    if not snapshots:
        return
    setting = f"SnapStart={values['SnapStart']}"
    if values[ready]:
        yield (
            f"{setting} and {ready}={values[ready]}: a function has snapshots or instances that are kept ready, not "
            f"both. Take one back: --set SnapStart=off, or --set {ready}="
        )
    runtime = str(function.get("Runtime", ""))
    version = re.fullmatch(r"python(\d+)\.(\d+)", runtime)
    if version and tuple(map(int, version.groups())) < _OLDEST:
        yield (
            f"{setting}: Lambda has no snapshots for {runtime}. Build with Python 3.12 or newer: delete .venv, then "
            "make package PYTHON=python3.13"
        )
    storage = function.get("EphemeralStorage", {}).get("Size", _LARGEST_STORAGE)
    if storage > _LARGEST_STORAGE:
        yield f"{setting}: with snapshots a function's /tmp has {_LARGEST_STORAGE} MB at most, and here {storage}."
