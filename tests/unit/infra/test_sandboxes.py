"""No stage with real travellers becomes a sandbox by mistake, and no sandbox becomes such a stage."""

import pytest

from chalicelib.settings import SettingWrong, read
from infra.deployment.parameters import resolved
from infra.deployment.sandboxes import banner
from infra.errors import CannotGoOn
from tests.unit.infra.template import TEMPLATE


@pytest.mark.parametrize("stage", ["sandbox", "sandbox-zalo"])
def test_a_sandbox_is_one_by_its_name_and_by_its_setting(stage: str) -> None:
    values = resolved(TEMPLATE, stage, ["Sandbox=on"])
    assert values["Sandbox"] == "on"
    assert f"{stage} IS A SANDBOX" in banner(values)
    assert read({"STAGE": stage, "SANDBOX": "true"}).sandbox


@pytest.mark.parametrize(
    ("stage", "sandbox", "current"),
    [
        ("prod", "on", {}),
        ("prod", "on", {"Sandbox": "off"}),
        ("test-sandbox", "on", {}),
        ("sandbox", "off", {}),
        ("sandbox", "off", {"Sandbox": "on"}),
    ],
)
def test_name_and_setting_that_do_not_agree_are_refused_before_anything_is_deployed(
    stage: str, sandbox: str, current: dict[str, str]
) -> None:
    with pytest.raises(CannotGoOn, match="sandbox"):
        resolved(TEMPLATE, stage, [f"Sandbox={sandbox}"], current)
    with pytest.raises(SettingWrong, match="SANDBOX"):
        read({"STAGE": stage, "SANDBOX": {"on": "true", "off": "false"}[sandbox]})


def test_without_the_setting_no_stage_is_one_and_the_name_is_refused() -> None:
    assert banner(resolved(TEMPLATE, "prod", [])) == ""
    assert not read({"STAGE": "prod"}).sandbox
    with pytest.raises(CannotGoOn, match="--set Sandbox=on"):
        resolved(TEMPLATE, "sandbox", [])


def test_what_a_sandbox_may_do_to_records_no_other_stage_may() -> None:
    rights = TEMPLATE["Resources"]["SandboxRights"]
    assert rights["Condition"] == "InSandbox"
    assert TEMPLATE["Conditions"]["InSandbox"] == {"Fn::Equals": [{"Ref": "Sandbox"}, "on"]}
    assert TEMPLATE["Parameters"]["Sandbox"]["Default"] == "off"
