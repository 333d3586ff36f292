"""Crossings by permit lead to contacts of cases, and do not hide the passes of their holders."""

import pytest
from chalice.test import Client

from chalicelib.models.entry.codes import Code
from tests.integration.cases.conftest import Province
from tests.integration.cases.test_tellings import Office
from tests.integration.conftest import Api, Clock
from tests.integration.permits.conftest import Desk, trace_crossings
from tests.unit.permits.made import permit_form


@pytest.fixture
def province(api: Api, clock: Clock) -> Province:
    return Province(api, clock)


def cross_together(desk: Desk, province: Province) -> tuple[str, str]:
    """A permit's holder and a traveller cross at the same gate. The codes of the permit and of the pass."""
    permit = desk.granted()
    (code,) = province.declare(7)
    province.cross(code)
    assert desk.crosses(permit).status_code == 201
    trace_crossings(province.api.client)
    return permit, code


def test_a_case_finds_a_permits_holder_who_was_at_the_gate(desk: Desk, province: Province) -> None:
    permit, code = cross_together(desk, province)
    case = province.opened({"pass": code})
    (contact,) = [each for each in province.contacts(case) if each["code"] == permit]
    assert {each["kind"] for each in contact["reasons"]} == {"checkpoint"}
    assert contact["person"] == {
        "masked_name": "TV MAU",
        "birth_year": 1990,
        "phone_ending": "678",
        "origin": "staff",
        "permit": {"employer": "Công ty Vận tải Ví Dụ", "asked_by": "staff-1"},
    }
    chain = province.api("GET", f"/v1/cases/{case}/chain.json", role="health").json_body
    assert "TV MAU" in {each.get("name") for each in chain["persons"]}
    assert desk.sees(contact["code"])["asked"]["person"]["full_name"] == "Trần Văn Mẫu"


def test_a_holder_who_falls_ill_has_contacts_from_crossings_by_permit(
    desk: Desk, province: Province, clock: Clock
) -> None:
    permit = desk.granted()
    # Their own pass: by a document a case is opened only of somebody who has one.
    province.declare(0)
    clock.advance(hours=3)
    (other,) = province.declare(7)
    province.cross(other)
    assert desk.crosses(permit).status_code == 201
    trace_crossings(province.api.client)
    number = permit_form()["person"]["identity"]["number"]
    case = province.opened({"document": {"kind": "cccd", "number": number}})
    assert other in {each["code"] for each in province.contacts(case)}


def test_a_case_is_opened_from_the_code_of_a_permit(desk: Desk, province: Province) -> None:
    permit, other = cross_together(desk, province)
    answer = province.open({"pass": permit})
    assert (answer.status_code, answer.json_body["pass_code"]) == (201, permit)
    assert answer.json_body["masked_name"] == "TV MAU"
    province.settle()
    assert other in {each["code"] for each in province.contacts(answer.json_body["case"])}
    parsed = Code.parse(permit)
    unknown = Code(parsed.declaration[::-1], parsed.person).shown
    assert province.open({"pass": unknown}).json_body["code"] == "case_person_unknown"


def test_a_contact_by_permit_gets_the_message_at_the_phone_of_the_permit(
    desk: Desk, province: Province, lambdas: Client, sent: list[tuple[str, str]]
) -> None:
    _, code = cross_together(desk, province)
    office = Office(province, lambdas)
    made = office.tells(province.opened({"pass": code}))
    assert made.status_code == 201, made.body
    assert made.json_body["not_reachable_by_message"] == []
    wave = made.json_body["wave"]["id"]
    assert office.does(wave, "release").status_code == 200
    office.sends(wave)
    assert [phone for phone, _ in sent] == ["+84912345678"]
