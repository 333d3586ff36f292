"""A budget needs an e-mail address. AWS refuses one without, but only minutes after a deployment has begun."""

from collections.abc import Mapping


def problems(values: Mapping[str, str]) -> list[str]:
    """Why AWS would refuse these values of the parameters, with what to do."""
    budget = values.get("BudgetUsd", "0")
    if budget != "0" and not values.get("AlarmEmail"):
        return [f"BudgetUsd={budget}: nobody would get its e-mails. Give an address, too: AlarmEmail=…"]
    return []
