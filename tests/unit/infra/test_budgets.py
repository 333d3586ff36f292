"""What a stage may cost, and who hears of it."""

import pytest

from infra.deployment.cloudformation import STACK_TAG
from infra.deployment.parameters import resolved
from infra.errors import CannotGoOn
from tests.unit.infra.template import TEMPLATE

BUDGET = TEMPLATE["Resources"]["Budget"]
ADDRESS = "AlarmEmail=ops@example.vn"


@pytest.mark.parametrize("settings", [[], [ADDRESS], ["BudgetUsd=300", ADDRESS]])
def test_a_stage_has_a_budget_with_an_address_or_none(settings: list[str]) -> None:
    values = resolved(TEMPLATE, "prod", settings)
    assert values["BudgetUsd"] == ("300" if len(settings) == 2 else "0")


def test_a_budget_without_an_address_is_refused() -> None:
    with pytest.raises(CannotGoOn, match="BudgetUsd=300: nobody would get its e-mails"):
        resolved(TEMPLATE, "prod", ["BudgetUsd=300"])


def test_a_budget_counts_what_a_deployment_has_tagged() -> None:
    (tagged,) = BUDGET["Properties"]["Budget"]["CostFilters"]["TagKeyValue"]
    assert tagged == {"Fn::Join": ["$", [f"user:{STACK_TAG}", {"Ref": "AWS::StackName"}]]}


def test_it_warns_of_what_was_spent_and_of_what_will_be() -> None:
    warnings = [each["Notification"] for each in BUDGET["Properties"]["NotificationsWithSubscribers"]]
    assert [(each["NotificationType"], each["Threshold"]) for each in warnings] == [("ACTUAL", 80), ("FORECASTED", 100)]
    assert {each["ThresholdType"] for each in warnings} == {"PERCENTAGE"}


def test_a_budget_has_no_name_of_its_own() -> None:
    """With one it could not be replaced, as CloudFormation does when the address changes."""
    assert "BudgetName" not in BUDGET["Properties"]["Budget"]
