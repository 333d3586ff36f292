"""From a pass to a case and its contacts: routes and workers on moto."""

import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import pass_of
from chalicelib.models.entry.restrictions import Restriction
from chalicelib.storage.entry.requests import Requests
from tests.integration.cases.conftest import Province
from tests.integration.conftest import Clock
from tests.integration.refused import fields_refused
from tests.tables import by_botocore, rows


def test_those_who_came_with_a_case_are_its_contacts(province: Province) -> None:
    codes = province.declare(0, 1, 2)
    case = province.opened({"pass": codes[0]})
    contacts = province.contacts(case)
    assert sorted(each["code"] for each in contacts) == sorted(codes[1:])
    assert {(each["hop"], each["label"], each["state"]) for each in contacts} == {(1, "F1", "found")}
    assert {each["reasons"][0]["kind"] for each in contacts} == {"declaration"}


def test_a_batch_that_comes_late_finds_the_case_without_a_new_search(province: Province) -> None:
    first = province.declare(0)
    late = province.declare(1, traced=False, transport={"kind": "motorbike", "plate": "70E1-999.99"})
    case = province.opened({"pass": first[0]})
    assert province.contacts(case) == []
    province.trace(late[0])
    province.settle()
    (contact,) = province.contacts(case)
    assert (contact["code"], [each["kind"] for each in contact["reasons"]]) == (late[0], ["household"])


def test_a_case_that_is_closed_is_searched_no_more_and_its_markers_leave(province: Province) -> None:
    first = province.declare(0)
    case = province.opened({"pass": first[0]})
    assert any(row["place"]["S"].startswith("MARKER#") for row in rows("tracing"))
    ended = province.api("POST", f"/v1/cases/{case}/end", {"reason": "khỏi bệnh"}, role="health")
    assert (ended.status_code, ended.json_body["state"]) == (200, "ended")
    again = province.api("POST", f"/v1/cases/{case}/end", {"reason": "khỏi bệnh"}, role="health")
    assert again.headers["Idempotent-Replayed"] == "true"
    other = province.api("POST", f"/v1/cases/{case}/end", {"reason": "khác"}, role="health")
    assert (other.status_code, other.json_body["code"]) == (409, "case_ended")
    province.settle()
    assert not any(row["place"]["S"].startswith("MARKER#") for row in rows("tracing"))
    province.declare(1)
    province.settle()
    assert province.contacts(case) == []


def test_a_contact_of_a_contact_is_two_hops_away_and_its_path_leads_there(province: Province) -> None:
    elsewhere: dict[str, Any] = {"transport": {"kind": "motorbike", "plate": "70E1-999.99"}}
    first = province.declare(0, 1, destination=at("Tổ 1"))
    province.declare(1, destination=at("Tổ 2"), **elsewhere)
    province.declare(2, destination=at("Tổ 2"), **elsewhere)
    case = province.opened({"pass": first[0]})
    near, far = province.contacts(case)
    assert (near["label"], far["label"], far["reasons"][0]["kind"]) == ("F1", "F2", "vehicle")
    assert far["path"] == [near["contact"], far["contact"]]
    assert far["reasons"][0]["through"] == near["contact"]
    assert [each["contact"] for each in province.contacts(case, hop=2)] == [far["contact"]]
    assert province.contacts(case, kind="declaration") == [near]
    one = province.opened({"document": {"number": "072090000002"}}, hops=1)
    assert {each["hop"] for each in province.contacts(one)} == {1}


def test_a_person_has_one_case_in_thirty_days_by_whichever_number(province: Province, clock: Clock) -> None:
    codes = province.declare(0)
    case = province.opened({"pass": codes[0]})
    for person in ({"pass": codes[0]}, {"document": {"number": "072090000000"}}, {"phone": "0912345678"}):
        again = province.open(person)
        assert (again.status_code, again.json_body["code"], again.json_body["case"]) == (409, "case_exists", case)


def test_who_has_no_declaration_is_entered(province: Province) -> None:
    unknown = province.open({"document": {"number": "072090000077"}})
    assert (unknown.status_code, unknown.json_body["code"]) == (404, "case_person_unknown")
    province.declare(3)
    entered = {"full_name": "Lê Văn Mẫu", "birth_year": 1980, "gender": "male"}
    here = {"from": moment(province, hours=-2), "until": moment(province, hours=1), "plate": "70E1-123.45"}
    case = province.opened({"entered": entered}, places=[here], infectious_until=moment(province, hours=1))
    (contact,) = province.contacts(case)
    assert (contact["reasons"][0]["kind"], "through" in contact["reasons"][0]) == ("vehicle", False)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"infectious_until": "2021-01-01T00:00:00+07:00"}, "case_window_ends_first"),
        ({"infectious_from": "2021-01-01T00:00:00+07:00"}, "case_window_too_long"),
        ({"onset_on": "2021-08-01", "sampled_at": "2021-06-30T08:00:00+07:00"}, "onset_long_after_sample"),
        ({"onset_on": None}, "case_time_missing"),
        ({"onset_on": "2098-01-01"}, "case_time_in_future"),
        ({"hops": 0}, "number_too_low"),
        ({"hops": 4}, "number_too_high"),
        ({"person": {}}, "case_person_ambiguous"),
    ],
)
def test_what_cannot_be_is_refused(province: Province, members: dict[str, Any], code: str) -> None:
    body = {"person": {"pass": province.declare(0)[0]}, "onset_on": province.clock().date().isoformat(), **members}
    answer = province.api("POST", "/v1/cases", body, role="health")
    assert (answer.status_code, [each["code"] for each in answer.json_body["errors"]]) == (422, [code])


def test_only_health_officers_see_cases(province: Province) -> None:
    case = province.opened({"pass": province.declare(0)[0]})
    for role in ("checkpoint", "supervisor", "hotline", "administrator"):
        chains = (f"/v1/cases/{case}/chain.{form}" for form in ("json", "graphml", "csv", "svg"))
        of_case = (f"/v1/cases/{case}", f"/v1/cases/{case}/contacts")
        for path in ("/v1/cases", "/v1/officers", "/v1/officers/me/work", *of_case, *chains):
            assert province.api("GET", path, role=role).json_body["code"] == "staff_role_missing"


def test_work_is_recorded_listed_and_ended(province: Province, clock: Clock) -> None:
    codes = province.declare(0, 1)
    case = province.opened({"pass": codes[0]})
    (contact,) = province.contacts(case)
    url = f"/v1/cases/{case}/contacts/{contact['contact']}/work"

    def record(kind: str, **members: Any) -> Any:
        return province.api("POST", url, {"kind": kind, **members}, role="health", subject="officer-1")

    def due(subject: str = "officer-1") -> list[str]:
        answer = province.api("GET", "/v1/officers/me/work", role="health", subject=subject).json_body
        return [each["due_on"] for each in answer["work"]]

    tomorrow = (clock() + timedelta(days=1)).date().isoformat()
    assert record("assigned", officer="officer-2").json_body["state"] == "assigned"
    assert (due(), due("officer-2")) == ([], [tomorrow])
    assert record("assigned").json_body["officer"] == "officer-1"
    assert record("assigned").headers["Idempotent-Replayed"] == "true"
    assert (due(), due("officer-2")) == ([tomorrow], [])
    clock.advance(minutes=1)
    assert record("reached", due_on="2098-01-02", note="đã gọi").json_body["work"][-1]["note"] == "đã gọi"
    assert due() == ["2098-01-02"]
    assert [each["state"] for each in province.contacts(case, state="reached")] == ["reached"]
    clock.advance(minutes=1)
    assert record("tested").json_body["errors"][0]["code"] == "work_incomplete"
    assert record("tested", result="positive").status_code == 201
    clock.advance(minutes=1)
    assert record("became_case", case=case).json_body["code"] == "case_of_another"
    other = province.opened({"pass": codes[1]})
    ended = record("became_case", case=other)
    assert (ended.json_body["state"], ended.json_body["work"][-1]["case"]) == ("became_case", other)
    assert due() == []
    seen = province.api("GET", url.removesuffix("/work"), role="health", subject="officer-3").json_body
    assert [each["kind"] for each in seen["work"]] == ["assigned", "assigned", "reached", "tested", "became_case"]
    assert (seen["contact"], seen["state"], seen["work"][2]["note"]) == (contact["contact"], "became_case", "đã gọi")
    unknown = province.api("GET", f"/v1/cases/{case}/contacts/00000000", role="health")
    assert (unknown.status_code, unknown.json_body["code"]) == (404, "contact_unknown")
    seen = province.api("GET", f"/v1/cases/{case}", role="health").json_body
    assert (seen["contacts"], seen["by_state"], seen["by_hop"]) == (1, {"became_case": 1}, {"1": 1})
    assert seen["measures"] == {"followed_to_the_end": 1.0, "lost": 0.0, "cases_among_contacts": 1}
    assert (
        province.api("POST", url.replace(contact["contact"], "00000000"), {"kind": "cleared"}, role="health").json_body[
            "code"
        ]
        == "contact_unknown"
    )


def test_those_who_work_on_cases_are_listed_by_name_and_may_be_assigned(province: Province, clock: Clock) -> None:
    def listed() -> list[dict[str, str]]:
        found: list[dict[str, str]] = province.api("GET", "/v1/officers", role="health").json_body["officers"]
        return found

    assert listed() == []
    codes = province.declare(0, 1)
    case = province.opened({"pass": codes[0]})
    assert listed() == [{"subject": "officer-1"}]
    # A newcomer who has looked at their list of work, and has a name.
    province.api("GET", "/v1/officers/me/work", role="health", subject="officer-2")
    named = {"checkpoint": None, "name": "Bùi Thị Dịch Tễ"}
    assert province.api("PUT", "/v1/staff/officer-2/posting", named, role="administrator").status_code == 200
    assert listed() == [{"subject": "officer-2", "name": "Bùi Thị Dịch Tễ"}, {"subject": "officer-1"}]

    (contact,) = province.contacts(case)
    url = f"/v1/cases/{case}/contacts/{contact['contact']}/work"
    assigned = province.api(
        "POST", url, {"kind": "assigned", "officer": "officer-2"}, role="health", subject="officer-1"
    )
    assert assigned.json_body["officer"] == "officer-2"
    # A name or a phone number would stand in a key.
    mistyped = province.api("POST", url, {"kind": "assigned", "officer": "0912 345 678"}, role="health")
    assert fields_refused(mistyped) == [("/officer", "staff_subject_malformed")]
    # Somebody who was assigned and did nothing is not in the list: the subject may be mistyped.
    province.api("POST", url, {"kind": "assigned", "officer": "officer-9"}, role="health", subject="officer-1")
    clock.advance(days=200)
    assert "officer-9" not in {each["subject"] for each in listed()}


def test_pages_of_contacts_stay_as_they_were_when_the_first_was_read(province: Province, clock: Clock) -> None:
    codes = province.declare(0, 1, 2, 3)
    case = province.opened({"pass": codes[0]})
    url = f"/v1/cases/{case}/contacts?limit=2"
    first = province.api("GET", url, role="health").json_body
    clock.advance(minutes=1)
    province.declare(4)
    province.settle()
    second = province.api("GET", f"{url}&cursor={first['cursor']}", role="health").json_body
    seen = [each["code"] for each in first["contacts"] + second["contacts"]]
    assert (sorted(seen), second["complete"]) == (sorted(codes[1:]), True)
    assert len(province.contacts(case)) == 4
    assert province.api("GET", f"{url}&cursor=x", role="health").json_body["errors"][0]["code"] == "cursor_unknown"


CONTENT_TYPES = {
    "json": "application/json",
    "graphml": "application/graphml+xml; charset=utf-8",
    "csv": "text/csv; charset=utf-8; header=present",
    "svg": "image/svg+xml",
}


def test_a_chain_is_a_file_in_four_forms_and_only_json_has_names(province: Province) -> None:
    codes = province.declare(0, 1)
    case = province.opened({"pass": codes[0]})
    (contact,) = province.contacts(case)
    for form, content_type in CONTENT_TYPES.items():
        answer = province.api("GET", f"/v1/cases/{case}/chain.{form}", role="health")
        assert answer.status_code == 200, answer.body
        text = answer.body.decode()
        assert answer.headers["Content-Type"] == content_type
        assert answer.headers["Content-Disposition"] == f'attachment; filename="chain-{case}.{form}"'
        assert contact["contact"] in text
        assert (contact["person"]["masked_name"] in text) == (form == "json")
        # The picture has no times; the others have them in the province's zone.
        assert ("+07:00" in text, "Z" in re.findall(r"T\d\d:\d\d:\d\d(.)", text)) == (form != "svg", False)


def test_each_look_is_audited_and_names_nobody(province: Province, logged: StringIO) -> None:
    codes = province.declare(0, 1)
    case = province.opened({"pass": codes[0]})
    province.contacts(case)
    province.api("GET", "/v1/cases", role="health")
    lines = [json.loads(each) for each in logged.getvalue().splitlines()]
    looks = [each for each in lines if each["message"] == "audit"]
    assert [each["action"] for each in looks] == ["open case", "list contacts", "list cases"]
    assert codes[1].replace("-", "") in looks[1]["codes"]
    for private in ("912345678", "072090000", "Nguyễn", "70E1"):
        assert private not in logged.getvalue()


def test_a_search_by_opening_a_case_is_audited_when_it_is_refused(province: Province, logged: StringIO) -> None:
    codes = province.declare(0, 1)
    case = province.opened({"pass": codes[0]})
    for person in ({"pass": codes[0]}, {"document": {"number": "072090000077"}}):
        assert province.open(person).status_code in (404, 409)
    lines = [json.loads(each) for each in logged.getvalue().splitlines()]
    looks = [(each["why"], each["codes"]) for each in lines if each["message"] == "audit"][1:]
    assert looks == [("refused: case_exists", [case.replace("-", "")]), ("refused: case_person_unknown", [])]


def test_what_anyone_may_have_sent_hides_no_contact_and_says_not_who_somebody_is(
    province: Province, clock: Clock
) -> None:
    """A stranger sends forms with the plate of a case, with the case's document and with a contact's."""
    true_case, true_contact = province.declare(0, 1, by_staff=True)
    clock.advance(minutes=5)
    (false_case,) = province.declare(0)
    strangers = [code for number in range(2, 6) for code in province.declare(number)]
    (false_contact,) = province.declare(1)
    case = province.opened({"document": {"number": "072090000000"}})
    answer = province.api("GET", f"/v1/cases/{case}", role="health").json_body
    assert answer["pass_code"] == true_case != false_case
    found = province.contacts(case)
    assert found[0]["code"] == true_contact != false_contact
    assert {each["code"] for each in found[1:]} == set(strangers)
    first = province.api("GET", f"/v1/cases/{case}/contacts?limit=3", role="health").json_body
    rest = province.api("GET", f"/v1/cases/{case}/contacts?cursor={first['cursor']}", role="health").json_body
    assert first["contacts"] + rest["contacts"] == found


def test_no_digit_of_the_phone_of_a_restricted_contact_is_shown(province: Province) -> None:
    codes = province.declare(0, 1)
    case = province.opened({"pass": codes[0]})
    (contact,) = province.contacts(case)
    assert "phone_ending" in contact["person"]
    restriction = Restriction(restricted=True, recorded_at=province.clock(), recorded_by="x")
    code = Code.parse(codes[1])
    requests = Requests(by_botocore().entries, retention=timedelta(days=30))
    assert requests.append_restriction(pass_of(code, requests.find(code)), restriction)
    (contact,) = province.contacts(case)
    assert (contact["person"]["restricted"], "phone_ending" in contact["person"]) == (True, False)


def at(address: str) -> dict[str, Any]:
    return {"unit": {"list_version": "2021", "code": "25480"}, "address": address}


def moment(province: Province, **passed: float) -> str:
    return (province.clock() + timedelta(**passed)).isoformat()
