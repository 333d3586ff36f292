"""A wrong crossing by permit is corrected, and all that follows from it."""

import json
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib.models.people.holdings import PersonKeys
from chalicelib.storage.tracing.persons import ExposuresOfPersons
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.integration.permits.conftest import Desk
from tests.integration.queues import handled
from tests.tables import by_botocore, rows
from tests.unit.permits.made import permit_form


def corrects(
    desk: Desk, crossing: Any, role: str = "checkpoint", subject: str = "staff-1", **body: Any
) -> HTTPResponse:
    sent = {
        "code": crossing["code"],
        "crossed_at": crossing["crossed_at"],
        "direction": crossing["direction"],
        "decision": "refuse",
        "reason": "bấm nhầm",
        **body,
    }
    return desk.api("POST", "/v1/checkpoint/permit-corrections", sent, role=role, subject=subject)


def test_a_correction_stands_beside_the_crossing_and_the_last_one_holds(desk: Desk, clock: Clock) -> None:
    crossing = desk.crosses(desk.granted()).json_body
    clock.advance(minutes=5)
    first = corrects(desk, crossing)
    assert (first.status_code, first.json_body["decision"]) == (201, "refuse")
    assert first.json_body["crossing"] == crossing
    again = corrects(desk, crossing)
    assert (again.json_body, again.headers["Idempotent-Replayed"]) == (first.json_body, "true")
    last = corrects(desk, crossing, decision="admit", reason="đúng người")
    assert last.json_body["decision"] == "admit"
    assert [each["decision"] for each in last.json_body["corrections"]] == ["refuse", "admit"]
    names = [each["row"]["S"] for each in rows("permits") if each["partition"]["S"].startswith("CROSSINGS#")]
    assert [each.split("#")[1:] for each in sorted(names)] == [["in"], ["in", "000"], ["in", "001"]]


def test_only_those_posted_to_the_checkpoint_correct_what_is_on_record(desk: Desk) -> None:
    crossing = desk.crosses(desk.granted()).json_body
    assert corrects(desk, crossing, subject="nobody").json_body["code"] == "staff_not_posted"
    assert corrects(desk, crossing, role="health").json_body["code"] == "staff_role_missing"
    assert corrects(desk, crossing, direction="out").json_body["code"] == "permit_crossing_missing"
    other = {**crossing, "code": desk.code(permit_form(1, desk.clock()))}
    assert corrects(desk, other).json_body["code"] == "permit_crossing_missing"
    (passed,) = desk.api("POST", "/v1/declarations", form(desk.clock())).json_body["passes"]
    assert corrects(desk, {**crossing, "code": passed["code"]}).json_body["code"] == "permit_unknown"


def test_only_a_supervisor_admits_whom_a_crossing_may_not(desk: Desk, api: Api) -> None:
    code = desk.granted()
    assert desk.revokes(code).status_code == 201
    crossing = desk.crosses(code, decision="refuse").json_body
    refused = corrects(desk, crossing, decision="admit")
    assert (refused.status_code, refused.json_body["code"]) == (409, "permit_not_admissible")
    posting = {"checkpoint": "an-hoa", "name": "Phạm Thị Trưởng"}
    assert api("PUT", "/v1/staff/chief-1/posting", posting, role="administrator", subject="admin").status_code == 200
    assert corrects(desk, crossing, role="supervisor", subject="chief-1", decision="admit").status_code == 201


def test_a_crossing_is_corrected_so_often_and_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.permits.corrections.MOST_CORRECTIONS", 2)
    crossing = desk.crosses(desk.granted()).json_body
    answers = [corrects(desk, crossing, reason=f"lần {number}") for number in range(3)]
    assert [each.status_code for each in answers] == [201, 201, 409]
    assert answers[-1].json_body["code"] == "too_many_permit_corrections"


@pytest.mark.parametrize("seen", ["70C-100.00", None])
def test_a_corrected_plate_is_an_exposure_and_the_other_one_stays(desk: Desk, lambdas: Any, seen: str | None) -> None:
    crossing = desk.crosses(desk.granted(), plate_seen=seen, reason="đã kiểm tra").json_body

    def plates() -> set[str]:
        (name,) = {each["row"]["S"][:20] for each in rows("permits") if each["partition"]["S"].startswith("CROSSINGS#")}
        subject = f"{crossing['code'].replace('-', '')}.{name}"
        event = {"kind": "permit_crossing_corrected", "subject": subject}
        handled(lambdas, "trace", json.dumps(event))
        return {each["place"]["S"] for each in rows("tracing") if each["place"]["S"].startswith("PLATE#")}

    before = plates()
    assert len(before) == 1
    assert corrects(desk, crossing, decision="admit", plate_seen="51C-999.99").status_code == 201
    assert plates() > before
    # Who is erased is found by none of them.
    persons = {each["place"]["S"].split("#")[1] for each in rows("tracing") if each["place"]["S"].startswith("PERSON#")}
    code = crossing["code"].replace("-", "")
    keys = PersonKeys(codes=frozenset({code}), persons=frozenset(persons), phones=frozenset())
    ExposuresOfPersons(by_botocore().tracing, time_zone="Asia/Ho_Chi_Minh").erase(keys)
    assert rows("tracing") == []
    assert corrects(desk, crossing, decision="admit", plate_seen="?").json_body["code"] == "invalid_input"


def test_staff_find_what_to_correct(desk: Desk, api: Api, clock: Clock) -> None:
    code = desk.granted()
    crossing = desk.crosses(code).json_body
    assert corrects(desk, crossing).status_code == 201
    path = f"/v1/checkpoint/permits/{code}/crossings"
    (found,) = api("GET", path, role="checkpoint").json_body["crossings"]
    assert (found["crossing"], found["decision"]) == (crossing, "refuse")
    assert len(found["corrections"]) == 1
    today = f"{clock():%Y-%m-%d}"
    clock.advance(days=1)
    assert api("GET", path, role="checkpoint").json_body["crossings"] == []
    assert len(api("GET", f"{path}?day={today}", role="health").json_body["crossings"]) == 1
    assert api("GET", path, role="checkpoint", subject="nobody").json_body["code"] == "staff_not_posted"
    assert api("GET", path, role="hotline").status_code == 403
    (passed,) = api("POST", "/v1/declarations", form(clock())).json_body["passes"]
    other = api("GET", f"/v1/checkpoint/permits/{passed['code']}/crossings", role="health")
    assert other.json_body["code"] == "permit_unknown"
