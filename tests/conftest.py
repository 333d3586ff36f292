"""What tests of several kinds share."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Whether a test passes does not depend on how fast a machine is.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """Moto's DynamoDB, for the whole session."""
    from tests.tables import moto_server  # most unit tests need no moto

    with moto_server() as url:
        yield url
