"""The policies in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.data import read_bytes
from chalicelib.models.people.province import province
from chalicelib.models.policy.in_force import InForce
from chalicelib.models.policy.policies import Policy, PolicyChange
from chalicelib.models.policy.texts import Texts
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.models.versions import Kept
from tests.forms import NOW
from tests.unit.fakes.staff import gates

HOTLINE = province("tay-ninh").hotline
POLICY = Policy.model_validate_json(read_bytes("provinces", "tay-ninh", "policy.json")).with_hotline(HOTLINE)


def seeded() -> dict[str, Kept[Policy, PolicyChange]]:
    return {POLICY.version: Kept(POLICY, PolicyChange(version=POLICY.version, stored_at=NOW, stored_by="seed"))}


class _InForce(NamedTuple):
    policy: Policy
    checkpoints: Mapping[str, Checkpoint]


@dataclass
class InForceSource:
    """An Hòa is open, An Tịnh closed."""

    kept: dict[str, Kept[Policy, PolicyChange]] = field(default_factory=seeded)
    checkpoints: dict[str, Checkpoint] = field(default_factory=gates)
    version: str = POLICY.version

    def current(self) -> InForce:
        return _InForce(self.policy(self.version), self.checkpoints)

    def policy(self, version: str) -> Policy:
        return self.kept[version].document

    def texts(self, version: str) -> Texts:
        return self.policy(version)

    def known(self, version: str) -> Policy | None:
        return self.kept[version].document if version in self.kept else None


@dataclass
class Policies:
    """`meanwhile` is what someone else does just before a policy is put in force."""

    source: InForceSource = field(default_factory=InForceSource)
    meanwhile: Callable[[], object] = field(default=lambda: None)

    def in_force(self) -> Policy:
        return self.source.current().policy

    def find(self, version: str) -> Kept[Policy, PolicyChange] | None:
        return self.source.kept.get(version)

    def put_in_force(self, policy: Policy, change: PolicyChange) -> bool:
        self.meanwhile()
        if policy.version in self.source.kept or change.instead_of != self.source.version:
            return False
        self.source.kept[policy.version] = Kept(policy, change)
        self.source.version = policy.version
        return True

    def changes(self, at_most: int) -> list[PolicyChange]:
        changes = [each.change for each in self.source.kept.values()]
        return sorted(changes, key=lambda each: (each.stored_at, each.version), reverse=True)[:at_most]
