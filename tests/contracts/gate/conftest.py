"""The ports of the gate."""

from typing import Protocol

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.models.entry.replacements import Replacement
from chalicelib.services.entry import ports as ports_of_entry
from chalicelib.services.gate import ports
from chalicelib.storage.entry import entries as storage
from tests.contracts.conftest import FOREVER
from tests.records import declaration
from tests.tables import Database
from tests.unit.fakes import entry as fakes


class Entries(ports.Entries, ports_of_entry.Declarations, Protocol):
    """What the gate needs of the records, and what puts declarations there."""

    def append_replacement(self, held: HeldPass, replacement: Replacement) -> None: ...


@pytest.fixture
def entries(database: Database | None) -> Entries:
    return fakes.Entries() if database is None else storage.Entries(database.entries, retention=FOREVER)


def declared(entries: Entries, number: int = 1, companions: int = 0) -> list[HeldPass]:
    """The passes of a new declaration, as they were found right after it."""
    code = Code.of(number, 0)
    assert entries.append_declaration(code, declaration(companions)) is None
    return [found(entries, Code(code.declaration, person)) for person in range(companions + 1)]


def found(entries: Entries, code: Code) -> HeldPass:
    return pass_of(code, entries.find(code))
