"""The versions of the message templates, and those in force."""

from dataclasses import dataclass

import pytest

from chalicelib.models.messaging.templates import Templates, TemplatesChange, shipped_templates
from chalicelib.models.versions import Kept
from chalicelib.services.messaging.templates import TemplateVersions
from chalicelib.storage.messaging import templates as storage
from tests.tables import Database
from tests.unit.fakes import messaging as fakes
from tests.unit.fakes.clocks import Clock

OWN = shipped_templates("tay-ninh")
SEEDED = TemplatesChange(version=OWN.version, stored_at=fakes.SEEDED_AT, stored_by="seed")


@dataclass
class Kind:
    """The fake, or the real ones as several processes have them."""

    database: Database | None
    fake: fakes.TemplateVersions

    def versions(self) -> TemplateVersions:
        if self.database is None:
            return self.fake
        return storage.TemplateVersions(self.database.reference, shipped=_none_is_needed)


def _none_is_needed() -> Templates:
    raise AssertionError("some are stored")


@pytest.fixture
def kind(database: Database | None) -> Kind:
    if database is not None:
        assert storage.store_shipped_templates(OWN, SEEDED, database.reference, only_if_none=True)
    return Kind(database, fakes.TemplateVersions(OWN))


def named(version: str) -> Templates:
    return OWN.model_copy(update={"version": version})


def change(version: str, instead_of: str, clock: Clock) -> TemplatesChange:
    return TemplatesChange(version=version, instead_of=instead_of, stored_at=clock(), stored_by="admin-1")


def test_what_ships_is_in_force_and_on_record(kind: Kind) -> None:
    versions = kind.versions()
    assert versions.in_force() == OWN
    assert versions.find(OWN.version) == Kept(OWN, SEEDED)
    assert versions.find("none") is None
    assert versions.changes(10) == [SEEDED]


def test_new_templates_are_in_force_and_the_old_ones_kept(kind: Kind, clock: Clock) -> None:
    clock.advance(minutes=1)
    made = change("a", OWN.version, clock)
    assert kind.versions().put_in_force(named("a"), made)
    versions = kind.versions()
    assert versions.in_force() == named("a")
    assert versions.find("a") == Kept(named("a"), made)
    assert versions.find(OWN.version) == Kept(OWN, SEEDED)
    assert versions.changes(10) == [made, SEEDED]
    assert versions.changes(1) == [made]


def test_a_version_that_exists_and_one_that_replaces_another_are_not_stored(kind: Kind, clock: Clock) -> None:
    versions = kind.versions()
    clock.advance(minutes=1)
    for version, instead_of in ((OWN.version, OWN.version), ("a", "none")):
        assert not versions.put_in_force(named(version), change(version, instead_of, clock))
    assert versions.in_force() == OWN
    assert versions.changes(10) == [SEEDED]
