"""One province in memory, for the tests of services."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from chalicelib.adapters.citizen_tokens import CitizenTokens
from chalicelib.adapters.keyed_hash import KeyedHash
from chalicelib.models.certificates.readings import Reading
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import CrossingForm
from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.links import LinkKind, link_to
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.proofs import PhoneProof
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.models.entry.revocations import Revocation, RevocationForm
from chalicelib.models.errors import InvalidInput
from chalicelib.models.gate.cards import CardReading, read_card
from chalicelib.models.gate.scans import (
    CardShown,
    CertificateShown,
    CodeTyped,
    OtherText,
    ReadAs,
    TokenShown,
    read_scan,
)
from chalicelib.models.gate.searches import SearchForm
from chalicelib.models.messaging.messages import Channel, DeliveryOutcome
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.templates import shipped_templates
from chalicelib.models.people import hashed
from chalicelib.models.people.consents import consent_texts
from chalicelib.models.people.province import province
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.services.entry.declarations import Caller, Declared, Office, declare
from chalicelib.services.entry.links import secret_for
from chalicelib.services.entry.notices import NoticeSources, notices_of
from chalicelib.services.entry.verifications import Verifier, notices_of_verification
from chalicelib.services.gate.aliases import record_alias
from chalicelib.services.gate.checks import CheckedPass, check_code, check_token
from chalicelib.services.gate.crossings import record_crossing
from chalicelib.services.gate.desks import Desk
from chalicelib.services.gate.lines import Line
from chalicelib.services.gate.revocations import revoke_pass
from chalicelib.services.gate.searches import Finder, FoundPasses, manifest_of_vehicle, search, search_by_card
from chalicelib.services.messaging.deliveries import Sender, deliver_all
from chalicelib.services.tracing.exposures import Tracer, trace
from tests.forms import NOW, form
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.entry import Entries, Signatures, Verifications
from tests.unit.fakes.messaging import Budgets, Messages, Provider, Time
from tests.unit.fakes.policy import InForceSource
from tests.unit.fakes.staff import Postings
from tests.unit.fakes.tracing import Exposures

PUBLIC = Caller("public")
GUARD = Principal("guard", frozenset({Role.CHECKPOINT}))
OTHER = Principal("other", frozenset({Role.CHECKPOINT}))


def at_an_hoa() -> Postings:
    postings = Postings()
    for guard in (GUARD, OTHER):
        postings.post(guard.subject, "an-hoa")
    return postings


SUPERVISOR = Principal("supervisor", frozenset({Role.SUPERVISOR}), "Giám sát")


def at(**later: float) -> str:
    return (NOW + timedelta(**later)).isoformat()


def unit(code: str, list_version: str = "2021") -> dict[str, Any]:
    return {"unit": {"list_version": list_version, "code": code}}


def submitted(declared: Declared) -> EntryEvent:
    return EntryEvent.about(EntryEventKind.DECLARATION_SUBMITTED, declared.code)


@dataclass
class Checked:
    """What a text was read as, and what came of it."""

    read_as: ReadAs
    verdict: Verdict | None = None
    card: CardReading | None = None
    found: list[HeldPass] | None = None


@dataclass
class World:
    """One province in memory."""

    clock: Clock = field(default_factory=Clock)
    entries: Entries = field(default_factory=Entries)
    in_force: InForceSource = field(default_factory=InForceSource)
    postings: Postings = field(default_factory=at_an_hoa)
    readings: dict[str, Reading] = field(default_factory=dict)
    """What reading each certificate gives."""
    exposures: Exposures = field(default_factory=Exposures)
    verifications: Verifications = field(default_factory=Verifications)
    messages: Messages = field(default_factory=Messages)
    budgets: Budgets = field(default_factory=Budgets)
    time: Time = field(default_factory=Time)
    provider: Provider = field(default_factory=Provider)
    signatures: Signatures = field(default_factory=Signatures)
    keyed_hash: KeyedHash = field(default_factory=lambda: KeyedHash(b"k" * 32))

    def __post_init__(self) -> None:
        self.postings.clock = self.clock

    def declare(self, body: dict[str, Any] | None = None, key: str | None = None, caller: Caller = PUBLIC) -> Declared:
        read = DeclarationForm.model_validate_json(json.dumps(body or form(self.clock())))
        return declare(read, caller=caller, idempotency_key=key or str(uuid4()), office=self.office())

    def office(self) -> Office:
        return Office(
            province=province("tay-ninh"),
            consent_texts=consent_texts("tay-ninh"),
            lifetime=timedelta(hours=1),
            declarations=self.entries,
            in_force=self.in_force,
            keyed_hash=self.keyed_hash,
            sign=self.signatures.sign,
            clock=self.clock,
        )

    def check_token(self, text: str) -> CheckedPass:
        read, verify = self.signatures.read, self.signatures.verify
        return check_token(text, read=read, verify=verify, records=self.entries, clock=self.clock)

    def check(self, text: str) -> Checked:
        """What a text is read as, and what comes of it."""
        match read_scan(text, self.clock().date()):
            case TokenShown(token):
                return Checked(ReadAs.TOKEN, self.check_token(token).verdict)
            case CodeTyped(typed):
                return Checked(ReadAs.CODE, check_code(typed, records=self.entries, clock=self.clock).verdict)
            case CertificateShown():
                return Checked(ReadAs.CERTIFICATE)
            case CardShown(reading):
                found = search_by_card(reading, finder=self.finder())
                return Checked(ReadAs(reading.kind.value), card=reading, found=found.passes if found else None)
            case OtherText():
                return Checked(ReadAs.OTHER, Verdict.UNREADABLE)

    def search(self, **form: Any) -> list[HeldPass]:
        return self.search_all(**form).passes

    def search_all(self, **form: Any) -> FoundPasses:
        return search(SearchForm.model_validate(form), finder=self.finder())

    def manifest(self, plate: str) -> list[HeldPass]:
        return self.manifest_of(plate).passes

    def manifest_of(self, plate: str, **page: Any) -> FoundPasses:
        return manifest_of_vehicle(SearchForm(plate=plate, **page), finder=self.finder())

    def declare_and_trace(self, body: dict[str, Any] | None = None, caller: Caller = PUBLIC) -> Declared:
        declared = self.declare(body, caller=caller)
        self.trace(submitted(declared))
        return declared

    def prove(self, declared: Declared) -> None:
        """The traveller's phone answers."""
        record = self.entries.find(declared.code)
        assert record is not None
        self.entries.append_proof(HeldPass(declared.code, record), PhoneProof(recorded_at=self.clock()))

    def prove_and_trace(self, declared: Declared) -> None:
        self.prove(declared)
        self.trace(EntryEvent.about(EntryEventKind.PHONE_PROVEN, declared.code))

    def scan_card(self, text: str, staff: Principal = GUARD) -> bool:
        """As the route does; whether an alias was recorded. The worker has traced what was."""
        reading = read_card(text, self.clock().date())
        assert reading is not None
        found = search_by_card(reading, finder=self.finder())
        passes = found.passes if found else []
        recorded = record_alias(
            reading, passes, staff=staff, entries=self.entries, keyed_hash=self.keyed_hash, clock=self.clock
        )
        for each in passes:
            self.trace(EntryEvent.about(EntryEventKind.ALIAS_RECORDED, each.code))
        return recorded

    def finder(self) -> Finder:
        return Finder(timedelta(hours=1), self.entries, self.exposures, self.keyed_hash, self.clock)

    def cross(self, code: Code, staff: Principal = GUARD, **changes: Any) -> Any:
        return self.sends(code, staff, **{"temperature": 36.6, "decision": "admit", **changes}).crossing

    def sends(self, code: Code, staff: Principal = GUARD, **form: Any) -> Line:
        body = {"code": str(code), "checkpoint": "an-hoa", **form}
        return record_crossing(CrossingForm.model_validate_json(json.dumps(body)), desk=self.desk(staff))

    def held(self, code: Code) -> HeldPass:
        return pass_of(code, self.entries.find(code))

    def desk(self, staff: Principal = GUARD) -> Desk:
        return Desk(
            staff=staff,
            entries=self.entries,
            in_force=self.in_force,
            postings=self.postings,
            read_certificate=lambda text, _: self.readings[text],
            clock=self.clock,
        )

    def revoke(self, code: Code, staff: Principal = SUPERVISOR, reason: str = "Khai thay") -> Revocation:
        return revoke_pass(
            RevocationForm(code=str(code), reason=reason),
            staff=staff,
            entries=self.entries,
            clock=self.clock,
        ).revocation

    def secret(self, code: Code, kind: LinkKind) -> str:
        return secret_for(kind, code, self.keyed_hash)

    def verifier(self) -> Verifier:
        tokens = CitizenTokens(self.keyed_hash, lifetime=timedelta(hours=12))
        return Verifier(
            province=province("tay-ninh"),
            verifications=self.verifications,
            keyed_hash=self.keyed_hash,
            issue_token=lambda phone_hash: tokens.issue(phone_hash, self.clock()),
            clock=self.clock,
        )

    def notices(self, event: EntryEvent) -> list[Notice]:
        if event.kind is EntryEventKind.VERIFICATION_REQUESTED:
            return list(notices_of_verification(event.code, verifier=self.verifier()))
        sources = NoticeSources(
            find_record=self.entries.find,
            find_policy=self.in_force.policy,
            text_link=lambda code: link_to("https://pass.example", code, self.secret(code, LinkKind.TEXT)),
            hotline=province("tay-ninh").hotline.dialled,
            zone=ZoneInfo("Asia/Ho_Chi_Minh"),
            retention=timedelta(days=30),
        )
        return notices_of(event, sources=sources)

    def notify(self, event: EntryEvent) -> list[DeliveryOutcome]:
        sender = Sender(
            messages=self.messages,
            channels=[self.provider.by(Channel.SMS, self.time.pace())],
            compose=shipped_templates("tay-ninh").compose,
            is_texted=province("tay-ninh").texts,
            budgets=self.budgets,
            hash_phone=lambda phone: self.keyed_hash.text(hashed.TEXTS_TO, phone),
            texts_to_a_phone=3,
            prices={Channel.SMS: 800},
            spending_a_day=800_000,
            time_left=self.time.time_left,
            clock=self.clock,
            count=lambda *_: None,
        )
        outcomes: list[DeliveryOutcome] = []
        deliver_all(self.notices(event), sender=sender, report=lambda _, outcome: outcomes.append(outcome))
        return outcomes

    def trace(self, event: EntryEvent) -> int:
        return trace(
            event,
            find_record=self.entries.find,
            tracer=Tracer(
                self.exposures.append,
                self.exposures.append_aliases,
                find_markers=self.exposures.at,
                search_again=self.exposures.searched_again.extend,
                zone=ZoneInfo("Asia/Ho_Chi_Minh"),
            ),
            keyed_hash=self.keyed_hash,
            retention=timedelta(days=21),
            clock=self.clock,
        )


def refused(world: World, body: dict[str, Any], caller: Caller = PUBLIC) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as raised:
        world.declare(body, caller=caller)
    return [(each.pointer, each.code) for each in raised.value.problems]
