"""Settings of how functions start, that do not go together, are refused before anything is deployed."""

from typing import Any

import pytest

from infra.deployment.parameters import resolved
from infra.deployment.starts import problems
from infra.errors import CannotGoOn
from infra.packaging.package import Template
from tests.unit.infra.template import TEMPLATE

OFF = {
    "SnapStart": "off",
    "PublicProvisioned": "",
    "GateProvisioned": "",
    "PublicConcurrency": "",
    "GateConcurrency": "",
}


def template(runtime: str = "python3.12", **properties: Any) -> Template:
    function = {"Properties": {"Runtime": runtime, **properties}}
    return {"Resources": {"APIHandler": function, "Gate": function}}


def refusals(runtime: str = "python3.12", properties: dict[str, Any] | None = None, **values: str) -> list[str]:
    return problems(template(runtime, **properties or {}), {**OFF, **values})


@pytest.mark.parametrize("runtime", ["python3.11", "python3.12"])
def test_everything_may_be_off(runtime: str) -> None:
    assert refusals(runtime) == []


@pytest.mark.parametrize(("ready", "reserved"), [("5", ""), ("5", "5"), ("9", "10")])
def test_as_many_instances_may_be_kept_ready_as_are_reserved(ready: str, reserved: str) -> None:
    assert refusals(GateProvisioned=ready, GateConcurrency=reserved) == []


def test_no_more_instances_are_kept_ready_than_are_reserved() -> None:
    (problem,) = refusals(PublicProvisioned="10", PublicConcurrency="9", GateConcurrency="300")
    assert problem.startswith("PublicProvisioned=10 is more than PublicConcurrency=9.")


@pytest.mark.parametrize("setting", ["gate", "both"])
def test_a_function_has_snapshots_or_instances_kept_ready(setting: str) -> None:
    (problem,) = refusals(SnapStart=setting, GateProvisioned="5")
    assert problem.startswith(f"SnapStart={setting} and GateProvisioned=5: a function has snapshots or ")
    assert problem.endswith("--set SnapStart=off, or --set GateProvisioned=")


def test_one_function_has_snapshots_while_instances_of_the_other_are_kept_ready() -> None:
    assert refusals(SnapStart="public", GateProvisioned="5") == []


@pytest.mark.parametrize(("runtime", "number"), [("python3.11", 2), ("python3.12", 0), ("python3.14", 0)])
def test_snapshots_need_a_newer_python(runtime: str, number: int) -> None:
    found = refusals(runtime, SnapStart="both")
    assert len(found) == number
    assert all("make package PYTHON=python3.13" in each for each in found)


def test_snapshots_need_a_small_folder_for_files() -> None:
    large = {"EphemeralStorage": {"Size": 1024}}
    assert refusals(properties=large) == []
    (problem,) = refusals(properties=large, SnapStart="gate")
    assert "has 512 MB at most, and here 1024" in problem


def test_a_setting_that_was_set_before_counts() -> None:
    current = {"GateConcurrency": "5", "GoneSince": "1"}
    assert resolved(TEMPLATE, "prod", ["GateProvisioned=5"], current)["GateConcurrency"] == "5"
    with pytest.raises(CannotGoOn, match="GateProvisioned=6 is more than GateConcurrency=5"):
        resolved(TEMPLATE, "prod", ["GateProvisioned=6"], current)
