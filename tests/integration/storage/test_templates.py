"""The message templates of a stage that has none, and those that a worker has."""

from datetime import UTC, datetime

import pytest

from chalicelib.models.messaging.templates import Templates, TemplatesChange, shipped_templates
from chalicelib.storage.messaging.templates import TemplatesInForce, TemplateVersions, store_shipped_templates
from chalicelib.storage.reference_rows import ReferenceTable
from tests.integration.conftest import Clock
from tests.tables import by_botocore, client, create_table

OWN = shipped_templates("tay-ninh")
BY_SEED = TemplatesChange(version="a", stored_at=datetime(2026, 12, 1, tzinfo=UTC), stored_by="seed")


@pytest.fixture
def reference(aws: dict[str, str]) -> ReferenceTable:
    """A table without templates."""
    client("dynamodb").delete_table(TableName="reference")
    create_table("Reference")
    return by_botocore().reference


def named(version: str) -> Templates:
    return OWN.model_copy(update={"version": version})


def test_what_ships_is_stored_where_there_is_none_and_used_until_then(reference: ReferenceTable) -> None:
    versions = TemplateVersions(reference, shipped=lambda: OWN)
    assert versions.in_force() == OWN
    assert versions.changes(10) == []
    assert store_shipped_templates(named("a"), BY_SEED, reference, only_if_none=True)
    assert not store_shipped_templates(named("b"), BY_SEED, reference, only_if_none=True)
    assert versions.in_force() == named("a")
    assert store_shipped_templates(named("b"), BY_SEED, reference, only_if_none=False)
    assert versions.in_force() == named("b")
    other = named("a").model_copy(update={"notices": {}})
    assert not store_shipped_templates(other, BY_SEED, reference, only_if_none=False)


def test_a_worker_has_those_of_a_minute_ago_at_most_with_every_notice(reference: ReferenceTable, clock: Clock) -> None:
    versions = TemplateVersions(reference, shipped=lambda: OWN)
    in_force = TemplatesInForce(versions, shipped=lambda: OWN, clock=clock)
    assert in_force.current() == OWN
    fewer = named("a").model_copy(update={"notices": {"admitted": OWN.notices["revoked"]}})
    assert store_shipped_templates(fewer, BY_SEED, reference, only_if_none=True)
    clock.advance(seconds=59)
    assert in_force.current() == OWN
    clock.advance(seconds=1)
    assert in_force.current().notices == {**OWN.notices, "admitted": OWN.notices["revoked"]}
