"""Who may replace the policy in force, and what is stored of it."""

import json
from typing import Any

import pytest

from chalicelib.data import read_bytes
from chalicelib.models.errors import FieldProblem, InvalidInput, ServiceUnavailable
from chalicelib.models.people.administrative_units import units
from chalicelib.models.people.languages import Language
from chalicelib.models.people.province import province
from chalicelib.models.policy.errors import PolicyChanged, PolicyPreconditionMissing, PolicyVersionUnknown
from chalicelib.models.policy.policies import Policy, PolicyChange
from chalicelib.models.policy.texts import PolicyTexts
from chalicelib.models.staff.roles import Principal
from chalicelib.models.versions import Kept
from chalicelib.services.policy.policies import put_in_force, version_of
from tests.forms import NOW
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.policy import Policies
from tests.unit.gsm import GSM_7
from tests.unit.policy.drafts import ADMINISTRATOR, NEXT, SHIPPED, TAY_NINH, policy


def test_a_policy_of_before_these_fields_is_still_read() -> None:
    old = {name: value for name, value in SHIPPED.items() if name != "papers"}
    old["rules"] = [rule for rule in SHIPPED["rules"] if "papers" not in rule]
    assert Policy.from_stored(json.dumps(old)).papers == {}


def put(policies: Policies, changed: Policy, instead_of: str | None, staff: Principal = ADMINISTRATOR) -> Any:
    return put_in_force(
        changed,
        instead_of=instead_of,
        staff=staff,
        province=TAY_NINH,
        policies=policies,
        clock=Clock(),
    )


def test_a_change_names_who_put_which_version_in_place_of_which() -> None:
    policies = Policies()
    change = put(policies, policy(), SHIPPED["version"])
    assert change == PolicyChange(
        version=NEXT,
        instead_of=SHIPPED["version"],
        stored_at=NOW,
        stored_by="admin-1",
        stored_by_name="Quản trị viên thử",
    )
    assert policies.in_force().version == NEXT
    assert version_of(SHIPPED["version"], policies=policies).version == SHIPPED["version"]


def test_the_same_policy_again_is_the_first_answer_even_when_it_was_replaced_since() -> None:
    policies = Policies()
    first = put(policies, policy(), SHIPPED["version"])
    assert put(policies, policy(), SHIPPED["version"]) == first
    put(policies, policy(version="later"), NEXT)
    assert put(policies, policy(), SHIPPED["version"]) == first
    assert policies.source.version == "later"


def test_a_change_that_does_not_name_the_version_in_force_is_refused() -> None:
    policies = Policies()
    with pytest.raises(PolicyPreconditionMissing):
        put(policies, policy(), None)
    with pytest.raises(PolicyChanged) as raised:
        put(policies, policy(), "2021-07-01.1")
    assert raised.value.members["in_force"] == SHIPPED["version"]
    assert list(policies.source.kept) == [SHIPPED["version"]]


def test_of_two_changes_at_once_the_second_is_refused_with_what_is_in_force() -> None:
    policies = Policies()
    other = Kept(policy(version="other"), PolicyChange(version="other", stored_at=NOW, stored_by="admin-2"))

    def other_is_first() -> None:
        policies.source.kept["other"] = other
        policies.source.version = "other"

    policies.meanwhile = other_is_first
    with pytest.raises(PolicyChanged) as raised:
        put(policies, policy(), SHIPPED["version"])
    assert raised.value.members["in_force"] == "other"


@pytest.mark.parametrize(
    ("changes", "staff"), [({"basis": "another"}, ADMINISTRATOR), ({}, ADMINISTRATOR._replace(subject="admin-2"))]
)
def test_a_version_never_changes(changes: dict[str, Any], staff: Principal) -> None:
    policies = Policies()
    put(policies, policy(), SHIPPED["version"])
    with pytest.raises(InvalidInput) as raised:
        put(policies, policy(**changes), NEXT, staff)
    assert raised.value.problems == (FieldProblem("/version", "policy_version_taken", {"version": NEXT}),)
    assert policies.find(NEXT) == Kept(policy(), policies.changes(1)[0])


def test_a_change_that_met_another_which_came_to_nothing_may_be_sent_again() -> None:
    class Busy(Policies):
        def put_in_force(self, policy: Policy, change: PolicyChange) -> bool:
            return False

    with pytest.raises(ServiceUnavailable):
        put(Busy(), policy(), SHIPPED["version"])


@pytest.mark.parametrize("version", ["", "no-such", "x" * 2000, "bản 1", "../2"])
def test_a_version_there_never_was_is_unknown(version: str) -> None:
    with pytest.raises(PolicyVersionUnknown):
        version_of(version, policies=Policies())


def test_the_policy_that_ships_is_whole() -> None:
    policy = Policy.model_validate_json(read_bytes("provinces", "tay-ninh", "policy.json"))
    policy = policy.with_hotline(province("tay-ninh").hotline)
    for instruction in policy.instructions.values():
        assert set(instruction.sms) <= GSM_7
    assert all(area.unit in units(policy.units_list) for area in policy.areas if area.unit)


def test_the_texts_alone_are_those_of_the_whole_policy() -> None:
    stored, hotline = read_bytes("provinces", "tay-ninh", "policy.json"), province("tay-ninh").hotline
    whole = Policy.from_stored(stored).with_hotline(hotline)
    texts = PolicyTexts.from_stored(stored).with_hotline(hotline)
    assert (texts.findings, texts.papers) == (whole.findings, whole.papers)
    assert texts.instructions.keys() == whole.instructions.keys()
    for name, instruction in whole.instructions.items():
        assert [texts.instructions[name].in_language(each) for each in Language] == [
            instruction.in_language(each) for each in Language
        ]
