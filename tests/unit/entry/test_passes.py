"""The public state of a pass."""

import pytest

from chalicelib.models.entry.errors import CodeMistyped, PassUnknown
from chalicelib.services.entry.passes import state_of
from tests.unit.world import World


def test_the_public_state_tells_a_slip_from_an_unknown_pass(world: World) -> None:
    with pytest.raises(CodeMistyped):
        state_of("0000-0000-0000-0001", records=world.entries, clock=world.clock)
    with pytest.raises(PassUnknown):
        state_of("0000-0000-0000-0000", records=world.entries, clock=world.clock)
