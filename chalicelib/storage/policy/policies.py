"""The policies, in the `reference` table.

The partition `POLICIES` holds every version there was, for ever; the partition `CHANGES` who put which in force when
(`<time>#<version>`), so that their list need not read the policies; the row `POLICY` of the partition `CURRENT` the one
in force.
"""

from collections.abc import Callable
from datetime import datetime

from pynamodb.expressions.condition import Condition

from chalicelib.models.errors import Misconfigured
from chalicelib.models.people.province import Hotline
from chalicelib.models.policy.in_force import InForce
from chalicelib.models.policy.policies import KeptPolicy, Policy, PolicyChange
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.storage.reference_rows import CURRENT, FRESH_FOR, ReferenceRow, ReferenceTable
from chalicelib.storage.rows import instant
from chalicelib.storage.staff import checkpoints
from chalicelib.storage.tables import Put

_POLICIES, _CHANGES = "POLICIES", "CHANGES"
_POLICY = "POLICY"


class InForceSource:
    """`services.policy.ports.InForceSource` on DynamoDB: one query a minute, whatever the traffic.

    Its policies are as people read them, with the province's hotline in their texts.
    """

    def __init__(self, reference: ReferenceTable, *, hotline: Hotline, clock: Callable[[], datetime]) -> None:
        self._reference, self._hotline, self._clock = reference, hotline, clock
        self._read_at: datetime | None = None
        self._current: InForce
        self._policies: dict[str, Policy] = {}

    def current(self) -> InForce:
        now = self._clock()
        if self._read_at is None or now - self._read_at >= FRESH_FOR:
            read = _read(self._reference)
            self._current = read._replace(policy=read.policy.with_hotline(self._hotline))
            self._read_at = now
        return self._current

    def forget(self) -> None:
        """Drop what was read, so that the next `current()` reads the table."""
        self._read_at = None

    def policy(self, version: str) -> Policy:
        current = self.current().policy
        if current.version == version:
            return current
        if version not in self._policies:
            # Another process may have stored it a moment ago.
            kept = _policy(self._reference.body_of(_POLICIES, version))
            self._policies[version] = kept.with_hotline(self._hotline)
        return self._policies[version]


class Policies:
    """`services.policy.ports.Policies` on DynamoDB. `changed` is called after each change."""

    def __init__(self, reference: ReferenceTable, *, changed: Callable[[], None]) -> None:
        self._reference, self._changed = reference, changed

    def in_force(self) -> Policy:
        return _policy(self._reference.body_of(CURRENT, _POLICY))

    def find(self, version: str) -> KeptPolicy | None:
        row = self._reference.get(_POLICIES, version)
        if row is None:
            return None
        return KeptPolicy(
            Policy.from_stored(row.body),
            PolicyChange.from_stored(row.change),
        )

    def put_in_force(self, policy: Policy, change: PolicyChange) -> bool:
        try:
            return _store(self._reference, policy, change, in_force=ReferenceRow.version == change.instead_of)
        finally:
            # However it ended, what this process holds may be out of date.
            self._changed()

    def changes(self, at_most: int) -> list[PolicyChange]:
        rows = self._reference.query(_CHANGES, scan_index_forward=False, limit=at_most, consistent_read=True)
        return [PolicyChange.from_stored(row.body) for row in rows]


def store_shipped_policy(policy: Policy, change: PolicyChange, reference: ReferenceTable) -> bool:
    """Put a policy in force, whichever is now. Whether it was done: not if its version is another policy's."""
    return _store(reference, policy, change, or_kept=ReferenceRow.body == policy.as_stored())


def _store(
    reference: ReferenceTable,
    policy: Policy,
    change: PolicyChange,
    *,
    or_kept: Condition | None = None,
    in_force: Condition | None = None,
) -> bool:
    """Store it in one transaction, under conditions on the version's row and on the policy in force. Whether it was
    done."""
    is_free = ReferenceRow.partition.does_not_exist()
    version, body, who = policy.version, policy.as_stored(), change.model_dump_json(exclude_none=True)
    kept_row = ReferenceRow(_POLICIES, version, body=body, version=version, change=who)
    current_row = ReferenceRow(CURRENT, _POLICY, body=body, version=version, change=who)
    writes = [
        Put(kept_row, is_free if or_kept is None else is_free | or_kept),
        Put(current_row, in_force),
        Put(ReferenceRow(_CHANGES, f"{instant(change.stored_at)}#{version}", body=who)),
    ]
    return reference.transact(writes) is None


def _read(reference: ReferenceTable) -> InForce:
    rows = {row.row: row.body for row in reference.query(CURRENT, consistent_read=True)}
    return InForce(
        policy=_policy(rows.get(_POLICY)),
        checkpoints={
            row.removeprefix(checkpoints.ROW): Checkpoint.from_stored(body)
            for row, body in rows.items()
            if row.startswith(checkpoints.ROW)
        },
    )


def _policy(body: str | None) -> Policy:
    if body is None:
        raise Misconfigured("no policy is in force: store one with `python -m infra seed`")
    return Policy.from_stored(body)
