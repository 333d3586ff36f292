"""The ports of entry."""

from typing import Protocol

import pytest

from chalicelib.services.entry import ports
from chalicelib.storage.entry import entries as storage
from tests.contracts.conftest import FOREVER
from tests.tables import Database
from tests.unit.fakes import entry as fakes


class Declarations(ports.Declarations, ports.Records, ports.DeclarationsByName, ports.Proofs, Protocol):
    """What entry needs of the records."""


@pytest.fixture
def declarations(database: Database | None) -> Declarations:
    return fakes.Entries() if database is None else storage.Entries(database.entries, retention=FOREVER)
