"""The ports of the policy: what ships is in force at first."""

from dataclasses import dataclass, field

import pytest

from chalicelib.models.policy.policies import Policy, PolicyChange
from chalicelib.services.policy import policies, ports
from chalicelib.storage.policy import policies as storage
from chalicelib.storage.staff.checkpoints import store_shipped_checkpoint
from tests.tables import Database
from tests.unit.fakes import policy as fakes
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.staff import gates


@dataclass
class Province:
    """What is in force, as one process of several sees it."""

    database: Database | None
    clock: Clock
    fake: fakes.InForceSource = field(default_factory=fakes.InForceSource)

    def in_force(self) -> ports.InForceSource:
        if self.database is None:
            return self.fake
        return storage.InForceSource(self.database.reference, hotline=fakes.HOTLINE, clock=self.clock)

    def policies(self) -> policies.Policies:
        if self.database is None:
            return fakes.Policies(self.fake)
        return storage.Policies(self.database.reference, changed=lambda: None)


@pytest.fixture
def province(database: Database | None, clock: Clock) -> Province:
    if database is not None:
        for kept in fakes.seeded().values():
            assert storage.store_shipped_policy(kept.document, kept.change, database.reference)
        for checkpoint in gates().values():
            store_shipped_checkpoint(checkpoint, database.reference)
    return Province(database, clock)


def draft(version: str, basis: str = "x") -> Policy:
    return fakes.POLICY.model_copy(update={"version": version, "basis": basis})


def change(version: str, instead_of: str, clock: Clock, by: str = "admin-1") -> PolicyChange:
    return PolicyChange(version=version, instead_of=instead_of, stored_at=clock(), stored_by=by)
