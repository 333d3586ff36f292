"""What a gate's device keeps so that it can check passes without network."""

from datetime import datetime

from chalicelib import wiring
from chalicelib.http.answers import Answer, etag_of
from chalicelib.http.queries import Query
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.arrivals import ArrivedPass
from chalicelib.models.entry.corrections import CorrectedPass
from chalicelib.models.entry.pass_keys import PublicKey
from chalicelib.models.entry.replacements import ReplacedPass
from chalicelib.models.entry.revocations import RevokedPass
from chalicelib.models.permits.permits import RevokedPermit
from chalicelib.models.policy.policies import Policy
from chalicelib.models.records import SHOWN
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.models.staff.roles import RECORD_CROSSINGS
from chalicelib.observability import audit
from chalicelib.services.gate.sync import sync
from chalicelib.settings import settings
from chalicelib.wiring.entry import entries, published_keys
from chalicelib.wiring.permits import permits
from chalicelib.wiring.policy import in_force
from chalicelib.wiring.staff import postings, sees_health


class SyncQuery(Query):
    """What the device holds."""

    since: str = ""
    """The cursor of the answer that the device applied last; everything without it."""


class GateData(Shape):
    """What is new since the cursor. What is left out did not change.

    If `complete`, all is here and replaces what the device holds. If not, `revocations`, `permit_revocations`,
    `corrections`, `arrivals` and `replacements` are added to those it holds, and each other member replaces the one it
    holds. A change may be sent twice.
    """

    cursor: str
    """To be sent as `since` the next time. Not to be read or changed."""
    complete: bool
    """Whether this is everything, and replaces what the device holds."""
    server_time: datetime
    """The server's clock."""
    pass_lifetime_seconds: int
    """How long a pass is good for."""
    keys: list[PublicKey] | None = None
    """The keys that tokens are verified with."""
    revocations: list[RevokedPass]
    """Of passes that have not ended."""
    permit_revocations: list[RevokedPermit] | None = None
    """Of permits that have not ended; left out if there is none."""
    corrections: list[CorrectedPass]
    """Of passes that have not ended, in the order of time: the last one of a pass holds. None for a caller who may not
    see health answers; their cursor is empty, and once they are posted the next answer has everything."""
    arrivals: list[ArrivedPass]
    """Of passes that have not ended, in the order of time. Such a pass holds until `expires_at`, not until the expiry
    in its token. A revocation of it is to be remembered as long."""
    replacements: list[ReplacedPass]
    """Of passes whose hour has not ended: the same persons declared again, so ask for the newer pass. One that is among
    `arrivals` was not replaced."""
    checkpoint: str | None = None
    """The checkpoint that the caller is posted to now, if any."""
    checkpoints: list[Checkpoint] | None = None
    """All checkpoints."""
    policy: Policy | None = None
    """The policy in force."""


@serve(
    "GET",
    "/v1/checkpoint/sync",
    summary="What a gate needs without network",
    tag="checkpoint",
    roles=RECORD_CROSSINGS,
    etag=True,
)
def sync_gate(call: Call[None, SyncQuery]) -> Answer[GateData]:
    """Public keys, revocations, corrections, arrivals, replacements, checkpoints and policy: all of it once, then what
    changed. 304 to a device that sends the last answer's ETag if nothing changed since; it then keeps its cursor. Every
    sync is audited, with the codes of the passes in it."""
    synced = sync(
        call.query.since,
        keys=published_keys(),
        lifetime=settings().pass_lifetime,
        entries=entries(),
        permits=permits(),
        in_force=in_force(),
        clock=wiring.clock,
    )
    # Decisions reveal health. A device that gets none has no cursor either, so that the next answer has all of them.
    with_corrections = sees_health(call.principal)
    posted = postings().of(call.principal.subject, fresh=False)
    data = GateData.model_construct(
        cursor=str(synced.cursor) if with_corrections else "",
        complete=synced.complete,
        server_time=synced.at,
        pass_lifetime_seconds=settings().pass_lifetime_seconds,
        keys=synced.keys,
        revocations=synced.revocations,
        permit_revocations=synced.permit_revocations or None,
        corrections=synced.corrections if with_corrections else [],
        arrivals=synced.arrivals,
        replacements=synced.replacements,
        checkpoint=posted.posted_to(None) if posted else None,
        checkpoints=synced.checkpoints,
        policy=synced.policy,
    )
    codes = [each.code for each in data.revocations] + [each.code for each in data.corrections]
    codes += [each.code for each in data.arrivals] + [each.code for each in data.replacements]
    audit(call.principal, action="synchronise", codes=codes, why="to check passes without network")
    return Answer(data, {"ETag": etag(data), "Cache-Control": "private, no-cache"})


def etag(data: GateData) -> str:
    """The same for two answers with the same content, at any two moments."""
    content = data.model_dump_json(exclude={"cursor", "server_time"}, exclude_none=True, context=SHOWN)
    digests = data.cursor.partition(".")[2]
    return etag_of(digests + content)
