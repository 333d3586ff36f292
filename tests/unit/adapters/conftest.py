"""What the tests of staff's issuers share: a clock that is set by hand, and a server of keys on the loopback."""

from collections.abc import Iterator

import pytest

from tests.unit.adapters.issuing import Clock, KeyServer, key_server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with key_server() as served:
        yield served
