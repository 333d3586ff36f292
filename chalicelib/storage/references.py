"""The `reference` table: what changes without a deployment. The policy, by version, and the checkpoints.

The partition `CURRENT` holds the policy in force (`POLICY`) and each checkpoint (`CHECKPOINT#<id>`), so one query
gets all that a request needs; the partition `POLICIES` holds every version of the policy there was, for ever; the
partition `CHANGES` who put which in force when (`<time>#<version>`), so that their list need not read the policies.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Self, TypeVar

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from chalicelib.models.checkpoints import Checkpoint, Reference
from chalicelib.models.errors import Misconfigured, ServiceUnavailable
from chalicelib.models.policies import KeptPolicy, Policy, PolicyChange
from chalicelib.models.strict import STORED, Strict
from chalicelib.storage.tables import Put, answering, put_if, transact

FRESH_FOR = timedelta(seconds=60)
"""A change is noticed by every function within this time."""

_CURRENT, _POLICIES, _CHANGES = "CURRENT", "POLICIES", "CHANGES"
_POLICY, _CHECKPOINT = "POLICY", "CHECKPOINT#"

_ATTEMPTS = 10
"""At a change, each of which fails only if someone else's succeeds."""

Record = TypeVar("Record", bound=Strict)


class ReferenceRow(Model):
    class Meta:
        table_name = "reference"

    partition = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    version = UnicodeAttribute(null=True)
    """Of a policy: what the condition of a change looks at."""
    change = UnicodeAttribute(null=True)
    """Of a policy: who put it in force, when, in place of which."""


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


def change_row(partition: str, row: str, kind: type[Record], make: Callable[[Record | None], Record]) -> Record:
    """Store what `make` makes of the record that stands in a row, if any does, and return it.

    It is made anew whenever someone else's change came in between. What is as it was is not written.
    """
    standing = body_of(partition, row)
    for _ in range(_ATTEMPTS):
        before = None if standing is None else kind.model_validate_json(standing, context=STORED)
        after = make(before)
        if after == before:
            return after
        # By the text that was read: what an older version wrote may read the same and be written otherwise.
        unchanged = ReferenceRow.row.does_not_exist() if standing is None else ReferenceRow.body == standing
        other = put_if(unchanged, ReferenceRow(partition, row, body=after.model_dump_json(exclude_none=True)))
        if other is None:
            return after
        standing = other["body"]["S"]
    raise ServiceUnavailable


def body_of(partition: str, row: str) -> str | None:
    with answering():
        try:
            return ReferenceRow.get(partition, row, consistent_read=True).body
        except ReferenceRow.DoesNotExist:
            return None


def _read() -> Reference:
    with answering():
        rows = {row.row: row.body for row in ReferenceRow.query(_CURRENT, consistent_read=True)}
    if _POLICY not in rows:
        raise Misconfigured("no policy is in force: store one with `python -m infra seed`")
    return Reference(
        policy=Policy.model_validate_json(rows[_POLICY], context=STORED),
        checkpoints={
            row.removeprefix(_CHECKPOINT): Checkpoint.model_validate_json(body, context=STORED)
            for row, body in rows.items()
            if row.startswith(_CHECKPOINT)
        },
    )
