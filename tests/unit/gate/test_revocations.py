"""Revoking passes."""

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.gate.errors import PassAlreadyRevoked
from chalicelib.models.staff.roles import Principal, Role
from tests.forms import form
from tests.unit.world import SUPERVISOR, World


def test_a_revocation_is_one_query_and_one_write_and_counts_at_once(world: World) -> None:
    declared = world.declare(form(companions=1))
    world.entries.writes = 0
    revocation = world.revoke(declared.code)
    assert (world.entries.reads, world.entries.writes) == (1, 1)
    assert (revocation.recorded_by, revocation.recorded_by_name) == ("supervisor", "Giám sát")
    assert world.check(str(declared.code)).verdict is Verdict.REVOKED
    assert world.check(str(Code(declared.code.declaration, 1))).verdict is Verdict.VALID


def test_the_same_revocation_again_is_the_first_answer(world: World) -> None:
    declared = world.declare()
    first = world.revoke(declared.code)
    world.clock.advance(minutes=1)
    assert world.revoke(declared.code) == first


@pytest.mark.parametrize(
    ("staff", "reason"), [(SUPERVISOR, "Biển số giả"), (Principal("doctor", frozenset({Role.HEALTH})), "Khai thay")]
)
def test_a_different_second_revocation_is_refused_with_the_first(world: World, staff: Principal, reason: str) -> None:
    declared = world.declare()
    world.revoke(declared.code)
    with pytest.raises(PassAlreadyRevoked) as raised:
        world.revoke(declared.code, staff, reason)
    assert (raised.value.members["revocation"]["recorded_by"], raised.value.members["revocation"]["reason"]) == (
        "supervisor",
        "Khai thay",
    )


def test_a_revocation_of_an_unknown_pass_is_refused(world: World) -> None:
    declared = world.declare()
    for code in (Code.of(1, 0), Code(declared.code.declaration, 1)):
        with pytest.raises(PassUnknown):
            world.revoke(code)
