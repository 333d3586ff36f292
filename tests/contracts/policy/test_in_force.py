"""What is in force: at most a minute old, with every policy there was."""

from tests.contracts.policy.conftest import Province, change, draft
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.policy import POLICY
from tests.unit.fakes.staff import gates


def test_the_policy_and_the_checkpoints_are_in_force_by_their_ids(province: Province) -> None:
    current = province.in_force().current()
    assert current.policy == POLICY
    assert current.checkpoints == gates()


def test_a_new_policy_is_in_force_after_a_minute_at_the_latest(province: Province, clock: Clock) -> None:
    in_force, before = province.in_force(), POLICY.version
    for version in ("a", "b"):
        in_force.current()
        assert province.policies().put_in_force(draft(version), change(version, before, clock))
        clock.advance(seconds=60)
        assert in_force.current().policy == draft(version)
        before = version


def test_every_policy_there_was_is_found_also_one_of_this_moment(province: Province, clock: Clock) -> None:
    in_force = province.in_force()
    assert in_force.policy(POLICY.version) == POLICY
    assert province.policies().put_in_force(draft("a"), change("a", POLICY.version, clock))
    assert in_force.policy("a") == draft("a")
    clock.advance(seconds=60)
    for policy in (POLICY, draft("a")):
        assert in_force.policy(policy.version) == policy
