"""Requests of a person: each fact is written after those that its writer knows, and restricted passes are listed."""

from typing import Protocol

import pytest

from chalicelib.models.entry.amendments import AmendedField, Amendment
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.models.entry.restrictions import Restriction
from chalicelib.services.entry import ports as ports_of_entry
from chalicelib.services.rights import ports
from chalicelib.storage.entry import requests as storage
from tests.contracts.conftest import FOREVER
from tests.forms import NOW
from tests.records import declaration
from tests.tables import Database
from tests.unit.fakes import entry as fakes

CODE = Code.of(1, 1)


class Requests(
    ports.Requests, ports_of_entry.Declarations, ports_of_entry.DeclarationsByName, ports_of_entry.Records, Protocol
):
    """What the rights of a person need of the records, and what trials read."""


@pytest.fixture
def requests(database: Database | None) -> Requests:
    requests: Requests = fakes.Entries() if database is None else storage.Requests(database.entries, retention=FOREVER)
    requests.append_declaration(CODE, declaration(companions=2))
    return requests


def held(requests: Requests, code: Code = CODE) -> HeldPass:
    return pass_of(code, requests.find(code))


def restriction(restricted: bool) -> Restriction:
    return Restriction(restricted=restricted, recorded_at=NOW, recorded_by="administrator")


def amendment(value: str) -> Amendment:
    return Amendment(field=AmendedField.ADDRESS, value=value, recorded_at=NOW, recorded_by="administrator")


def test_of_restrictions_the_last_one_holds_and_the_list_has_the_passes_that_are_restricted(requests: Requests) -> None:
    assert (held(requests).is_restricted, requests.restricted_passes()) == (False, set())
    for number in range(12):
        assert requests.append_restriction(held(requests), restriction(number % 2 == 0))
        assert held(requests).is_restricted is (number % 2 == 0)
        assert requests.restricted_passes() == ({CODE} if number % 2 == 0 else set())
    assert len(held(requests).restrictions) == 12
    other = Code(CODE.declaration, 0)
    assert requests.append_restriction(held(requests, other), restriction(restricted=True))
    assert requests.restricted_passes() == {other}


def test_a_restriction_without_knowledge_of_the_last_one_is_not_written(requests: Requests) -> None:
    before = held(requests)
    assert requests.append_restriction(before, restriction(restricted=True))
    assert not requests.append_restriction(before, restriction(restricted=False))
    assert held(requests).restrictions == [restriction(restricted=True)]
    assert requests.restricted_passes() == {CODE}


def test_amendments_stand_in_their_order_and_none_is_written_without_knowledge_of_the_last_one(
    requests: Requests,
) -> None:
    before = held(requests)
    for number in range(12):
        assert requests.append_amendment(held(requests), amendment(f"{number}"))
    assert not requests.append_amendment(before, amendment("late"))
    assert [each.value for each in held(requests).amendments] == [f"{number}" for number in range(12)]
    assert held(requests, Code(CODE.declaration, 0)).amendments == ()
    assert held(requests).record.declaration == declaration(companions=2)
