"""Sync: what a gate's device needs to work without network, all of it once and then what changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.models.entry.arrivals import ArrivedPass
from chalicelib.models.entry.corrections import CorrectedPass
from chalicelib.models.entry.pass_keys import PublicKey
from chalicelib.models.entry.replacements import ReplacedPass
from chalicelib.models.entry.revocations import RevokedPass
from chalicelib.models.gate.cursors import Cursor, digest
from chalicelib.models.permits.permits import RevokedPermit
from chalicelib.models.policy.policies import LONGEST_HOLD, Policy
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.services.gate.ports import Entries, PermitRevocations
from chalicelib.services.policy.ports import InForceSource
from chalicelib.services.ports import Clock

OVERLAP = timedelta(seconds=30)
"""How far a device reads back behind its last sync. A change has the time at which it was decided, on the clock of the
function that stores it, and is there to be read up to 20 seconds later, when that function's time is up; the rest
is for clocks that differ. Reading one twice is harmless: they are a set."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What is new. What is None did not change; if `complete`, everything is there and takes the place of all that the
    device knew."""

    cursor: Cursor
    complete: bool
    at: datetime
    revocations: list[RevokedPass]
    permit_revocations: list[RevokedPermit]
    corrections: list[CorrectedPass]
    """In the order of time."""
    arrivals: list[ArrivedPass]
    replacements: list[ReplacedPass]
    keys: list[PublicKey] | None
    checkpoints: list[Checkpoint] | None
    policy: Policy | None


def sync(
    cursor: str,
    *,
    keys: list[PublicKey],
    lifetime: timedelta,
    entries: Entries,
    permits: PermitRevocations,
    in_force: InForceSource,
    clock: Clock,
) -> Synced:
    """The changes since the device's cursor: three queries.

    A device gets everything if its cursor is malformed, in the future, or older than the lifetime of a pass: most
    passes that it knows have ended by then.
    """
    now = clock()
    current = in_force.current()
    checkpoints = sorted(current.checkpoints.values(), key=lambda checkpoint: checkpoint.id)
    policy = current.policy
    known = Cursor.parse(cursor)
    if known is not None and not now - lifetime <= known.read_until <= now:
        known = None
    new = Cursor(now - OVERLAP, digest(keys), digest(checkpoints), digest([policy]))
    longest = now - lifetime - timedelta(hours=LONGEST_HOLD) - OVERLAP
    holding = [each for each in entries.holding_since(known.read_until if known else longest) if each.expires_at > now]
    arrived = {each.code: each.arrived_at for each in holding if isinstance(each, ArrivedPass)}
    # A pass that still holds was declared within its lifetime, or its holder arrived. Changes to it came later.
    since = known.read_until if known else min([now - lifetime, *arrived.values()]) - OVERLAP
    # A revocation has the end that the pass had then: its holder's arrival may have come at the same moment.
    changes = [each for each in entries.changes_since(since) if each.expires_at > now or each.code in arrived]
    of_permits = permits.revoked_since(known.read_until if known else None)
    return Synced(
        cursor=new,
        complete=known is None,
        at=now,
        revocations=[each for each in changes if isinstance(each, RevokedPass)],
        permit_revocations=[each for each in of_permits if each.expires_at > now],
        corrections=[each for each in changes if isinstance(each, CorrectedPass)],
        arrivals=[each for each in holding if isinstance(each, ArrivedPass)],
        replacements=[each for each in holding if isinstance(each, ReplacedPass)],
        keys=None if known and known.keys == new.keys else keys,
        checkpoints=None if known and known.checkpoints == new.checkpoints else checkpoints,
        policy=None if known and known.policy == new.policy else policy,
    )
