"""Each port as services know it: in memory, as unit tests have it, and as storage.

A contract test checks a port's docstring on every implementation, so a fake cannot behave unlike DynamoDB.
Storage is tested on moto and on the local engine, by our connection and by botocore's, which ours replaces; and by ours
alone on dynalite, which refuses more: `make conformance`.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.adapters.aws_json import DYNAMODB, Client, Keys
from infra.accounts import LOCAL_KEY, calls
from infra.accounts import engine as account_of
from infra.local.engine import free_port, running
from tests.conformance import dynalite
from tests.conformance.dynalite import Completed
from tests.tables import REGION, TABLES, Database, client, create_table
from tests.unit.fakes.clocks import Clock

FOREVER = timedelta(days=100 * 365)
"""A reader of storage ignores what has expired by the real time, which the tests' own is long before."""


@pytest.fixture(
    params=[
        *("fake", "moto", "moto by botocore", "engine", "engine by botocore"),
        *(["dynalite"] if {"CI_ALL", "CONFORMANCE"} & os.environ.keys() else []),
    ],
)
def database(request: pytest.FixtureRequest) -> Iterator[Database | None]:
    """What a test is about: None is the fake; else the tables, which are there and empty."""
    if request.param == "fake":
        yield None
        return
    engine, _, connection = request.param.partition(" by ")
    url: str = request.getfixturevalue(f"{engine}_url")
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        theirs = client("dynamodb") if engine == "moto" else _client_of_engine(url)
        with closing(Client(DYNAMODB, REGION, lambda: Keys(LOCAL_KEY, LOCAL_KEY, None))) as ours:
            suffix = f"-{token_hex(4)}"
            for table in TABLES:
                create_table(table, table.lower() + suffix, theirs)
            asked = calls(theirs) if connection else ours
            yield Database.of(Completed(asked) if engine == "dynalite" else asked, suffix=suffix)


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    workdir: Path = tmp_path_factory.mktemp("engine")
    with running(free_port(), workdir) as engine:
        yield engine.endpoint


@pytest.fixture(scope="session")
def dynalite_url() -> Iterator[str]:
    with dynalite.serving() as url:
        yield url


@pytest.fixture
def threads(request: pytest.FixtureRequest) -> Iterator[ThreadPoolExecutor]:
    """For what is asked at once: eight threads, with moto a single one, because moto takes a failed transaction back by
    restoring all its tables, with what others have written meanwhile."""
    with ThreadPoolExecutor(1 if "moto" in request.node.callspec.id else 8) as pool:
        yield pool


@cache
def _client_of_engine(url: str) -> Any:
    return account_of(url).client("dynamodb")


@pytest.fixture
def clock() -> Clock:
    return Clock()
