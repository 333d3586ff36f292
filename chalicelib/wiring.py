"""Builds the real collaborators, each at first use. The only importer of storage and adapters.

Imports stand in the functions: a cold start pays for what its one request needs and for nothing else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.people.province import province
from chalicelib.settings import needed, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pynamodb.models import Model

    from chalicelib.adapters.keyed_hash import KeyedHash
    from chalicelib.adapters.oidc import Issuer
    from chalicelib.adapters.pass_keys import KeyStore
    from chalicelib.models.certificates.readings import Reading
    from chalicelib.models.certificates.trusted_keys import KeyFacts, TrustListEntry
    from chalicelib.models.entry.events import Event
    from chalicelib.models.entry.pass_keys import PublicKey
    from chalicelib.models.entry.passes import PassClaims
    from chalicelib.storage.certificates.trusted_keys import TrustedKeys
    from chalicelib.storage.entry.entries import Entries
    from chalicelib.storage.messaging.messages import Messages
    from chalicelib.storage.policy.policies import References
    from chalicelib.storage.staff.postings import Postings
    from chalicelib.storage.tracing.exposures import Exposures


def clock() -> datetime:
    """Now, on the province's clock: what people read in an answer is the time on their own wall."""
    return datetime.now(_zone())


@cache
def _zone() -> ZoneInfo:
    return ZoneInfo(province(settings().province).time_zone)


@cache
def entries() -> Entries:
    from chalicelib.storage.entry.entries import Entries, Entry

    _place(Entry, "entries_table")
    return Entries(retention=settings().declaration_retention)


@cache
def exposures() -> Exposures:
    from chalicelib.storage.tracing.exposures import ExposureRow, Exposures

    _place(ExposureRow, "tracing_table")
    return Exposures(time_zone=province(settings().province).time_zone)


@cache
def messages() -> Messages:
    from chalicelib.storage.messaging.messages import MessageRow, Messages

    _place(MessageRow, "messages_table")
    return Messages(lease=timedelta(seconds=settings().message_lease_seconds))


@cache
def references() -> References:
    from chalicelib.storage.policy.policies import References
    from chalicelib.storage.reference_rows import ReferenceRow

    _place(ReferenceRow, "reference_table")
    return References(clock=clock)


@cache
def postings() -> Postings:
    from chalicelib.storage.reference_rows import ReferenceRow
    from chalicelib.storage.staff.postings import Postings

    _place(ReferenceRow, "reference_table")
    return Postings(clock=clock)


@cache
def trusted_keys() -> TrustedKeys:
    from chalicelib.storage.certificates.trusted_keys import TrustedKeys
    from chalicelib.storage.reference_rows import ReferenceRow

    _place(ReferenceRow, "reference_table")
    return TrustedKeys(clock=clock)


@cache
def keyed_hash() -> KeyedHash:
    from chalicelib.adapters.keyed_hash import KeyedHash

    return KeyedHash(bytes.fromhex(_secret("hash_key_parameter")))


@cache
def issuer() -> Issuer:
    from chalicelib.adapters.oidc import Issuer

    return Issuer(
        issuer=needed("staff_issuer"),
        keys_url=needed("staff_keys_url"),
        audience=needed("staff_audience"),
        groups_claim=settings().staff_groups_claim,
    )


def sign(claims: PassClaims) -> str:
    from chalicelib.adapters.cose import sign

    now = clock()
    return sign(claims, issuer=_pass_issuer(), key=_keys().ring(now).signing(now))


def verify(text: str) -> PassClaims | None:
    from chalicelib.adapters.cose import TokenForged, verify

    now = clock()
    try:
        return verify(text, issuer=_pass_issuer(), keys=_keys().ring(now).verifying(now))
    except TokenForged:
        return None


def read_certificate(text: str, at: datetime) -> Reading:
    """What a scanned certificate of vaccination, test or recovery says, and what that was worth at a moment."""
    from chalicelib.adapters.hcert import decode
    from chalicelib.services.certificates.readings import read_certificate

    return read_certificate(text, at, decode=decode, trusted_keys=trusted_keys())


def facts_of_key(entry: TrustListEntry) -> KeyFacts:
    """What an entry of a trust list says of its key. Raises `KeyNotUsable`."""
    from chalicelib.adapters.trusted_key_files import facts_of

    return facts_of(entry)


def published_keys() -> list[PublicKey]:
    """What whoever verifies tokens offline needs."""
    from chalicelib.models.entry.pass_keys import PublicKey

    now = clock()
    return [PublicKey(kid=key.kid, x=key.x, y=key.y) for key in _keys().ring(now).published(now)]


def send_sms(phone: str, text: str) -> str:
    from chalicelib.adapters.sns import send_sms

    return send_sms(phone, text, sender=settings().sms_sender, region=settings().aws_region)


def svg(text: str, size: int) -> str:
    """The picture of a QR."""
    from chalicelib.adapters.qr import svg

    return svg(text, size)


def png(text: str, size: int) -> bytes:
    """The picture of a QR."""
    from chalicelib.adapters.qr import png

    return png(text, size)


def event_of(keys: Any) -> Event | None:
    """What a new row of the entries table means, by its keys as the stream has them; None if it means no event.

    Raises `RowUnreadable`.
    """
    from chalicelib.storage.entry.entries import event_of

    return event_of(keys)


def publish(events: Sequence[Event]) -> None:
    """Put events into every worker's queue: all of them, or an error and they come again."""
    from chalicelib.adapters.sqs import send

    bodies = [event.model_dump_json() for event in events]
    for queue in ("tracing_queue_url", "messages_queue_url"):
        send(needed(queue), bodies, region=settings().aws_region)


def set_aside(bodies: Sequence[str]) -> None:
    """Put what could not be read where an operator finds it."""
    from chalicelib.adapters.sqs import send

    send(needed("set_aside_queue_url"), bodies, region=settings().aws_region)


def _place(model: type[Model], table: str) -> None:
    from chalicelib.adapters import aws

    # Not in `Meta`: settings are not there yet when the module is imported to package the application.
    model.Meta.table_name = needed(table)
    model.Meta.region = settings().aws_region
    # PynamoDB would make a client of its own for each table, from all that botocore knows.
    model._get_connection().connection._client = aws.client("dynamodb", settings().aws_region)


def _pass_issuer() -> str:
    return province(settings().province).pass_issuer


@cache
def _keys() -> KeyStore:
    from chalicelib.adapters.pass_keys import KeyStore

    name = "signing_keys_parameter"
    return KeyStore(_secret(name), lambda: _read_secrets([name])[needed(name)], clock())


@cache
def _first_secrets() -> dict[str, str]:
    """All secrets this function has, in one call: what a cold start needs."""
    return _read_secrets(
        [name for name in ("signing_keys_parameter", "hash_key_parameter") if getattr(settings(), name)]
    )


def _secret(parameter: str) -> str:
    return _first_secrets()[needed(parameter)]


def _read_secrets(parameters: list[str]) -> dict[str, str]:
    from botocore.exceptions import BotoCoreError, ClientError

    from chalicelib.adapters.parameters import read

    try:
        return read([needed(parameter) for parameter in parameters], region=settings().aws_region)
    except (BotoCoreError, ClientError) as error:
        raise ServiceUnavailable from error
