"""The journey's rules, with collaborators in memory."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.adapters.keyed_hash import KeyedHash
from chalicelib.models.certificates.readings import Reading
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import CrossingForm
from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.entry.errors import CodeMistyped, IdempotencyKeyReused, PassUnknown
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.revocations import Revocation, RevocationForm
from chalicelib.models.errors import InvalidInput
from chalicelib.models.gate.errors import (
    CheckpointClosed,
    CrossingAlreadyRecorded,
    PassAlreadyRevoked,
    PassExpired,
    PassRevoked,
)
from chalicelib.models.gate.searches import SearchForm
from chalicelib.models.messaging.messages import DeliveryOutcome
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.people.identities import IdentityKind
from chalicelib.models.people.province import consent_texts, province
from chalicelib.models.records import STORED
from chalicelib.models.staff.errors import NotPosted, PostedElsewhere
from chalicelib.models.staff.staff import Principal, Role
from chalicelib.services.entry.declarations import Caller, Declared, declare
from chalicelib.services.entry.notices import NoticeSources, notices_of
from chalicelib.services.entry.passes import state_of
from chalicelib.services.gate import searches
from chalicelib.services.gate.checks import Checked, Found, ReadAs, check
from chalicelib.services.gate.crossings import Desk, record_crossing
from chalicelib.services.gate.revocations import revoke_pass
from chalicelib.services.gate.searches import Passes, manifest_of_declaration, manifest_of_vehicle, search
from chalicelib.services.messaging.deliveries import Sender, deliver_all
from chalicelib.services.tracing.exposures import trace
from tests.forms import HEALTHY, NOW, form, person
from tests.unit.fakes import Clock, Entries, Exposures, Messages, Postings, Provider, References, Signatures

PUBLIC = Caller("public")
GUARD = Principal("guard", frozenset({Role.CHECKPOINT}))
OTHER = Principal("other", frozenset({Role.CHECKPOINT}))


def at_an_hoa() -> Postings:
    postings = Postings()
    for guard in (GUARD, OTHER):
        postings.post(guard.subject, "an-hoa")
    return postings


SUPERVISOR = Principal("supervisor", frozenset({Role.SUPERVISOR}), "Giám sát")
TEXTS = {
    "declared": "Tay Ninh: ma {code}, het {ends}. {link}",
    "admitted": "Tay Ninh: da qua chot.",
    "revoked": "Tay Ninh: ma {group} bi thu hoi, goi {hotline}.",
}


BORN_TOMORROW = {"birth_year": None, "birth_date": "2021-07-23"}


def at(**later: float) -> str:
    return (NOW + timedelta(**later)).isoformat()


def unit(code: str, list_version: str = "2021") -> dict[str, Any]:
    return {"unit": {"list_version": list_version, "code": code}}


@dataclass
class World:
    """One province in memory."""

    clock: Clock = field(default_factory=Clock)
    entries: Entries = field(default_factory=Entries)
    postings: Postings = field(default_factory=at_an_hoa)
    readings: dict[str, Reading] = field(default_factory=dict)
    """What reading each certificate gives."""
    exposures: Exposures = field(default_factory=Exposures)
    messages: Messages = field(default_factory=Messages)
    provider: Provider = field(default_factory=Provider)
    signatures: Signatures = field(default_factory=Signatures)
    keyed_hash: KeyedHash = field(default_factory=lambda: KeyedHash(b"k" * 32))

    def declare(self, body: dict[str, Any] | None = None, key: str | None = None, caller: Caller = PUBLIC) -> Declared:
        return declare(
            DeclarationForm.model_validate_json(json.dumps(body or form(self.clock()))),
            caller=caller,
            idempotency_key=key,
            province=province("tay-ninh"),
            consent_texts=consent_texts("tay-ninh"),
            lifetime=timedelta(hours=1),
            entries=self.entries,
            references=References(),
            keyed_hash=self.keyed_hash,
            sign=self.signatures.sign,
            clock=self.clock,
        )

    def check(self, text: str) -> Checked:
        return check(
            text,
            verify=self.signatures.verify,
            entries=self.entries,
            find_passes=lambda identity: self.search(identity={"number": identity.number}),
            clock=self.clock,
        )

    def search(self, **form: Any) -> list[Found]:
        return self.search_all(**form).found

    def search_all(self, **form: Any) -> Passes:
        return search(SearchForm.model_validate(form), **self._finding())

    def manifest(self, plate: str) -> list[Found]:
        return self.manifest_of(plate).found

    def manifest_of(self, plate: str) -> Passes:
        return manifest_of_vehicle(SearchForm(plate=plate), **self._finding())

    def declare_and_trace(self, body: dict[str, Any] | None = None) -> Declared:
        declared = self.declare(body)
        self.trace(EntryEvent.about(EntryEventKind.DECLARATION_SUBMITTED, declared.code))
        return declared

    def _finding(self) -> dict[str, Any]:
        return {
            "lifetime": timedelta(hours=1),
            "entries": self.entries,
            "exposures": self.exposures,
            "keyed_hash": self.keyed_hash,
            "clock": self.clock,
        }

    def cross(self, code: Code, staff: Principal = GUARD, **changes: Any) -> Any:
        body = {"code": str(code), "checkpoint": "an-hoa", "temperature": 36.6, "decision": "admit", **changes}
        return record_crossing(CrossingForm.model_validate_json(json.dumps(body)), desk=self.desk(staff)).crossing

    def desk(self, staff: Principal = GUARD) -> Desk:
        return Desk(
            staff=staff,
            entries=self.entries,
            references=References(),
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
        )

    def notices(self, event: EntryEvent) -> list[Notice]:
        sources = NoticeSources(
            find_record=self.entries.find,
            find_policy=References().policy,
            link="https://pass.example/{code}",
            hotline="1022",
            zone=ZoneInfo("Asia/Ho_Chi_Minh"),
            retention=timedelta(days=30),
        )
        return notices_of(event, sources=sources)

    def notify(self, event: EntryEvent) -> list[DeliveryOutcome]:
        sender = Sender(messages=self.messages, send_sms=self.provider, texts=TEXTS, clock=self.clock)
        return deliver_all(self.notices(event), sender=sender)

    def trace(self, event: EntryEvent) -> int:
        return trace(
            event,
            find_record=self.entries.find,
            append=self.exposures.append,
            keyed_hash=self.keyed_hash,
            retention=timedelta(days=21),
        )


@pytest.fixture
def world() -> World:
    return World()


def refused(world: World, body: dict[str, Any], caller: Caller = PUBLIC) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as raised:
        world.declare(body, caller=caller)
    return [(each.pointer, each.code) for each in raised.value.problems]


# Declaring


def test_declaring_is_one_write_and_no_read(world: World) -> None:
    world.declare(form(companions=50))
    assert (world.entries.writes, world.entries.reads) == (1, 0)


def test_everyone_in_the_form_gets_a_pass_that_leads_to_the_one_record(world: World) -> None:
    declared = world.declare(form(companions=2))
    codes = {world.signatures.signed[each.token].code for each in declared.declaration.passes}
    assert {Code.parse(code).declaration for code in codes} == {declared.code.declaration}
    assert {Code.parse(code).person for code in codes} == {0, 1, 2}


@pytest.mark.parametrize(("minutes", "seconds"), [(0, -60), (0, 0), (30, 0), (60, 0)])
def test_an_arrival_within_the_hour_is_accepted(world: World, minutes: int, seconds: int) -> None:
    world.declare(form(expected_arrival=at(minutes=minutes, seconds=seconds)))


@pytest.mark.parametrize(
    ("trip", "pointer", "code"),
    [
        (
            {"expected_arrival": (NOW + timedelta(seconds=3601)).isoformat()},
            "/trip/expected_arrival",
            "arrival_too_far_ahead",
        ),
        ({"expected_arrival": at(seconds=-61)}, "/trip/expected_arrival", "arrival_in_past"),
        ({"checkpoint": "nowhere"}, "/trip/checkpoint", "unknown_checkpoint"),
        ({"checkpoint": "an-tinh"}, "/trip/checkpoint", "checkpoint_closed"),
        ({"stay_until": "2021-07-21"}, "/trip/stay_until", "stay_ends_in_past"),
        (
            {"origin": {"unit": {"list_version": "2025", "code": "79"}}},
            "/trip/origin/unit/list_version",
            "wrong_list_version",
        ),
        (
            {"destination": {"unit": {"list_version": "2021", "code": "00001"}, "address": "x"}},
            "/trip/destination/unit/code",
            "destination_not_a_commune_of_the_province",
        ),
        (
            {"destination": {"unit": {"list_version": "2021", "code": "703"}, "address": "x"}},
            "/trip/destination/unit/code",
            "destination_not_a_commune_of_the_province",
        ),
    ],
)
def test_a_trip_that_cannot_be_is_refused(world: World, trip: dict[str, Any], pointer: str, code: str) -> None:
    assert refused(world, form(**trip)) == [(pointer, code)]
    assert world.entries.writes == 0


def test_whoever_declares_too_early_is_told_when_to(world: World) -> None:
    body = form(expected_arrival=at(hours=3))
    with pytest.raises(InvalidInput) as raised:
        world.declare(body)
    assert raised.value.problems[0].params == {"minutes": 60, "earliest": "2021-07-22T16:00+07:00"}


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"phone": None}, "/traveller/phone", "phone_missing"),
        ({"identity": None}, "/traveller/identity", "identity_missing"),
        (
            {"identity": None, "birth_year": None, "birth_date": "2021-07-23"},
            "/traveller/birth_date",
            "birth_in_future",
        ),
        ({"identity": None, "birth_year": 2030}, "/traveller/birth_year", "birth_in_future"),
        (
            {"health": {**HEALTHY, "test": {"kind": "pcr", "result": "negative", "taken_at": "2021-07-22T07:02:00Z"}}},
            "/traveller/health/test/taken_at",
            "test_in_future",
        ),
        (
            {"health": {**HEALTHY, "vaccination": {"doses": 1, "last_date": "2021-08-01"}}},
            "/traveller/health/vaccination/last_date",
            "vaccination_in_future",
        ),
    ],
)
def test_a_person_who_cannot_be_is_refused(world: World, changes: dict[str, Any], pointer: str, code: str) -> None:
    assert refused(world, {**form(), "traveller": person(**changes)}) == [(pointer, code)]


def test_a_child_needs_no_document(world: World) -> None:
    child = person(1, identity=None, birth_year=2010, phone=None)
    world.declare({**form(), "companions": [child]})


def test_staff_declare_for_someone_without_a_phone_and_are_on_record(world: World) -> None:
    body = {**form(), "traveller": person(phone=None)}
    assert refused(world, body) == [("/traveller/phone", "phone_missing")]
    declared = world.declare(body, caller=Caller("staff guard", "guard"))
    assert declared.declaration.declared_by == "guard"


def test_an_unknown_consent_text_is_refused(world: World) -> None:
    body = {**form(), "consent": {"accepted": True, "text_version": "1999"}}
    assert refused(world, body) == [("/consent/text_version", "consent_text_unknown")]


def test_all_that_is_wrong_is_told_at_once(world: World) -> None:
    body = {**form(checkpoint="nowhere", stay_until="2020-01-01"), "traveller": person(phone=None)}
    assert len(refused(world, body)) == 3


def test_a_repeated_request_gets_the_first_answer_at_any_later_time(world: World) -> None:
    body = form()
    first = world.declare(body, "key-of-a-request")
    world.clock.advance(hours=5)
    assert world.declare(body, "key-of-a-request") == first
    assert len(world.entries.declarations) == 1


def test_a_key_with_another_form_is_refused(world: World) -> None:
    world.declare(form(), "key-of-a-request")
    with pytest.raises(IdempotencyKeyReused):
        world.declare(form(purpose="work"), "key-of-a-request")


def test_the_same_key_of_another_caller_is_another_declaration(world: World) -> None:
    one = world.declare(form(), "key-of-a-request")
    other = world.declare(form(), "key-of-a-request", Caller("staff guard", "guard"))
    assert one.code != other.code


# The policy


@pytest.mark.parametrize(
    ("health", "origin", "findings", "instructions"),
    [
        (HEALTHY, unit("04"), [], ["report-to-commune"]),
        (HEALTHY, unit("25480"), [], ["watch-health-14", "report-to-commune"]),
        (
            {**HEALTHY, "symptoms": ["fever"], "contact_with_patient": True},
            unit("04"),
            ["symptoms", "contact"],
            ["see-medical-staff", "isolate-at-facility-14", "report-to-commune"],
        ),
        (
            {
                **HEALTHY,
                "vaccination": {"doses": 2, "last_date": "2021-06-01"},
                "test": {"kind": "pcr", "result": "negative", "taken_at": at(hours=-71)},
            },
            {"country": "KH"},
            ["very-high-risk-area"],
            ["isolate-at-home-14", "report-to-commune"],
        ),
        (
            {
                **HEALTHY,
                "test": {"kind": "pcr", "result": "negative", "taken_at": at(hours=-73)},
            },
            unit("75"),
            ["no-valid-test", "high-risk-area"],
            ["test-at-gate", "isolate-at-home-14", "report-to-commune"],
        ),
    ],
)
def test_the_policy_finds_and_instructs(
    world: World, health: dict[str, Any], origin: dict[str, Any], findings: list[str], instructions: list[str]
) -> None:
    declared = world.declare({**form(origin=origin), "traveller": person(health=health)})
    assert declared.declaration.passes[0].findings == findings
    assert declared.declaration.passes[0].instructions == instructions


def test_the_riskiest_place_passed_counts(world: World) -> None:
    low = unit("04")
    risky = unit("26734")  # a commune of Ho Chi Minh City
    declared = world.declare(form(origin=low, places_passed=[risky]))
    assert "very-high-risk-area" in declared.declaration.passes[0].findings


# Checking


def test_each_verdict(world: World) -> None:
    declared = world.declare(form(companions=2))
    code, other, third = (Code(declared.code.declaration, number) for number in range(3))
    token = declared.declaration.passes[0].token
    assert world.check(token).verdict is Verdict.VALID
    assert world.check(code.shown.lower()).verdict is Verdict.VALID
    assert world.check("TNP1:ANYTHING").verdict is Verdict.FORGED
    assert world.check("hello").verdict is Verdict.UNREADABLE
    assert world.check(str(Code.of(1, 0))).verdict is Verdict.UNKNOWN
    assert world.check(str(Code(code.declaration, 3))).verdict is Verdict.UNKNOWN
    world.cross(other)
    assert world.check(str(other)).verdict is Verdict.USED
    assert world.check(str(code)).verdict is Verdict.VALID
    world.entries.revocations[third.declaration, third.person] = Revocation(
        recorded_at=NOW, recorded_by="supervisor", reason="x"
    )
    assert world.check(str(third)).verdict is Verdict.REVOKED
    world.clock.advance(hours=1)
    assert world.check(token).verdict is Verdict.EXPIRED
    assert world.check(str(other)).verdict is Verdict.USED
    assert world.check(str(third)).verdict is Verdict.REVOKED


CARD = "072090000000|290000123|Nguyễn Văn Thử|17051990|Nam|Tổ 3, Tây Ninh|01032021"
PERSONAL = "072090000000|NGUYEN VAN THU|1990-05-17|0|QID-1|<1<<0912345678"


@pytest.mark.parametrize(
    ("text", "read_as", "verdict"),
    [
        ("TNP1:ANYTHING", "token", "forged"),
        (" tnp1:anything", "token", "forged"),
        ("0000-0000-0000-0000", "code", "unknown"),
        ("oooo oooo oooo oooo", "code", "unknown"),
        ("0000\u20130000\u22120000\u30fc0000", "code", "unknown"),
        ("\uff10" * 16, "code", "unknown"),
        ("\u200b0000\u00a00000\t00000000\r\n", "code", "unknown"),
        ("0000-0000-0000-0001", "code", "mistyped"),
        ("0000-0000-0000-000", "code", "mistyped"),
        ("0000-0000-0000-0000-0", "code", "mistyped"),
        ("0000-0000-0000-000U", "code", "mistyped"),
        ("7K3M-9QXW-2B", "code", "mistyped"),
        (CARD, "citizen_card", None),
        (PERSONAL, "personal_qr", None),
        ("HC1:6BF", "certificate", None),
        ("\n hc1:6BF", "certificate", None),
        ("072090000123", "other", "unreadable"),
        ("0912345678", "other", "unreadable"),
        ("70A-123.45", "other", "unreadable"),
        ("", "other", "unreadable"),
        (" \t", "other", "unreadable"),
        ("hello", "other", "unreadable"),
        ("https://pass.example/v1", "other", "unreadable"),
        ("Nguyễn Văn Thử Nghiệm", "other", "unreadable"),
        ("0000\x00000000000000", "other", "unreadable"),
        ("\u202e0000-0000-0000-0000", "other", "unreadable"),
        ("\U0001f600" * 16, "other", "unreadable"),
        ("\u0663" * 16, "other", "unreadable"),
        ("A" * 4096, "other", "unreadable"),
    ],
)
def test_any_text_is_read_as_something(world: World, text: str, read_as: str, verdict: str | None) -> None:
    checked = world.check(text)
    assert (checked.read_as, checked.verdict) == (read_as, verdict)


@given(st.text(max_size=60) | st.text("0123456789OILU-| :TNPHC\u2013\x00", max_size=60))
def test_any_text_whatsoever_gets_an_answer(text: str) -> None:
    checked = World().check(text)
    assert (checked.verdict is None) == (checked.card is not None or checked.read_as is ReadAs.CERTIFICATE)


@given(st.integers(0, 2**65 - 1), st.integers(0, 50), st.integers(0, 15), st.sampled_from(["delete", "double"]))
def test_a_character_too_few_or_too_many_is_a_slip(bits: int, person: int, place: int, slip: str) -> None:
    code = str(Code.of(bits, person))
    typed = code[:place] + ("" if slip == "delete" else code[place] * 2) + code[place + 1 :]
    checked = World().check(typed)
    assert (checked.read_as, checked.verdict) == (ReadAs.CODE, Verdict.MISTYPED)


def test_a_card_leads_to_the_passes_its_holder_has(world: World) -> None:
    assert world.check(CARD).found == []
    declared = world.declare_and_trace(form(companions=2))
    for text in (CARD, PERSONAL):
        assert [each.code for each in world.check(text).found or []] == [declared.code]
    assert world.check(CARD.replace("072090000000", "999")).found is None


# Searches


def test_a_person_is_found_by_plate_phone_and_document_however_they_are_written(world: World) -> None:
    declared = world.declare_and_trace(form(companions=1))
    both = [declared.code, Code(declared.code.declaration, 1)]
    assert [each.code for each in world.search(plate="70e1 12345")] == both
    for phone in ("0912345678", "+84 912 345 678", "84912345678"):
        assert [each.code for each in world.search(phone=phone)] == both[:1]
    for identity in ({"number": "072 090 000001"}, {"kind": IdentityKind.CCCD, "number": "072090000001"}):
        assert [each.code for each in world.search(identity=identity)] == both[1:]
    assert world.search(identity={"kind": IdentityKind.CMND, "number": "072090000001"}) == []


def test_a_number_is_sought_as_all_that_it_can_be(world: World) -> None:
    for kind in ("cmnd", "passport"):
        number = {"kind": kind, "number": "290000123"}
        world.declare_and_trace({**form(), "traveller": person(identity=number)})
    assert len(world.search(identity={"number": "290000123"})) == 2


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"plate": "70A-123.45", "phone": "0912345678"},
        {"plate": "HELLO"},
        {"phone": "12"},
        {"identity": {"number": "1234-5678-9012-34"}},
        {"identity": {"kind": IdentityKind.CCCD, "number": "290000123"}},
    ],
)
def test_a_search_that_cannot_be_answered_is_refused(world: World, asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        world.search(**asked)


def test_only_passes_that_have_not_expired_are_found_the_newest_first(world: World) -> None:
    first = world.declare_and_trace(form(expected_arrival=at(minutes=60)))
    world.clock.advance(minutes=40)
    second = world.declare_and_trace()
    assert [each.code for each in world.search(plate="70E112345")] == [second.code, first.code]
    world.clock.advance(minutes=20)
    assert [each.code for each in world.search(plate="70E112345")] == [second.code]
    world.cross(second.code)
    assert [each.verdict for each in world.search(plate="70E112345")] == [Verdict.USED]
    world.clock.advance(minutes=40)
    assert world.search(plate="70E112345") == []


def test_who_means_to_arrive_now_is_found_until_the_pass_ends(world: World) -> None:
    declared = world.declare_and_trace(form(expected_arrival=at(seconds=-59)))
    world.clock.advance(seconds=3599)
    assert [each.code for each in world.search(phone="0912345678")] == [declared.code]


def test_strangers_who_declare_the_plate_of_a_vehicle_do_not_hide_who_rides_in_it(world: World) -> None:
    riding = world.declare_and_trace()
    for _ in range(2):
        world.clock.advance(minutes=1)
        world.declare_and_trace(form(world.clock(), companions=50))
    for passes in (world.search_all(plate="70E112345"), world.manifest_of("70E112345")):
        assert (len(passes.found), passes.complete) == (103, True)
        assert riding.code in [each.code for each in passes.found]


def test_an_answer_tells_three_hundred_passes_and_that_there_are_more(world: World) -> None:
    for number in range(6):
        world.clock.advance(minutes=1)
        last = world.declare_and_trace(form(world.clock(), companions=49 + (number == 0)))
    for passes in (world.search_all(plate="70E112345"), world.manifest_of("70E112345")):
        assert (len(passes.found), passes.complete) == (300, False)
        assert last.code in [each.code for each in passes.found]


def test_a_search_leads_to_sixty_declarations_and_says_whether_there_are_more(world: World) -> None:
    for number in range(60):
        world.declare_and_trace({**form(), "traveller": person(number)})
    for complete in (True, False):
        for passes in (world.search_all(plate="70E112345"), world.manifest_of("70E112345")):
            assert (len(passes.found), passes.complete) == (60, complete)
        world.declare_and_trace({**form(), "traveller": person(60)})


def test_as_many_declarations_are_looked_at_whatever_a_number_can_be(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "MOST_DECLARATIONS", 2)
    for kind in ("cmnd", "passport", "passport"):
        number = {"kind": kind, "number": "290000123"}
        world.declare_and_trace({**form(), "traveller": person(identity=number)})
    passes = world.search_all(identity={"number": "290000123"})
    assert (len(passes.found), passes.complete) == (2, False)


def test_a_full_bus_is_one_manifest_whether_declared_together_or_each_for_themselves(world: World) -> None:
    together = world.declare_and_trace(form(companions=50))
    for text in (together.code.declaration, together.code.shown, str(Code(together.code.declaration, 50)).lower()):
        found = manifest_of_declaration(text, entries=world.entries, clock=world.clock).found
        assert [each.code.person for each in found] == list(range(51))
    bus = {"kind": "bus", "plate": "70B-012.34"}
    for number in range(45):
        world.declare_and_trace({**form(transport=bus), "traveller": person(number)})
    found = world.manifest("70B01234")
    assert len({each.code.declaration for each in found}) == 45
    assert [each.code.declaration for each in found] == sorted(each.code.declaration for each in found)
    world.clock.advance(minutes=70)
    assert {each.verdict for each in world.manifest("70B01234")} == {Verdict.EXPIRED}
    assert len(found) == 45
    world.clock.advance(minutes=25)
    assert world.manifest("70B01234") == []


def test_a_manifest_of_no_declaration_is_refused(world: World) -> None:
    declared = world.declare()
    for text, error in (
        ("0" * 13, PassUnknown),
        (str(Code.of(1, 0)), PassUnknown),
        (str(Code(declared.code.declaration, 1)), PassUnknown),
        (str(declared.code)[:15], CodeMistyped),
        ("", CodeMistyped),
    ):
        with pytest.raises(error):
            manifest_of_declaration(text, entries=world.entries, clock=world.clock)


@given(st.integers(0, 2**65 - 1), st.integers(0, 50))
@example(26 << 60 | 21 << 55 | 22 << 50, 0)  # TNP…
def test_a_code_is_never_taken_for_a_token(bits: int, person: int) -> None:
    assert World().check(Code.of(bits, person).shown).verdict is Verdict.UNKNOWN


def test_a_check_is_one_query(world: World) -> None:
    declared = world.declare()
    world.check(declared.declaration.passes[0].token)
    assert world.entries.reads == 1


def test_the_public_state_tells_a_slip_from_an_unknown_pass(world: World) -> None:
    with pytest.raises(CodeMistyped):
        state_of("0000-0000-0000-0001", entries=world.entries, clock=world.clock)
    with pytest.raises(PassUnknown):
        state_of("0000-0000-0000-0000", entries=world.entries, clock=world.clock)


# Crossings


def test_a_crossing_is_one_query_and_one_write(world: World) -> None:
    declared = world.declare()
    world.entries.writes = 0
    world.cross(declared.code)
    assert (world.entries.reads, world.entries.writes) == (1, 1)


def test_the_same_crossing_again_is_the_first_answer(world: World) -> None:
    declared = world.declare()
    first = world.cross(declared.code)
    world.clock.advance(hours=2)
    assert world.cross(declared.code) == first


@pytest.mark.parametrize(
    ("staff", "changes"),
    [
        (OTHER, {}),
        (GUARD, {"temperature": 36.7}),
        (GUARD, {"decision": "refuse", "reason": "x"}),
    ],
)
def test_any_other_second_crossing_is_told_who_decided_what(
    world: World, staff: Principal, changes: dict[str, Any]
) -> None:
    declared = world.declare()
    world.cross(declared.code)
    with pytest.raises(CrossingAlreadyRecorded) as raised:
        world.cross(declared.code, staff, **changes)
    standing = raised.value.members["crossing"]
    assert (standing["recorded_by"], standing["decision"]) == ("guard", "admit")


def test_whoever_is_posted_elsewhere_or_nowhere_records_nothing(world: World) -> None:
    declared = world.declare()
    writes = world.entries.writes
    for checkpoint, refusal in (("an-tinh", PostedElsewhere), (None, NotPosted)):
        world.postings.post(GUARD.subject, checkpoint)
        with pytest.raises(refusal):
            world.cross(declared.code)
    assert world.entries.writes == writes


def test_at_a_closed_checkpoint_nobody_is_admitted_and_refusals_are_recorded(world: World) -> None:
    declared = world.declare(form(companions=1))
    world.postings.post(GUARD.subject, "an-tinh")
    with pytest.raises(CheckpointClosed):
        world.cross(declared.code, checkpoint="an-tinh")
    for number, decision in enumerate(("refuse", "isolate")):
        code = Code(declared.code.declaration, number)
        assert world.cross(code, checkpoint="an-tinh", decision=decision, reason="chốt đóng").decision == decision


def test_an_expired_pass_can_be_refused_or_sent_on_not_admitted(world: World) -> None:
    declared = world.declare(form(companions=1))
    world.clock.advance(hours=1)
    with pytest.raises(PassExpired):
        world.cross(declared.code)
    assert world.cross(declared.code, decision="refuse", reason="hết hạn").decision == "refuse"
    assert world.cross(Code(declared.code.declaration, 1), decision="isolate", reason="sốt").decision == "isolate"


def test_a_revoked_pass_is_not_admitted(world: World) -> None:
    declared = world.declare()
    world.entries.revocations[declared.code.declaration, 0] = Revocation(
        recorded_at=NOW, recorded_by="supervisor", reason="x"
    )
    with pytest.raises(PassRevoked):
        world.cross(declared.code)


def test_a_crossing_of_an_unknown_pass_or_checkpoint_is_refused(world: World) -> None:
    with pytest.raises(PassUnknown):
        world.cross(Code.of(1, 0))
    declared = world.declare()
    with pytest.raises(InvalidInput):
        world.cross(declared.code, checkpoint="nowhere")


# Revocations


def test_a_revocation_is_one_query_and_one_write_and_counts_at_once(world: World) -> None:
    declared = world.declare(form(companions=1))
    world.entries.writes = 0
    revocation = world.revoke(declared.code)
    assert (world.entries.reads, world.entries.writes) == (1, 1)
    assert (revocation.recorded_by, revocation.recorded_by_name) == ("supervisor", "Giám sát")
    assert world.check(str(declared.code)).verdict is Verdict.REVOKED
    assert world.check(str(Code(declared.code.declaration, 1))).verdict is Verdict.VALID


def test_the_same_revocation_again_is_the_first_answer(world: World) -> None:
    declared = world.declare()
    first = world.revoke(declared.code)
    world.clock.advance(minutes=1)
    assert world.revoke(declared.code) == first


@pytest.mark.parametrize(
    ("staff", "reason"), [(SUPERVISOR, "Biển số giả"), (Principal("doctor", frozenset({Role.HEALTH})), "Khai thay")]
)
def test_any_other_second_revocation_is_told_who_revoked(world: World, staff: Principal, reason: str) -> None:
    declared = world.declare()
    world.revoke(declared.code)
    with pytest.raises(PassAlreadyRevoked) as raised:
        world.revoke(declared.code, staff, reason)
    assert (raised.value.members["revocation"]["recorded_by"], raised.value.members["revocation"]["reason"]) == (
        "supervisor",
        "Khai thay",
    )


def test_a_revocation_of_an_unknown_pass_is_refused(world: World) -> None:
    declared = world.declare()
    for code in (Code.of(1, 0), Code(declared.code.declaration, 1)):
        with pytest.raises(PassUnknown):
            world.revoke(code)


def test_a_revocation_of_before_names_were_kept_is_read() -> None:
    kept = '{"recorded_at":"2021-07-22T07:00:00Z","recorded_by":"supervisor","reason":"x"}'
    assert Revocation.model_validate_json(kept, context=STORED).recorded_by_name is None
