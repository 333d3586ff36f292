"""What the tests of the gate share."""

import pytest

from tests.unit.world import World


@pytest.fixture
def world() -> World:
    world = World()
    for each in ("supervisor", "another"):
        world.postings.post(each, "an-hoa")
    return world
