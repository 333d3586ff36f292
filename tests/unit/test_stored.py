"""What is accepted and stored can be read back: each kind of record, from its form to its row and back."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.models.certificates.terms import CertificateKind
from chalicelib.models.certificates.trusted_keys import TrustedKey
from chalicelib.models.entry.aliases import Alias
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import Conflict, ConflictKind, Settlement, SettlementForm
from chalicelib.models.entry.corrections import CorrectedPass, Correction, CorrectionForm
from chalicelib.models.entry.crossings import AS_SENT, Crossing, CrossingForm, Decision, Offline
from chalicelib.models.entry.declarations import Declaration, DeclarationForm, Origin
from chalicelib.models.entry.passes import Pass
from chalicelib.models.entry.records import DeclarationRecord
from chalicelib.models.entry.revocations import Revocation, RevocationForm, RevokedPass
from chalicelib.models.entry.verifications import ListedVerification, Verification, VerificationForm
from chalicelib.models.gate.batches import OfflineCrossingForm
from chalicelib.models.people.health import Test, TestKind, TestResult, Vaccination
from chalicelib.models.people.province import province
from chalicelib.models.policy.policies import Policy, PolicyChange
from chalicelib.models.policy.problems import problems
from chalicelib.models.records import Record
from chalicelib.models.staff.checkpoints import Checkpoint, CheckpointForm
from chalicelib.models.staff.staff import Posting, PostingForm, StaffRecord
from chalicelib.models.tracing.exposures import Exposure, ExposureKind
from chalicelib.services.gate.evidence import weigh
from tests import certificates
from tests.certificates import recovery, vaccination
from tests.forms import NOW, form, person
from tests.records import declaration
from tests.unit.certificates.listed import KEYS, european, read
from tests.unit.fakes.policy import InForceSource
from tests.unit.policy.drafts import SHIPPED

Test.__test__ = TestKind.__test__ = TestResult.__test__ = False  # type: ignore[attr-defined]  # models, and no tests

CODE = str(Code.of(1, 0))
BY: dict[str, Any] = {"recorded_at": NOW, "recorded_by": "guard", "recorded_by_name": None}
HEALTH = {
    "vaccination": {"doses": 2, "last_date": "2021-07-01"},
    "test": {"kind": "pcr", "result": "negative", "taken_at": "2021-07-21T08:00:00+07:00"},
}


def declared(sent: DeclarationForm) -> Iterator[Record]:
    passes = [Pass(token="TNP1:A") for _ in sent.persons]
    yield Declaration(form=sent, issued_at=NOW, expires_at=NOW, passes=passes, policy_version="1")
    plate = sent.trip.transport.plate
    yield Exposure(
        kind=ExposureKind.DECLARED,
        at=sent.trip.expected_arrival,
        code=CODE,
        person="a",
        phone=None,
        plate=plate,
        checkpoint=sent.trip.checkpoint,
        commune=sent.trip.destination.unit.code,
        origin=Origin.PROVEN,
        known_since=NOW,
    )
    yield Alias(other="a", **BY)


def crossed(sent: OfflineCrossingForm) -> Iterator[Record]:
    offline = Offline(device="d", id=sent.id, said_at=sent.recorded_at, received_at=NOW)
    content = {name: getattr(sent, name) for name in AS_SENT}
    by = {**BY, "recorded_at": sent.recorded_at}
    crossing = Crossing(**content, **by, documents_seen=sent.documents_seen, offline=offline)
    name = Conflict.id_of(sent, "d", "guard")
    yield from (crossing, Conflict(id=name, kind=ConflictKind.EXPIRED, crossing=crossing))


def corrected(sent: CorrectionForm) -> Iterator[Record]:
    yield Correction(**sent.model_dump(exclude={"code"}), **BY)
    yield CorrectedPass(code=sent.code, decision=sent.decision, corrected_at=NOW, expires_at=NOW)


def revoked(sent: RevocationForm) -> Iterator[Record]:
    yield Revocation(reason=sent.reason, **BY)
    yield RevokedPass(code=sent.code, revoked_at=NOW, expires_at=NOW)


def asked(sent: VerificationForm) -> Iterator[Record]:
    yield Verification(phone=sent.phone, requested_at=NOW, language=sent.language)
    yield ListedVerification(id=CODE, requested_at=NOW)


def posted(sent: PostingForm) -> Iterator[Record]:
    posting = Posting(checkpoint=sent.checkpoint, since=NOW, posted_by="x")
    yield StaffRecord(subject="x", name=sent.name, postings=[posting])


def in_force(sent: Policy) -> Iterator[Record]:
    if not problems(sent, province("tay-ninh").units_list):
        yield from (sent, PolicyChange(version=sent.version, stored_at=NOW, stored_by="x"))


CROSSING = {
    "id": "1",
    "code": CODE,
    "checkpoint": "an-hoa",
    "decision": "refuse",
    "reason": "x",
    "temperature": 36.6,
    "documents_seen": ["test_result", "identity_document"],
    "recorded_at": NOW.isoformat(),
}
POLICY = {**SHIPPED, "areas": [{"unit": "79", "risk": "high", "from": "2021-07-01", "until": "2021-08-01"}]}
CHECKPOINT = InForceSource().current().checkpoints["an-hoa"].model_dump(mode="json", exclude={"id"})
FORMS: dict[type[Record], tuple[dict[str, Any], Callable[[Any], Iterator[Record]]]] = {
    DeclarationForm: (
        {
            **form(places_passed=[{"country": "KH"}], stay_until="2021-07-30"),
            "traveller": person(health={**person()["health"], **HEALTH}),
            "companions": [person(1, birth_year=None, birth_date="1990-05-17")],
        },
        declared,
    ),
    OfflineCrossingForm: (CROSSING, crossed),
    CorrectionForm: ({"code": CODE, "decision": "admit", "reason": "x", "temperature": 36.6}, corrected),
    SettlementForm: (
        {"decision": "admit", "reason": "x"},
        lambda sent: iter([Settlement(**sent.model_dump(), conflict="x", **BY)]),
    ),
    RevocationForm: ({"code": CODE, "reason": "x"}, revoked),
    VerificationForm: ({"phone": "0912345678"}, asked),
    PostingForm: ({"checkpoint": "an-hoa", "name": "Lê Văn Gác"}, posted),
    CheckpointForm: (CHECKPOINT, lambda sent: iter([Checkpoint(**sent.model_dump(), id="an-hoa")])),
    Policy: (POLICY, in_force),
}
"""Each form: one that is accepted, and the records that are made of it."""

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
FIRST, LAST = NOW.replace(year=1900, tzinfo=None), NOW.replace(year=2099, tzinfo=None)
MOMENTS = st.datetimes(FIRST, LAST, timezones=ZONES).map(lambda moment: moment.isoformat())
LETTERS = st.text(st.sampled_from("AaÂâễĐ 'ß.-\u0302\u0301\u00a0\t1"), max_size=6)
VALUES = st.one_of(
    MOMENTS,
    st.dates().map(lambda day: day.isoformat()),
    LETTERS,
    LETTERS.map(lambda text: normalize("NFD", text)),
    st.text(max_size=8),
    st.from_regex(r"\A[0-9A-Zß .-]{5,13}\Z"),
    st.integers(-5, 3000),
    st.floats(),
    st.sampled_from([None, True, False, [], {}, "a" * 200, "a" * 500, "cccd", "cmnd", "passport", "KH", "other"]),
)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all leaves of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ways = [place for key, each in inner for place in places(each, (*way, key))]
    yield from ways or [way]


def changed(body: dict[str, Any], changes: dict[tuple[Any, ...], Any]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(body))
    for way, value in changes.items():
        place: Any = copy
        for key in way[:-1]:
            place = place[key]
        place[way[-1]] = value
    return copy


def assert_read_back(record: Record) -> None:
    """In each of the ways in which storage writes records."""
    whole, short = record.model_dump_json(), record.model_dump_json(exclude_none=True)
    for text in (whole, short, record.model_dump_json(exclude_defaults=True)):
        assert type(record).from_stored(text) == record


@pytest.mark.parametrize("sent", FORMS, ids=lambda sent: sent.__name__)
def test_each_form_that_the_property_begins_with_is_accepted(sent: type[Record]) -> None:
    body, records = FORMS[sent]
    made = list(records(sent.model_validate_json(json.dumps(body))))
    assert made
    for each in made:
        assert_read_back(each)


@given(st.data())
def test_whatever_a_form_may_have_is_read_back(data: st.DataObject) -> None:
    sent = data.draw(st.sampled_from(list(FORMS)))
    body, records = FORMS[sent]
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(places(body), key=str)), VALUES, min_size=1, max_size=2))
    try:
        accepted = sent.model_validate_json(json.dumps(changed(body, changes)))
    except ValidationError:
        return
    for record in records(accepted):
        assert_read_back(record)


@given(LETTERS | st.text(st.characters(max_codepoint=0x36F, categories=["L", "M"]), max_size=4))
@example(normalize("NFD", "Ê"))
def test_whatever_name_is_accepted_is_read_back(name: str) -> None:
    body = changed(FORMS[DeclarationForm][0], {("traveller", "full_name"): name})
    try:
        accepted = DeclarationForm.model_validate_json(json.dumps(body))
    except ValidationError:
        return
    for record in declared(accepted):
        assert_read_back(record)


WRITTEN = st.one_of(
    st.dates().map(lambda day: day.isoformat()),
    st.datetimes(timezones=ZONES).map(lambda moment: moment.isoformat()),
    st.integers(0, 9999).map(lambda year: f"{year:04d}"),
    st.floats(-1e12, 1e12),
)


@given(st.sampled_from(["v", "t", "r"]), WRITTEN)
@example("v", "0021-07-01")
@example("t", "0021-07-21T08:00:00Z")
def test_whatever_date_a_genuine_certificate_has_its_crossing_is_read_back(kind: str, date: Any) -> None:
    payload = {"v": vaccination(dt=date), "t": certificates.test(sc=date), "r": recovery(fr=date)}[kind]
    (held,) = DeclarationRecord(declaration()).passes(Code.of(1, 0).declaration)
    text = european(payload)
    reading = read(text, KEYS)
    policy = InForceSource().current().policy
    seen = weigh([text], [reading], held, policy, NOW).seen
    assert_read_back(Crossing(code=CODE, checkpoint="an-hoa", decision=Decision.ADMIT, certificates=seen, **BY))


@given(st.dates(), st.datetimes(timezones=ZONES))
def test_whatever_a_record_was_made_of_is_read_back(day: Any, moment: datetime) -> None:
    assert_read_back(Vaccination(doses=1, last_date=day))
    assert_read_back(Test(kind=TestKind.PCR, result=TestResult.NEGATIVE, taken_at=moment))


@given(st.datetimes(timezones=st.just(UTC)))
def test_whatever_validity_a_trusted_key_has_is_read_back(moment: datetime) -> None:
    uses = [CertificateKind.TEST]
    key = TrustedKey(
        kid="x", country="VN", public_key="x", valid_from=moment, valid_until=moment, uses=uses, put_by="x", put_at=NOW
    )
    assert_read_back(key)


def test_a_crossing_form_is_what_a_batch_has_and_no_more() -> None:
    assert {*OfflineCrossingForm.model_fields} - {*CrossingForm.model_fields} == {"id", "recorded_at"}
