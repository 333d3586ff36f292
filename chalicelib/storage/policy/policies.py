"""The `reference` table: what changes without a deployment. The policy, by version, and the checkpoints.

The partition `CURRENT` holds the policy in force (`POLICY`) and each checkpoint (`CHECKPOINT#<id>`), so one query
gets all that a request needs; the partition `POLICIES` holds every version of the policy there was, for ever; the
partition `CHANGES` who put which in force when (`<time>#<version>`), so that their list need not read the policies.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Self

from pynamodb.expressions.condition import Condition

from chalicelib.models.errors import Misconfigured
from chalicelib.models.policy.in_force import Reference
from chalicelib.models.policy.policies import KeptPolicy, Policy, PolicyChange
from chalicelib.models.records import STORED
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.storage.reference_rows import ReferenceRow, change_row
from chalicelib.storage.tables import Put, answering, transact

FRESH_FOR = timedelta(seconds=60)
"""A change is noticed by every function within this time."""

_CURRENT, _POLICIES, _CHANGES = "CURRENT", "POLICIES", "CHANGES"
_POLICY, _CHECKPOINT = "POLICY", "CHECKPOINT#"


class References:
    """`services.collaborators.References`, `Checkpoints` and `Policies` on DynamoDB.

    What every request needs is read once a minute at most, whatever the traffic; what a change needs, every time.
    """

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._read_at: datetime | None = None
        self._reference: Reference
        self._policies: dict[str, Policy] = {}

    def current(self) -> Reference:
        now = self._clock()
        if self._read_at is None or now - self._read_at >= FRESH_FOR:
            self._reference = _read()
            self._read_at = now
        return self._reference

    def anew(self) -> Self:
        """The same, and `current` is read anew: for whoever goes by what may have changed within the minute."""
        self._read_at = None
        return self

    def policy(self, version: str) -> Policy:
        current = self.current().policy
        if current.version == version:
            return current
        if version not in self._policies:
            with answering():
                # Another process may have stored it this second.
                body = ReferenceRow.get(_POLICIES, version, consistent_read=True).body
            self._policies[version] = Policy.model_validate_json(body, context=STORED)
        return self._policies[version]

    def in_force(self) -> Policy:
        return self.anew().current().policy

    def find(self, version: str) -> KeptPolicy | None:
        with answering():
            row = next(iter(ReferenceRow.query(_POLICIES, ReferenceRow.row == version, consistent_read=True)), None)
        if row is None:
            return None
        return KeptPolicy(
            Policy.model_validate_json(row.body, context=STORED),
            PolicyChange.model_validate_json(row.change, context=STORED),
        )

    def put_in_force(self, policy: Policy, change: PolicyChange) -> bool:
        try:
            return _store(policy, change, in_force=ReferenceRow.version == change.instead_of)
        finally:
            # However it ended, what this process holds may be out of date.
            self.anew()

    def change_checkpoint(self, checkpoint_id: str, make: Callable[[Checkpoint | None], Checkpoint]) -> Checkpoint:
        try:
            return change_row(_CURRENT, _CHECKPOINT + checkpoint_id, Checkpoint, make)
        finally:
            self.anew()

    def changes(self, at_most: int) -> list[PolicyChange]:
        with answering():
            rows = ReferenceRow.query(_CHANGES, scan_index_forward=False, limit=at_most, consistent_read=True)
            return [PolicyChange.model_validate_json(row.body, context=STORED) for row in rows]


def store_shipped_policy(policy: Policy, change: PolicyChange) -> bool:
    """Put a policy in force in place of whichever is. Whether it was done: not if its version is another policy's."""
    return _store(policy, change, or_kept=ReferenceRow.body == policy.as_stored())


def _store(
    policy: Policy, change: PolicyChange, *, or_kept: Condition | None = None, in_force: Condition | None = None
) -> bool:
    """One transaction, under conditions on the row of the version, if there is one, and on the one in force. Whether
    it was done."""
    is_free = ReferenceRow.partition.does_not_exist()
    version, body, who = policy.version, policy.as_stored(), change.model_dump_json(exclude_none=True)
    when = f"{change.stored_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    kept_row = ReferenceRow(_POLICIES, version, body=body, version=version, change=who)
    current_row = ReferenceRow(_CURRENT, _POLICY, body=body, version=version, change=who)
    writes = [
        Put(kept_row, is_free if or_kept is None else is_free | or_kept),
        Put(current_row, in_force),
        Put(ReferenceRow(_CHANGES, f"{when}#{version}", body=who)),
    ]
    return transact(writes) is None


def store_shipped_checkpoint(checkpoint: Checkpoint) -> None:
    """Put a checkpoint in the place of the one with its id, whatever that is."""
    with answering():
        ReferenceRow(_CURRENT, _CHECKPOINT + checkpoint.id, body=checkpoint.model_dump_json()).save()


def _read() -> Reference:
    with answering():
        rows = {row.row: row.body for row in ReferenceRow.query(_CURRENT, consistent_read=True)}
    if _POLICY not in rows:
        raise Misconfigured("no policy is in force: store one with `python -m infra.seed`")
    return Reference(
        policy=Policy.model_validate_json(rows[_POLICY], context=STORED),
        checkpoints={
            row.removeprefix(_CHECKPOINT): Checkpoint.model_validate_json(body, context=STORED)
            for row, body in rows.items()
            if row.startswith(_CHECKPOINT)
        },
    )
