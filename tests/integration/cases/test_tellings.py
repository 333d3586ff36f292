"""Contacts are told by a wave: routes and workers on moto."""

import json
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from chalice.test import Client

from chalicelib.data import read_text
from chalicelib.models.entry.codes import Code
from chalicelib.models.messaging.waves import about_of
from chalicelib.models.statistics.figures import Family
from chalicelib.storage.messaging.waves import Waves
from chalicelib.wiring.cases import teller
from chalicelib.wiring.statistics import figures
from chalicelib.wiring.waves import known_waves
from tests.forms import form, person
from tests.integration.cases.conftest import Province
from tests.integration.conftest import Clock
from tests.integration.queues import batch
from tests.tables import rows

BUS = {"kind": "bus", "plate": "70B-123.45"}
HOTLINE = "02761022"


class Office:
    """Health officers who tell contacts, and the workers that send what was released."""

    def __init__(self, province: Province, lambdas: Client) -> None:
        self.province, self.api, self._lambdas = province, province.api, lambdas

    def bus(self, riders: int, **about: Any) -> list[str]:
        """A bus that its company declared: each rider has a phone."""
        people = [person(each, phone=f"09123456{each:02d}", **about) for each in range(riders)]
        first, *others = people
        body = {**form(self.province.clock(), transport=BUS), "traveller": first, "companions": others}
        headers = {"Idempotency-Key": str(uuid4())}
        answer = self.api("POST", "/v1/checkpoint/declarations", body, role="checkpoint", **headers)
        assert answer.status_code == 201, answer.body
        codes = [each["code"] for each in answer.json_body["passes"]]
        self.province.trace(codes[0])
        return codes

    def tells(self, case: str, key: str = "", officer: str = "officer-1", **body: Any) -> Any:
        sent = {"Idempotency-Key": key or str(uuid4())}
        given = {"reason": "đã xác minh", **body}
        return self.api("POST", f"/v1/cases/{case}/waves", given, role="health", subject=officer, **sent)

    def does(self, wave: str, what: str, officer: str = "officer-2", role: str = "health") -> Any:
        return self.api("POST", f"/v1/waves/{wave}/{what}", {"reason": "đã xem"}, role=role, subject=officer)

    def sends(self, wave: str, kind: str = "contact_told") -> None:
        """The messages of a released wave, as the workers hand them over."""
        record = teller().waves.find(wave)
        assert record is not None
        for subject in teller().waves.subjects(wave, 0, record.wave.number):
            self.sends_to(subject, wave, kind)
        teller().waves.set_handed_over(wave, record.wave.number)

    def sends_to(self, subject: str, wave: str, kind: str = "contact_told") -> None:
        body = json.dumps({"kind": kind, "subject": subject, "wave": wave})
        known_waves.cache_clear()  # more than two seconds later
        assert self._lambdas.lambda_.invoke("notify", batch(body)).payload == {"batchItemFailures": []}


@pytest.fixture
def office(province: Province, lambdas: Client) -> Office:
    return Office(province, lambdas)


def told(office: Office, case: str) -> dict[str, Any]:
    return {each["contact"]: each.get("told", {}).get("state") for each in office.province.contacts(case)}


def test_each_contact_is_told_once_and_not_who_it_was(office: Office, sent: list[tuple[str, str]]) -> None:
    codes = office.bus(8)
    case = office.province.opened({"pass": codes[0]})
    made = office.tells(case, hops=[1])
    assert made.status_code == 201, made.body
    body = made.json_body
    assert (body["chosen"], body["told_before"], body["not_reachable_by_message"]) == (7, 0, [])
    assert (body["wave"]["state"], body["wave"]["messages"], body["wave"]["kind"]) == ("waiting", 7, "contact_told")
    assert set(told(office, case).values()) == {"waiting"}
    wave = body["wave"]["id"]
    assert office.does(wave, "release").status_code == 200
    office.sends(wave)
    office.sends(wave)
    texts = dict(sent)
    assert len(sent) == len(texts) == 7
    (text,) = set(texts.values())
    # The day of the arrival, which is within the hour.
    days = [f"{office.province.clock() + ahead:%d/%m}" for ahead in (timedelta(), timedelta(hours=1))]
    assert text.startswith(tuple(f"Tay Ninh: ngay {day}, tren xe, anh/chi co the da tiep xuc" for day in days))
    assert HOTLINE in text
    assert not any(each in text for each in ("70B", "Nguyen", "An Hoa", *codes))
    states = [each["told"] for each in office.province.contacts(case)]
    assert {(each["wave"], each["state"], each["channel"]) for each in states} == {(wave, "sent", "sms")}
    again = office.tells(case)
    assert (again.status_code, again.json_body["code"], again.json_body["not_reachable"]) == (409, "nobody_to_tell", [])


def test_how_long_contacts_waited_for_their_message_is_counted(
    office: Office, lambdas: Client, clock: Clock, sent: list[tuple[str, str]]
) -> None:
    codes = office.bus(3)
    case = office.province.opened({"pass": codes[0]})
    wave = office.tells(case, hops=[1]).json_body["wave"]["id"]
    office.does(wave, "release")
    clock.advance(hours=3)
    office.sends(wave)
    assert len(sent) == 2
    for subject in teller().waves.subjects(wave, 0, 2):
        fact = {"kind": "message_changed", "subject": about_of(subject), "fact": f"wave_{wave}"}
        for _ in range(2):
            answer = lambdas.lambda_.invoke("count", batch(json.dumps(fact)))
            assert answer.payload == {"batchItemFailures": []}
    reading = figures().read(Family.CASES, [clock().date()])
    assert [(each.cell, each.count) for each in reading.figures if each.series == "until_told"] == [(("2",), 2)]


def test_no_gate_and_no_hotline_sees_that_somebody_was_told(office: Office, sent: list[tuple[str, str]]) -> None:
    codes = office.bus(8)
    case = office.province.opened({"pass": codes[0]})
    wave = office.tells(case, hops=[1]).json_body["wave"]["id"]
    office.does(wave, "release")
    office.sends(wave)
    for role, subjects in (("checkpoint", []), ("supervisor", []), ("hotline", []), ("health", ["other"])):
        answer = office.api("GET", f"/v1/checkpoint/passes/{codes[1]}/messages", role=role)
        assert [each["subject"] for each in answer.json_body["messages"]] == subjects


def test_the_only_one_on_a_motorbike_is_not_told_of_a_vehicle_although_others_were_in_a_bus(
    office: Office, clock: Clock, sent: list[tuple[str, str]]
) -> None:
    riders = office.bus(7)
    clock.advance(hours=2)
    elsewhere = {"unit": {"list_version": "2021", "code": "25480"}, "address": "Tổ 9"}
    office.province.declare(0, 50, by_staff=True, destination=elsewhere)
    case = office.province.opened({"pass": riders[0]})
    made = office.tells(case, hops=[1])
    assert made.json_body["wave"]["messages"] == 7, made.body
    assert office.does(made.json_body["wave"]["id"], "release").status_code == 200
    office.sends(made.json_body["wave"]["id"])
    (of_pillion,) = [text for phone, text in sent if "tren xe" not in text]
    assert len([text for _, text in sent if "tren xe" in text]) == 6
    assert "tai noi da den" in of_pillion


def test_the_same_request_makes_the_same_wave_and_another_one_is_refused(office: Office) -> None:
    case = office.province.opened({"pass": office.bus(3)[0]})
    key = str(uuid4())
    first, second = office.tells(case, key), office.tells(case, key)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.json_body == second.json_body
    assert office.tells(case, key, hops=[2]).json_body["code"] == "idempotency_key_reused"
    other = office.tells(case, officer="officer-3")
    assert other.json_body["code"] == "nobody_to_tell"


def test_a_request_that_dies_before_its_wave_is_made_goes_on_with_it(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = office.province.opened({"pass": office.bus(4)[0]})
    key = str(uuid4())

    def dies(*_: Any) -> None:
        raise ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")

    with monkeypatch.context() as patched:
        patched.setattr(Waves, "append", dies)
        assert office.tells(case, key).status_code >= 500
    assert set(told(office, case).values()) == {"unknown"}
    # Soon after, the first request may still be under way.
    assert office.tells(case).json_body["code"] == "nobody_to_tell"
    clock.advance(minutes=1)
    made = office.tells(case, key)
    assert (made.status_code, made.json_body["wave"]["messages"]) == (201, 3)
    assert made.headers.get("Idempotent-Replayed") is None


def test_who_was_taken_by_a_request_that_never_came_back_can_be_told_later(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = office.province.opened({"pass": office.bus(4)[0]})
    key = str(uuid4())
    with monkeypatch.context() as patched:
        patched.setattr(Waves, "append", lambda *_: 1 / 0)
        assert office.tells(case, key).status_code == 500
    clock.advance(minutes=6)
    other = office.tells(case)
    assert (other.status_code, other.json_body["wave"]["messages"]) == (201, 3)
    # The first one has nobody left, whenever it comes again.
    assert office.tells(case, key).json_body["code"] == "nobody_to_tell"


def test_a_wave_that_was_stopped_before_it_sent_anything_leaves_its_contacts_to_another(
    office: Office, clock: Clock, sent: list[tuple[str, str]]
) -> None:
    case = office.province.opened({"pass": office.bus(6)[0]})
    wrong = office.tells(case).json_body["wave"]["id"]
    assert office.does(wrong, "stop").status_code == 200
    assert office.tells(case).json_body["code"] == "nobody_to_tell"
    clock.advance(minutes=2)
    right = office.tells(case)
    assert right.status_code == 201, right.body
    office.does(right.json_body["wave"]["id"], "release")
    office.sends(right.json_body["wave"]["id"])
    assert len(sent) == 5


def test_a_wrong_wave_is_taken_back_and_nobody_else_is_told_so(
    office: Office, clock: Clock, sent: list[tuple[str, str]]
) -> None:
    case = office.province.opened({"pass": office.bus(6)[0]})
    wave = office.tells(case).json_body["wave"]["id"]
    office.does(wave, "release")
    first = teller().waves.subjects(wave, 0, 2)
    for each in first:
        office.sends_to(each, wave)
    taken_back = office.does(wave, "taking-back")
    assert taken_back.status_code == 201, taken_back.body
    other = taken_back.json_body["id"]
    office.does(other, "release", "officer-3")
    clock.advance(minutes=2)
    office.sends(other)
    assert len(sent) == 4
    assert all("gui nham" in text for _, text in sent[2:])
    assert sorted(told(office, case).values()) == ["stopped", "stopped", "stopped", "taken_back", "taken_back"]
    # Those who got nothing can be told by another wave; the others are called.
    assert office.tells(case).json_body["wave"]["messages"] == 3


def test_who_cannot_be_told_by_a_message_is_listed_for_a_call(office: Office, province: Province) -> None:
    codes = province.declare(0, 1, 2)
    case = province.opened({"pass": codes[0]})
    refused = office.tells(case)
    assert refused.json_body["code"] == "nobody_to_tell"
    # Their phones were entered by the traveller, in a form that anyone may send.
    assert len(refused.json_body["not_reachable"]) == 2
    contacts = {each["contact"]: each for each in province.contacts(case)}
    assert refused.json_body["not_reachable"] == list(contacts)


def test_a_message_about_the_declaration_that_was_declined_does_not_bar_a_warning(
    office: Office, province: Province, sent: list[tuple[str, str]]
) -> None:
    first = province.declare(0)
    body = {**form(province.clock()), "traveller": person(7)}
    body["consent"]["messages"] = False
    code = province.api("POST", "/v1/declarations", body).json_body["passes"][0]["code"]
    province.trace(code)
    case = province.opened({"pass": first[0]})
    wave = office.tells(case).json_body["wave"]["id"]
    office.does(wave, "release")
    office.sends(wave)
    assert [phone for phone, _ in sent] == ["+84912345685"]
    # Of two people, the place would say who it was.
    assert "tai noi da den" in sent[0][1]


def test_contacts_are_chosen_by_id_or_by_a_filter(office: Office) -> None:
    case = office.province.opened({"pass": office.bus(4)[0]})
    ids = [each["contact"] for each in office.province.contacts(case)]
    both = office.tells(case, contacts=ids[:1], hops=[1])
    assert [each["code"] for each in both.json_body["errors"]] == ["telling_ambiguous"]
    unknown = office.tells(case, contacts=[ids[0], "00000000"])
    assert [(each["pointer"], each["code"]) for each in unknown.json_body["errors"]] == [
        ("/contacts/1", "contact_unknown")
    ]
    assert office.tells(case, kinds=["checkpoint"]).json_body["code"] == "nobody_to_tell"
    office.api("POST", f"/v1/cases/{case}/contacts/{ids[0]}/work", {"kind": "cleared"}, role="health")
    assert office.tells(case, contacts=ids[1:2]).json_body["chosen"] == 1
    rest = office.tells(case).json_body
    assert (rest["chosen"], rest["told_before"]) == (1, 1)


def test_a_large_wave_waits_for_a_second_health_officer(office: Office, put_policy: Callable[..., Any]) -> None:
    shipped = json.loads(read_text("provinces", "tay-ninh", "policy.json"))
    rules = [{**each, "second_officer_above": 3} for each in shipped["tracing"]]
    assert put_policy({**shipped, "version": "2098-01-01.1", "tracing": rules}).status_code == 200
    case = office.province.opened({"pass": office.bus(5)[0]})
    wave = office.tells(case).json_body["wave"]
    assert wave["needs_second_officer"]
    for officer, role, code in (
        ("guard", "supervisor", "staff_role_missing"),
        ("officer-1", "health", "wave_needs_second_officer"),
    ):
        assert office.does(wave["id"], "release", officer, role).json_body["code"] == code
    assert office.does(wave["id"], "release", "officer-2").status_code == 200


def test_only_health_officers_see_a_wave_to_contacts_and_its_reason(office: Office) -> None:
    case = office.province.opened({"pass": office.bus(3)[0]})
    wave = office.tells(case, reason="nhà bà Mẫu").json_body["wave"]["id"]
    for role, listed, status in (("supervisor", [], 403), ("health", [wave], 200)):
        waves = office.api("GET", "/v1/waves", role=role).json_body["waves"]
        assert [each["id"] for each in waves] == listed
        assert office.api("GET", f"/v1/waves/{wave}", role=role).status_code == status


def test_a_new_case_says_of_which_case_the_person_was_a_contact(province: Province, clock: Clock) -> None:
    codes = province.declare(0, 1)
    first = province.opened({"pass": codes[0]})
    clock.advance(minutes=1)
    second = province.opened({"pass": codes[1]})
    third = province.opened({"document": {"number": "072090000003"}}) if province.declare(3) else ""
    month = f"{clock().astimezone(UTC):%Y-%m}"
    page = province.api("GET", f"/v1/cases?month={month}", role="health").json_body
    known = {each["case"]: each["contact_of"] for each in page["cases"]}
    assert known[first] == []
    assert known[second] == [{"case": first, "hop": 1}]
    assert {each["case"] for each in known[third]} <= {first, second}
    counted = sum(bool(each) for each in known.values())
    assert page["known_contacts"] == {"cases": 3, "known": counted, "share": round(counted / 3, 3)}
    before = f"{clock().astimezone(UTC) - timedelta(days=40):%Y-%m}"
    empty = province.api("GET", f"/v1/cases?month={before}", role="health").json_body
    assert (empty["cases"], empty["known_contacts"]) == ([], {"cases": 0, "known": 0})
    for case in (first, second):
        chain = province.api("GET", f"/v1/cases/{case}/chain.json", role="health").json_body
        assert len(chain["persons"]) >= 2


def test_keys_of_waves_and_of_who_is_told_name_nobody(office: Office) -> None:
    codes = office.bus(3)
    case = office.province.opened({"pass": codes[0]})
    office.tells(case)
    kept = [row for row in rows("cases") if row["row"]["S"].startswith(("TOLD#", "WAVE#"))]
    assert len(kept) == 3
    text = json.dumps(kept) + json.dumps(rows("messages"))
    assert not any(each in text for each in ("912345", "0720900", "70B12345", "70B-123", "Nguyễn"))
    assert Code.parse(codes[1]).declaration in text
