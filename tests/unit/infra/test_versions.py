"""Each deployment that changes a function publishes a version of it, and no other deployment does."""

from typing import Any

import pytest

from infra.deployment.versions import with_versions, without_versions
from infra.packaging.package import Template
from tests.unit.infra.template import TEMPLATE

VERSION = "AWS::Lambda::Version"


ALL = {"APIHandler", "Gate", "Office", "Messaging", "Health"}
"""The functions of routes."""


def template(code: str = "s3://packages/1.zip", **properties: Any) -> Template:
    """The package's template as far as versions go: the functions of routes have their types and their code."""
    functions = {
        name: {
            "Type": "AWS::Serverless::Function",
            "Properties": {**TEMPLATE["Resources"][name]["Properties"], "CodeUri": code, **properties},
        }
        for name in ALL
    }
    typed = {name: each for name, each in TEMPLATE["Resources"].items() if "Type" in each}
    return {**TEMPLATE, "Resources": {**typed, **functions}}


def versions(template: Template, **values: str) -> dict[str, str]:
    """The version of each function, by the function's name."""
    resources = with_versions(template, values)["Resources"]
    return {
        each["Properties"]["FunctionName"]["Ref"]: name for name, each in resources.items() if each["Type"] == VERSION
    }


def changed(after: dict[str, str]) -> set[str]:
    before = versions(template())
    return {function for function, version in after.items() if version != before[function]}


def test_the_alias_names_the_version_and_the_function_has_its_hash() -> None:
    resources = with_versions(template(), {})["Resources"]
    for function, version in versions(template()).items():
        assert resources[f"{function}Alias"]["Properties"]["FunctionVersion"] == {"Fn::GetAtt": [version, "Version"]}
        # Lambda publishes no version of a function that has not changed.
        digest = version.removeprefix(f"{function}Version")
        assert resources[function]["Properties"]["Description"] == f"Code and settings {digest}"


def test_the_same_deployment_again_publishes_nothing() -> None:
    assert changed(versions(template(), Maintenance="false")) == set()


def test_a_new_table_is_another_version_of_each_function_that_uses_it() -> None:
    assert changed(versions(template(), NewEntriesTable="2")) == ALL
    assert changed(versions(template(), NewCasesTable="2")) == {"Health"}


def test_other_code_is_another_version_of_all() -> None:
    assert changed(versions(template(code="s3://packages/2.zip"))) == ALL


@pytest.mark.parametrize(
    ("setting", "functions"),
    [
        ({"Maintenance": "true"}, ALL),
        ({"Stage": "test"}, ALL),
        ({"ZaloAppId": "1"}, {"Messaging"}),
        ({"PassLifetimeSeconds": "7200"}, {"APIHandler", "Gate"}),
        ({"StaffIssuer": "https://issuer.example"}, {"Gate", "Office", "Health"}),  # in a condition
        ({"SnapStart": "gate"}, {"APIHandler", "Gate"}),  # the public's setting asks for it, too
        ({"RequestRate": "100"}, set()),  # the gateway's
        ({"GateProvisioned": "5"}, set()),  # the alias's
        ({"GateConcurrency": "5"}, set()),  # of all versions together
    ],
)
def test_a_setting_is_another_version_of_the_functions_that_use_it(
    setting: dict[str, str], functions: set[str]
) -> None:
    assert changed(versions(template(), **setting)) == functions


def test_the_template_itself_stays_as_it_is() -> None:
    given = template()
    with_versions(given, {})
    assert "GateVersion" in given["Resources"]
    assert "Description" not in given["Resources"]["Gate"]["Properties"]


def test_a_deployed_template_leads_back_to_what_it_was_made_from() -> None:
    assert without_versions(with_versions(template(), {"Maintenance": "true"})) == template()
    assert without_versions(template()) == template()  # of a release that had no versions yet
