"""The versions of the policy: each is kept as it was put in force, and replaced by who knows it."""

import pytest

from chalicelib.models.versions import Kept
from tests.contracts.policy.conftest import Province, change, draft
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.policy import POLICY, seeded

(SHIPPED,) = seeded().values()


def test_what_ships_is_in_force_and_on_record(province: Province) -> None:
    policies = province.policies()
    assert policies.in_force() == POLICY
    assert policies.find(POLICY.version) == SHIPPED
    assert policies.changes(10) == [SHIPPED.change]


@pytest.mark.parametrize("version", ["none", POLICY.version[:-1], f"{POLICY.version}1"])
def test_a_version_there_never_was_is_not_found(province: Province, version: str) -> None:
    assert province.policies().find(version) is None


def test_a_new_version_is_in_force_and_the_old_one_kept(province: Province, clock: Clock) -> None:
    policies = province.policies()
    new = Kept(draft("a"), change("a", POLICY.version, clock))
    clock.advance(minutes=1)
    assert policies.put_in_force(new.document, new.change)
    for each in (policies, province.policies()):
        assert each.in_force() == new.document
        assert each.find("a") == new
        assert each.find(POLICY.version) == SHIPPED


def test_changes_are_listed_the_newest_first_as_many_as_are_asked_for(province: Province, clock: Clock) -> None:
    policies, before = province.policies(), POLICY.version
    for version in ("c", "a", "b"):
        clock.advance(minutes=1)
        assert policies.put_in_force(draft(version), change(version, before, clock))
        before = version
    assert [each.version for each in policies.changes(10)] == ["b", "a", "c", POLICY.version]
    assert [each.version for each in policies.changes(2)] == ["b", "a"]


def test_a_version_that_exists_is_not_put_in_force_again(province: Province, clock: Clock) -> None:
    policies = province.policies()
    first = change("a", POLICY.version, clock)
    assert policies.put_in_force(draft("a"), first)
    clock.advance(minutes=1)
    for again in (draft("a"), draft("a", basis="other")):
        assert not policies.put_in_force(again, change("a", "a", clock, by="admin-2"))
    assert not policies.put_in_force(POLICY, change(POLICY.version, "a", clock))
    assert policies.in_force() == draft("a")
    assert policies.find("a") == Kept(draft("a"), first)
    assert policies.changes(10) == [first, SHIPPED.change]


def test_a_change_that_replaces_another_version_than_that_in_force_is_not_written(
    province: Province, clock: Clock
) -> None:
    policies = province.policies()
    assert policies.put_in_force(draft("a"), change("a", POLICY.version, clock))
    before = policies.changes(10)
    clock.advance(minutes=1)
    for instead_of in (POLICY.version, "none"):
        assert not policies.put_in_force(draft("b"), change("b", instead_of, clock))
    assert policies.in_force() == draft("a")
    assert policies.find("b") is None
    assert policies.changes(10) == before
    assert policies.put_in_force(draft("b"), change("b", "a", clock))
