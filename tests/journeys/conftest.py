"""The whole system, deployed once for all journeys of a process: the package on a local engine, on its own port."""

from collections.abc import Iterator

import pytest

from infra.local.stack import Stack, running
from infra.steps import Silent


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(Silent(), workdir=tmp_path_factory.mktemp("local")) as (stack, _):
        yield stack
