"""The trust list for a gate's device, so that it can judge certificates without network."""

from datetime import UTC, datetime

from chalicelib import wiring
from chalicelib.http.answers import Answer, etag_of
from chalicelib.http.queries import Query
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.certificates.terms import CertificateKind
from chalicelib.models.certificates.trusted_keys import TrustedKey
from chalicelib.models.fields import with_offset
from chalicelib.models.staff.roles import RECORD_CROSSINGS
from chalicelib.services.certificates.trust_sync import sync_trusted_keys
from chalicelib.wiring.certificates import trusted_keys


class TrustSyncQuery(Query):
    """What the device holds."""

    since: str = ""
    """The cursor of the answer that the device applied last; everything without it."""


class SyncedTrustedKey(Shape):
    """A key that certificates are verified with. Id and country name it: countries may share an id."""

    kid: str
    """The key's id, in base64: that of a certificate's header 4."""
    country: str
    """The country whose key it is."""
    public_key: str
    """SubjectPublicKeyInfo, in base64."""
    valid_from: datetime
    """From when on certificates signed with it are believed."""
    valid_until: datetime
    """Until when."""
    uses: list[CertificateKind]
    """What certificates signed with it can prove."""


class RemovedTrustedKey(Shape):
    """A key that is not listed any more."""

    kid: str
    """The key's id, in base64."""
    country: str
    """The country whose key it was."""


class SyncedTrustList(Shape):
    """What is new since the cursor.

    If `complete`, `keys` replace what the device holds. If not, each of `keys` is added, or replaces the one with its
    id and country, and the keys of `removed` are dropped. A change may be sent twice.
    """

    cursor: str
    """To be sent as `since` the next time. Not to be read or changed."""
    complete: bool
    """Whether these are all keys."""
    server_time: datetime
    """The server's clock."""
    keys: list[SyncedTrustedKey]
    """Listed or changed."""
    removed: list[RemovedTrustedKey]
    """Listed no more."""


@serve(
    "GET",
    "/v1/checkpoint/trust-list",
    summary="The trust list, for certificates without network",
    tag="checkpoint",
    roles=RECORD_CROSSINGS,
    etag=True,
)
def sync_trust_list(call: Call[None, TrustSyncQuery]) -> Answer[SyncedTrustList]:
    """All keys once, then what changed. 304 to a device that sends the last answer's ETag if nothing changed since; it
    then keeps its cursor."""
    synced = sync_trusted_keys(call.query.since, trusted_keys=trusted_keys(), clock=wiring.clock)
    answer = SyncedTrustList(
        cursor=synced.cursor,
        complete=synced.complete,
        server_time=synced.at,
        keys=[_shown(key, synced.at) for key in synced.keys],
        removed=[RemovedTrustedKey(kid=name.kid, country=name.country) for name in synced.removed],
    )
    return Answer(answer, {"ETag": _etag(answer), "Cache-Control": "private, no-cache"})


def _shown(key: TrustedKey, now: datetime) -> SyncedTrustedKey:
    here = now.tzinfo or UTC
    return SyncedTrustedKey(
        kid=key.kid,
        country=key.country,
        public_key=key.public_key,
        valid_from=with_offset(key.valid_from, here),
        valid_until=with_offset(key.valid_until, here),
        uses=key.uses,
    )


def _etag(answer: SyncedTrustList) -> str:
    """The same for two answers with the same content, at any two moments."""
    return etag_of(answer.model_dump_json(exclude={"cursor", "server_time"}))
