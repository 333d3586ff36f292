"""What the tests of staff share."""

import pytest

from tests.unit.staff.office import Office


@pytest.fixture
def office() -> Office:
    return Office()
