"""The `reference` table: what changes without a deployment. The policy, by version, and the checkpoints.

The partition `CURRENT` holds the policy in force (`POLICY`) and each checkpoint (`CHECKPOINT#<id>`), so one query
gets all that a request needs; the partition `POLICIES` holds every version of the policy there was.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from chalicelib.models.checkpoints import Checkpoint, Reference
from chalicelib.models.errors import Misconfigured
from chalicelib.models.policies import Policy
from chalicelib.models.strict import STORED
from chalicelib.storage.tables import answering

FRESH_FOR = timedelta(seconds=60)
"""A change is noticed by every function within this time."""

_CURRENT, _POLICIES, _POLICY, _CHECKPOINT = "CURRENT", "POLICIES", "POLICY", "CHECKPOINT#"


class ReferenceRow(Model):
    class Meta:
        table_name = "reference"

    partition = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()


class References:
    """`services.collaborators.References` on DynamoDB: read once a minute at most, whatever the traffic."""

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

    def policy(self, version: str) -> Policy:
        current = self.current().policy
        if current.version == version:
            return current
        if version not in self._policies:
            with answering():
                body = ReferenceRow.get(_POLICIES, version).body
            self._policies[version] = Policy.model_validate_json(body, context=STORED)
        return self._policies[version]


def store_policy(policy: Policy) -> None:
    """Keep a version and put it in force."""
    body = policy.model_dump_json(exclude_none=True)
    with answering():
        ReferenceRow(_POLICIES, policy.version, body=body).save()
        ReferenceRow(_CURRENT, _POLICY, body=body).save()


def store_checkpoint(checkpoint: Checkpoint) -> None:
    with answering():
        ReferenceRow(_CURRENT, _CHECKPOINT + checkpoint.id, body=checkpoint.model_dump_json()).save()


def _read() -> Reference:
    with answering():
        rows = {row.row: row.body for row in ReferenceRow.query(_CURRENT)}
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
