"""What tests of several kinds share."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """Moto's DynamoDB, for the whole session."""
    from tests.tables import moto_server  # most unit tests need no moto

    with moto_server() as url:
        yield url
