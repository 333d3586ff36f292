"""What the tests of partners share."""

import pytest

from tests.unit.partners.partnership import Partnership
from tests.unit.world import World


@pytest.fixture
def partnership(world: World) -> Partnership:
    return Partnership(world)
