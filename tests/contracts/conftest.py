"""Each port as services know it: once in memory, as unit tests have it, and once as storage, on moto.

A contract test asserts what a port's docstring promises, of both: so a fake cannot promise what DynamoDB does not keep.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from moto import mock_aws

from chalicelib.adapters import aws
from tests.tables import REGION, ROWS, create_table, forget_connections
from tests.unit.fakes.clocks import Clock

FOREVER = timedelta(days=100 * 365)
"""A reader of storage ignores what has expired by the real time, which the tests' own is long before."""


@pytest.fixture(params=["fake", "moto"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which of the two a test is about. On moto the tables are there, and empty."""
    if request.param == "moto":
        request.getfixturevalue("tables")
    kind: str = request.param
    return kind


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        for name, rows in ROWS.items():
            rows.Meta.table_name = create_table(name)
            rows.Meta.region = REGION
            rows._get_connection().connection._client = aws.client("dynamodb", REGION)
        yield
    forget_connections()


@pytest.fixture
def clock() -> Clock:
    return Clock()
