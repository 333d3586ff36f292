"""Aliases: one for each pass, beside it."""

from datetime import timedelta

from chalicelib.models.entry.aliases import Alias
from tests.contracts.gate.conftest import Entries, declared, found
from tests.forms import NOW


def test_an_alias_stands_beside_its_pass_and_the_first_one_stays(entries: Entries) -> None:
    traveller, companion = declared(entries, companions=1)
    first = Alias(other="hash", recorded_at=NOW, recorded_by="guard", recorded_by_name="Gác")
    entries.append_alias(companion, first)
    entries.append_alias(companion, Alias(other="other", recorded_at=NOW + timedelta(minutes=1), recorded_by="other"))
    assert found(entries, companion.code).alias == first
    assert found(entries, traveller.code).alias is None
