"""The policies, in the `reference` table.

The partition `POLICIES` holds every version there was, for ever; the partition `CHANGES` who put which in force when
(`<time>#<version>`), so that their list need not read the policies; the row `POLICY` of the partition `CURRENT` the one
in force.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from chalicelib.models.errors import Misconfigured
from chalicelib.models.people.province import Hotline
from chalicelib.models.policy.texts import PolicyTexts, Texts
from chalicelib.storage.reference_rows import CURRENT, FRESH_FOR, ReferenceRow, ReferenceTable

if TYPE_CHECKING:
    # A check needs the texts alone.
    from chalicelib.models.policy.in_force import InForce
    from chalicelib.models.policy.policies import Policy, PolicyChange
    from chalicelib.models.staff.checkpoints import Checkpoint
    from chalicelib.models.versions import Kept
    from chalicelib.storage.reference_versions import Versions

_POLICY = "POLICY"

Found = TypeVar("Found")


class InForceSource:
    """`services.policy.ports.InForceSource` on DynamoDB: one query a minute, whatever the traffic.

    Its policies are as people read them, with the province's hotline in their texts.
    """

    def __init__(self, reference: ReferenceTable, *, hotline: Hotline, clock: Callable[[], datetime]) -> None:
        self._reference, self._hotline, self._clock = reference, hotline, clock
        self._read_at: datetime | None = None
        self._current: _Read
        self._policies: dict[str, Policy] = {}

    def current(self) -> InForce:
        return self._fresh()

    def forget(self) -> None:
        """Drop what was read, so that the next `current()` reads the table."""
        self._read_at = None

    def policy(self, version: str) -> Policy:
        return _found(self.known(version))

    def texts(self, version: str) -> Texts:
        current = self._fresh()
        return current.texts if current.version == version else self.policy(version)

    def known(self, version: str) -> Policy | None:
        current = self._fresh()
        if current.version == version:
            return current.policy
        if version not in self._policies:
            # Another process may have stored it a moment ago.
            kept = _versions(self._reference).stored(version)
            if kept is None:
                return None
            self._policies[version] = kept.with_hotline(self._hotline)
        return self._policies[version]

    def _fresh(self) -> _Read:
        now = self._clock()
        if self._read_at is None or now - self._read_at >= FRESH_FOR:
            rows = {row.row: row for row in self._reference.query(CURRENT, consistent_read=True)}
            self._current = _Read(rows, self._hotline)
            self._read_at = now
        return self._current


class _Read:
    """What one query read: an `InForce`. Each part is parsed when it is needed: a check needs the policy's texts
    alone."""

    def __init__(self, rows: Mapping[str, ReferenceRow], hotline: Hotline) -> None:
        self._rows, self._hotline = rows, hotline
        row = _found(rows.get(_POLICY))
        self.version, self._body = row.version, row.body

    @cached_property
    def policy(self) -> Policy:
        from chalicelib.models.policy.policies import Policy

        return Policy.from_stored(self._body).with_hotline(self._hotline)

    @cached_property
    def texts(self) -> PolicyTexts:
        return PolicyTexts.from_stored(self._body).with_hotline(self._hotline)

    @cached_property
    def checkpoints(self) -> Mapping[str, Checkpoint]:
        from chalicelib.storage.staff.checkpoints import checkpoints_in

        return checkpoints_in({name: row.body for name, row in self._rows.items()})


class Policies:
    """`services.policy.policies.Policies` on DynamoDB. `changed` is called after each change."""

    def __init__(self, reference: ReferenceTable, *, changed: Callable[[], None]) -> None:
        self._versions, self._changed = _versions(reference), changed

    def in_force(self) -> Policy:
        return _found(self._versions.stored_in_force())

    def find(self, version: str) -> Kept[Policy, PolicyChange] | None:
        return self._versions.find(version)

    def put_in_force(self, policy: Policy, change: PolicyChange) -> bool:
        try:
            return self._versions.replace(policy, change)
        finally:
            # However it ended, what this process holds may be out of date.
            self._changed()

    def changes(self, at_most: int) -> list[PolicyChange]:
        return self._versions.changes(at_most)


def store_shipped_policy(policy: Policy, change: PolicyChange, reference: ReferenceTable) -> bool:
    """Put a policy in force, whichever is now. Whether it was done: not if its version is another policy's."""
    return _versions(reference).store_shipped(policy, change)


def _versions(reference: ReferenceTable) -> Versions[Policy, PolicyChange]:
    from chalicelib.models.policy.policies import Policy, PolicyChange
    from chalicelib.storage.reference_versions import Versions

    return Versions(reference, (Policy, PolicyChange), kept="POLICIES", changes="CHANGES", current=(CURRENT, _POLICY))


def _found(policy: Found | None) -> Found:
    if policy is None:
        raise Misconfigured("no policy is in force: store one with `python -m infra seed`")
    return policy
