"""What declarations and passes need."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.models.people.province import province
from chalicelib.settings import needed, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.adapters.pass_keys import KeyStore
    from chalicelib.models.entry.codes import Code
    from chalicelib.models.entry.events import EntryEvent
    from chalicelib.models.entry.pass_keys import PublicKey
    from chalicelib.models.entry.passes import PassClaims, Verdict
    from chalicelib.models.entry.rehearsals import AskApi
    from chalicelib.models.entry.slips import Paper, SlipPage
    from chalicelib.services.entry.declarations import Office
    from chalicelib.services.entry.drafts import DraftDesk
    from chalicelib.services.entry.notices import NoticeSources
    from chalicelib.services.entry.reminders import ReminderDesk, ReminderSources
    from chalicelib.services.entry.verifications import Verifier
    from chalicelib.services.entry.zalo_sessions import ZaloVerifier
    from chalicelib.storage.entry.declarations import Declarations
    from chalicelib.storage.entry.drafts import Drafts
    from chalicelib.storage.entry.entries import Entries

from chalicelib import wiring
from chalicelib.wiring import read_secrets, secret


@cache
def declarations() -> Declarations:
    from chalicelib.storage.entry.declarations import Declarations
    from chalicelib.storage.entry.rows import Entry

    return Declarations(wiring.table(Entry, "entries_table"), retention=settings().declaration_retention)


@cache
def entries() -> Entries:
    from chalicelib.storage.entry.entries import Entries
    from chalicelib.storage.entry.rows import Entry

    return Entries(wiring.table(Entry, "entries_table"), retention=settings().declaration_retention)


@cache
def office() -> Office:
    """What declaring needs."""
    from chalicelib.models.people.consents import consent_texts
    from chalicelib.services.entry.declarations import Office
    from chalicelib.wiring.policy import in_force

    name = settings().province
    return Office(
        province=province(name),
        consent_texts=consent_texts(name),
        lifetime=settings().pass_lifetime,
        declarations=declarations(),
        in_force=in_force(),
        keyed_hash=wiring.keyed_hash(),
        sign=sign,
        clock=wiring.clock,
        is_sandbox=settings().sandbox,
    )


@cache
def draft_desk() -> DraftDesk:
    """What drafts need."""
    from chalicelib.services.entry.drafts import DraftDesk

    return DraftDesk(office(), drafts())


@cache
def drafts() -> Drafts:
    from chalicelib.storage.entry.drafts import DraftRow, Drafts

    return Drafts(wiring.table(DraftRow, "drafts_table"), time_zone=province(settings().province).time_zone)


@cache
def reminder_desk() -> ReminderDesk:
    """Dependencies of the schedule that looks for drafts whose time has come."""
    from chalicelib.models.events import Queue
    from chalicelib.services.entry.reminders import ReminderDesk
    from chalicelib.storage.entry.draft_days import DraftDays
    from chalicelib.storage.entry.drafts import DraftRow
    from chalicelib.wiring.policy import in_force
    from chalicelib.wiring.queues import send

    return ReminderDesk(
        days=DraftDays(wiring.table(DraftRow, "drafts_table")),
        rules=lambda: in_force().current().policy.reminder_rules,
        send=lambda due: send(Queue.DECLARED, [each.model_dump_json() for each in due]),
        zone=wiring.zone(),
        clock=wiring.clock,
    )


def reminder_sources() -> ReminderSources:
    from chalicelib.services.entry.reminders import ReminderSources

    return ReminderSources(
        find_draft=drafts().find,
        keyed_hash=wiring.keyed_hash(),
        declare_url=settings().declare_url,
        zone=wiring.zone(),
    )


@cache
def verifier() -> Verifier:
    """What verifying phones needs."""
    from chalicelib.services.entry.verifications import Verifier
    from chalicelib.storage.entry.rows import Entry
    from chalicelib.storage.entry.verifications import Verifications
    from chalicelib.wiring.people import issue_citizen_token

    return Verifier(
        province=province(settings().province),
        verifications=Verifications(wiring.table(Entry, "entries_table")),
        keyed_hash=wiring.keyed_hash(),
        issue_token=issue_citizen_token,
        clock=wiring.clock,
    )


@cache
def zalo_verifier() -> ZaloVerifier:
    """Dependencies of the proof of a phone by Zalo."""
    from chalicelib.services.entry.zalo_sessions import ZaloVerifier
    from chalicelib.wiring.people import issue_citizen_token
    from chalicelib.wiring.zalo import phone_of

    return ZaloVerifier(phone_of=phone_of, keyed_hash=wiring.keyed_hash(), issue_token=issue_citizen_token)


def sign(claims: PassClaims) -> str:
    from chalicelib.adapters.cose import sign

    now = wiring.clock()
    return sign(claims, issuer=_pass_issuer(), key=_keys().ring(now).signing(now))


def read_token(text: str) -> PassClaims | Verdict:
    from chalicelib.adapters.cose_reading import TokenForged, TokenUnreadable, read
    from chalicelib.models.entry.passes import Verdict

    try:
        return read(text, issuer=_pass_issuer())
    except TokenUnreadable:
        return Verdict.UNREADABLE
    except TokenForged:
        return Verdict.FORGED


def verify(text: str) -> PassClaims | None:
    from chalicelib.adapters.cose_reading import TokenForged, verify

    now = wiring.clock()
    try:
        return verify(text, issuer=_pass_issuer(), keys=_keys().ring(now).verifying(now))
    except TokenForged:
        return None


def published_keys() -> list[PublicKey]:
    """The keys that verify tokens offline."""
    from chalicelib.models.entry.pass_keys import PublicKey

    now = wiring.clock()
    return [PublicKey(kid=key.kid, x=key.x, y=key.y) for key in _keys().ring(now).published(now)]


def svg(text: str, size: int) -> str:
    """The picture of a QR."""
    from chalicelib.adapters.qr import svg

    return svg(text, size)


def png(text: str, size: int) -> bytes:
    """The picture of a QR."""
    from chalicelib.adapters.qr import png

    return png(text, size)


def slip_pdf(pages: Sequence[SlipPage], paper: Paper, language: str) -> bytes:
    """Passes on paper."""
    from chalicelib.adapters.slips import pdf

    return pdf(pages, paper, language)


def event_of(keys: Any) -> EntryEvent | None:
    """What a new row of the entries table means, by its keys as the stream has them; None if it means no event.

    Raises `RowUnreadable`.
    """
    from chalicelib.storage.entry.events import event_of

    return event_of(keys)


def api_at(url: str) -> AskApi:
    """The API of a stage at its public address, up to before `/v1`."""
    from functools import partial

    from chalicelib.adapters.public_api import ask

    return partial(ask, url.rstrip("/"))


def notice_sources() -> NoticeSources:
    from chalicelib.services.entry.notices import NoticeSources
    from chalicelib.wiring.policy import in_force

    return NoticeSources(
        find_record=entries().find,
        find_policy=in_force().policy,
        text_link=text_link,
        hotline=province(settings().province).hotline.dialled,
        zone=wiring.zone(),
        retention=settings().declaration_retention,
    )


def text_link(code: Code) -> str:
    """The first call reads the secret."""
    from chalicelib.models.entry.links import LinkKind, link_to
    from chalicelib.services.entry.links import secret_for

    return link_to(needed("public_url"), code, secret_for(LinkKind.TEXT, code, wiring.keyed_hash()))


def _pass_issuer() -> str:
    return province(settings().province).pass_issuer


@cache
def _keys() -> KeyStore:
    from chalicelib.adapters.pass_keys import KeyStore

    name = "signing_keys_parameter"
    return KeyStore(secret(name), lambda: read_secrets([name])[needed(name)], wiring.clock())
