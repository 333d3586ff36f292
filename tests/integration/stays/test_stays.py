"""From the admission to the list of the commune, and what becomes of a stay."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from chalice.test import Client

from tests.integration.conftest import PROVINCE, Api, Clock
from tests.integration.queues import batch
from tests.integration.stays.conftest import OTHER, Admit, Commune
from tests.tables import rows

REASON = {"reason": "Theo quyết định của trạm y tế"}
WELL: dict[str, Any] = {"symptoms": []}


def day(clock: Clock, number: int) -> str:
    """A day, counted from today."""
    return f"{clock().date() + timedelta(days=number)}"


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json_body["code"]


def problems_of(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.body
    return [(each["pointer"], each["code"]) for each in answer.json_body["errors"]]


def reports(api: Api, own: dict[str, Any], **body: Any) -> Any:
    path = f"/v1/passes/{own['code']}/health-reports"
    return api("POST", path, body, X_Pass_Secret=own["secret"])


def own_stay(api: Api, own: dict[str, Any]) -> Any:
    return api("GET", f"/v1/passes/{own['code']}/stay", X_Pass_Secret=own["secret"])


def test_someone_who_is_admitted_is_expected_by_their_commune(
    api: Api, clock: Clock, admitted: Admit, commune: Commune, other: Commune
) -> None:
    own = admitted()
    listed = commune.lists()
    assert listed["complete"] is True
    (stay,) = listed["stays"]
    assert stay["code"] == own["code"]
    assert (stay["day"], stay["days"], stay["place"], stay["arrival"]) == (1, 14, "facility", "expected")
    assert stay["person"] == {
        "full_name": "Nguyễn Văn Thử",
        "birth_year": 1990,
        "phone": "+84912345678",
        "address": "Tổ 3",
    }
    assert (stay["begins_on"], stay["until"]) == (day(clock, 0), day(clock, 13))
    assert (stay["silent"], stay["test_due"]) == (True, True)
    assert other.codes() == []


def test_the_event_again_changes_nothing(admitted: Admit, watch: Callable[..., None], commune: Commune) -> None:
    own = admitted()
    before = rows("stays")
    for kind in ("crossing_recorded", "crossing_corrected", "pass_revoked"):
        watch(own["code"], kind)
    assert rows("stays") == before


def test_who_is_refused_or_leaves_the_same_day_has_no_stay(
    api: Api, clock: Clock, admitted: Admit, commune: Commune
) -> None:
    refused = admitted(1, decision="refuse")
    admitted(2, stay_until=day(clock, 0))
    assert commune.codes() == []
    assert rows("stays") == []
    assert code_of(own_stay(api, refused)) == (404, "stay_unknown")


def test_a_policy_without_a_watch_asks_nobody_to_stay(
    api: Api, admitted: Admit, commune: Commune, put_policy: Callable[..., Any], clock: Clock
) -> None:
    policy = api("GET", "/v1/policy", role="administrator").json_body
    for instruction in policy["instructions"].values():
        instruction.pop("watch", None)
    assert put_policy({**policy, "version": "without-watch"}).status_code == 200
    clock.advance(minutes=2)
    admitted()
    assert rows("stays") == []


def test_a_correction_ends_a_stay_and_another_one_takes_that_back(
    api: Api, admitted: Admit, watch: Callable[..., None], commune: Commune
) -> None:
    own = admitted()

    def correct(decision: str) -> None:
        body = {"code": own["code"], "decision": decision, "reason": f"to {decision}"}
        sent = api("POST", "/v1/checkpoint/corrections", body, role="supervisor", subject="staff-2")
        assert sent.status_code == 201, sent.body
        watch(own["code"], "crossing_corrected")
        watch(own["code"], "crossing_recorded")  # late, and once more

    correct("refuse")
    assert commune.codes() == []
    assert code_of(commune.sends(own["code"], "changes", kind="taken_back", **REASON)) == (
        409,
        "stay_change_follows_decision",
    )
    correct("admit")
    assert commune.codes() == [own["code"]]
    changes = commune.sees(own["code"]).json_body["changes"]
    assert [(each["kind"], each["reason"], each["recorded_by_name"]) for each in changes] == [
        ("ended", "to refuse", "name of staff-2"),
        ("taken_back", "to admit", "name of staff-2"),
    ]


def test_a_departure_of_somebody_who_is_still_there_is_named_and_taken_back_by_the_commune(
    api: Api, admitted: Admit, watch: Callable[..., None], commune: Commune, announced: list[str]
) -> None:
    own = admitted()
    out = {"code": own["code"], "checkpoint": "an-hoa", "direction": "out"}
    assert api("POST", "/v1/checkpoint/crossings", out, role="checkpoint", subject="staff-1").status_code == 201
    watch(own["code"], "departure_recorded")
    assert commune.codes() == []
    (change,) = commune.sees(own["code"]).json_body["changes"]
    assert (change["kind"], change["recorded_by_name"]) == ("left", "name of staff-1")
    taken_back = commune.sends(own["code"], "changes", kind="taken_back", reason="she is at home")
    assert taken_back.status_code == 201, taken_back.body
    watch(own["code"], "departure_recorded")  # late, and once more
    assert commune.codes() == [own["code"]]
    assert len(announced) == 1


def test_someone_first_refused_has_a_stay_once_they_are_admitted_and_none_after_a_revocation(
    api: Api, admitted: Admit, watch: Callable[..., None], commune: Commune
) -> None:
    own = admitted(decision="refuse")
    body = {"code": own["code"], "decision": "admit", "reason": "the papers came"}
    assert api("POST", "/v1/checkpoint/corrections", body, role="supervisor").status_code == 201
    watch(own["code"], "crossing_corrected")
    assert commune.codes() == [own["code"]]
    revocation = {"code": own["code"], "reason": "not this person"}
    assert api("POST", "/v1/checkpoint/revocations", revocation, role="health").status_code == 201
    watch(own["code"], "pass_revoked")
    assert commune.codes() == []


def test_the_commune_confirms_who_came_and_names_who_did_not(
    clock: Clock, admitted: Admit, commune: Commune, announced: list[str]
) -> None:
    codes = [admitted(number)["code"] for number in range(4)]
    for code, outcome in zip(codes, ("confirmed", "confirmed", "not_found"), strict=False):
        answer = commune.sends(code, "arrival", outcome=outcome, note="đã gọi")
        assert answer.status_code == 201, answer.body
        assert answer.json_body["arrivals"][0]["recorded_by_name"] == "name of commune-1"
    again = commune.sends(codes[2], "arrival", outcome="not_found", note="đã gọi")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(again.json_body["arrivals"]) == 1
    assert set(commune.codes(state="confirmed")) == {*codes[:2]}
    assert commune.codes(state="not_found") == [codes[2]]
    assert commune.codes(state="expected") == [codes[3]]
    counts = commune.lists(state="expected")["counts"]
    assert (counts["confirmed"], counts["not_found"], counts["expected"], counts["elsewhere"]) == (2, 1, 1, 0)
    first = commune.lists(limit="3")
    second = commune.lists(limit="3", cursor=first["cursor"])
    assert (len(first["stays"]), first["complete"], len(second["stays"]), second["complete"]) == (3, False, 1, True)
    assert len(commune.codes(near="t%E1%BB%95%203")) == len(codes)
    assert commune.codes(near="T%E1%BB%95%204") == []


def test_a_move_leaves_one_commune_expecting_and_can_be_taken_back(
    admitted: Admit, commune: Commune, other: Commune, announced: list[str]
) -> None:
    code = admitted()["code"]
    assert commune.sends(code, "arrival", outcome="elsewhere").status_code == 201
    to = {"list_version": "2021", "code": OTHER}
    for repeated in (False, True):
        moved = commune.sends(code, "changes", kind="moved", to=to, address="Ấp Thử", **REASON)
        assert moved.status_code == 201, moved.body
        assert ("Idempotent-Replayed" in moved.headers) is repeated
    assert (commune.codes(), other.codes(state="expected")) == ([], [code])
    assert other.lists()["stays"][0]["person"]["address"] == "Ấp Thử"
    assert code_of(commune.sees(code)) == (404, "stay_unknown")
    assert code_of(commune.sends(code, "arrival", outcome="confirmed")) == (404, "stay_unknown")
    back = other.sends(code, "changes", kind="taken_back", **REASON)
    assert back.status_code == 201, back.body
    assert (commune.codes(state="expected"), other.codes()) == ([code], [])
    assert len(commune.sees(code).json_body["changes"]) == 2


def test_changes_that_do_not_fit_are_refused_with_words(
    clock: Clock, admitted: Admit, commune: Commune, announced: list[str]
) -> None:
    code = admitted()["code"]

    def refused(**body: Any) -> list[tuple[str, str]]:
        return problems_of(commune.sends(code, "changes", **{**REASON, **body}))

    assert refused(kind="longer", until=day(clock, 13)) == [("/until", "stay_not_longer")]
    assert refused(kind="longer", until=day(clock, 60)) == [("/until", "stay_not_longer")]
    assert refused(kind="shorter", until=day(clock, 13)) == [("/until", "stay_not_shorter")]
    assert refused(kind="shorter", until=day(clock, -1)) == [("/until", "stay_not_shorter")]
    assert refused(kind="longer") == [("/until", "change_does_not_fit")]
    assert refused(kind="ended", until=day(clock, 3)) == [("/until", "change_does_not_fit")]
    assert refused(kind="ended", reason=" ") != []
    here = {"list_version": "2021", "code": commune.code}
    assert refused(kind="moved", to=here, address="x") == [("/to/code", "stay_in_this_commune")]
    assert refused(kind="moved", to=here) == [("/address", "change_does_not_fit")]
    beyond = {"list_version": "2021", "code": "00001"}
    assert refused(kind="moved", to=beyond, address="x") == [("/to/code", "commune_not_of_the_province")]
    merged = {"list_version": "2025", "code": "25480"}
    assert refused(kind="moved", to=merged, address="x") == [("/to/list_version", "wrong_list_version")]
    assert code_of(commune.sends(code, "changes", kind="taken_back", **REASON)) == (409, "stay_nothing_to_take_back")
    assert announced == []


def test_a_person_reports_once_a_day(api: Api, clock: Clock, admitted: Admit, commune: Commune) -> None:
    well, ill = admitted(0), admitted(1)
    assert own_stay(api, well).json_body["today"] == ["report", "test"]
    first = reports(api, well, day=day(clock, 0), symptoms=[], temperature=36.6)
    again = reports(api, well, day=day(clock, 0), symptoms=[], temperature=36.6)
    assert (first.status_code, again.status_code, again.json_body) == (201, 201, first.json_body)
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    differs = reports(api, well, day=day(clock, 0), symptoms=["cough"])
    assert code_of(differs) == (409, "report_differs")
    assert differs.json_body["report"]["symptoms"] == []
    assert own_stay(api, well).json_body["today"] == ["test"]
    assert commune.codes(state="silent") == [ill["code"]]
    assert reports(api, ill, day=day(clock, 0), symptoms=["cough", "fever"]).status_code == 201
    assert commune.codes(state="ill") == [ill["code"]]
    assert commune.codes()[0] == ill["code"]
    assert commune.codes(state="silent") == []
    for wrong in (1, -1):
        assert problems_of(reports(api, well, day=day(clock, wrong), **WELL)) == [("/day", "day_not_of_the_stay")]
    assert problems_of(reports(api, well, day=day(clock, 0), symptoms=[], temperature=20)) == [
        ("/temperature", "temperature_out_of_range")
    ]


def test_a_report_needs_the_secret_of_the_pass(api: Api, clock: Clock, admitted: Admit) -> None:
    one, two = admitted(0), admitted(1)
    body = {"day": day(clock, 0), **WELL}
    path = f"/v1/passes/{one['code']}"
    for secret in ({}, {"X_Pass_Secret": two["secret"]}):
        assert code_of(api("POST", f"{path}/health-reports", body, **secret)) == (403, "pass_secret_wrong")
        assert code_of(api("GET", f"{path}/stay", **secret)) == (403, "pass_secret_wrong")


def test_the_commune_reports_for_a_person_without_a_phone(
    api: Api, clock: Clock, admitted: Admit, commune: Commune
) -> None:
    own = admitted()
    body = {"day": day(clock, 0), "symptoms": [], "temperature": 38.2}
    answer = commune.sends(own["code"], "health-reports", **body)
    assert answer.status_code == 201, answer.body
    assert answer.json_body["reports"][0]["recorded_by_name"] == "name of commune-1"
    assert answer.json_body["ill"] is True  # the policy says from which temperature on
    assert commune.codes(state="ill") == [own["code"]]
    # The person says the same: it is on record.
    assert reports(api, own, **body).headers["Idempotent-Replayed"] == "true"


def test_a_test_is_due_until_one_was_made(clock: Clock, admitted: Admit, commune: Commune) -> None:
    code = admitted()["code"]
    assert commune.codes(state="test_due") == [code]
    for repeated in (False, True):
        answer = commune.sends(code, "tests", day=day(clock, 0), kind="pcr", result="negative")
        assert answer.status_code == 201, answer.body
        assert ("Idempotent-Replayed" in answer.headers) is repeated
    differs = commune.sends(code, "tests", day=day(clock, 0), kind="pcr", result="positive")
    assert code_of(differs) == (409, "stay_test_differs")
    assert commune.codes(state="test_due") == []
    assert commune.codes(state="test_due", day=day(clock, 5)) == []
    assert commune.codes(state="test_due", day=day(clock, 6)) == [code]
    assert commune.codes(state="ending", day=day(clock, 13)) == [code]
    clock.advance(days=8)
    assert commune.codes(state="test_due") == [code]
    assert commune.sends(code, "tests", day=day(clock, 0), kind="antigen", result="positive").status_code == 201
    assert commune.codes(state="ill") == [code]


@pytest.mark.parametrize("role", ["checkpoint", "supervisor", "hotline", "administrator"])
def test_nobody_else_sees_a_stay(api: Api, admitted: Admit, commune: Commune, role: str) -> None:
    code = admitted()["code"]
    path = f"/v1/communes/{commune.code}/stays"
    for asked in (path, f"{path}/{code}"):
        assert code_of(api("GET", asked, role=role)) == (403, "staff_role_missing")


def test_an_officer_sees_the_commune_that_they_are_posted_to_and_health_officers_see_all(
    api: Api, admitted: Admit, commune: Commune, other: Commune
) -> None:
    code = admitted()["code"]
    path = f"/v1/communes/{commune.code}/stays"
    elsewhere = api("GET", path, role="commune", subject=other.subject)
    assert code_of(elsewhere) == (403, "staff_posted_to_another_commune")
    assert elsewhere.json_body["commune"] == OTHER
    assert code_of(api("GET", path, role="commune", subject="nobody")) == (403, "staff_not_posted_to_commune")
    # A guard with both roles acts for one place at a time.
    assert code_of(api("GET", path, role="commune", subject="staff-1")) == (403, "staff_not_posted_to_commune")
    assert [each["code"] for each in api("GET", path, role="health").json_body["stays"]] == [code]
    assert api("GET", f"{path}/{code}", role="health").status_code == 200
    for wrong in ("00001", "72", "x"):
        assert code_of(api("GET", f"/v1/communes/{wrong}/stays", role="health")) == (404, "commune_unknown")
    assert code_of(other.sees(code)) == (404, "stay_unknown")


def test_every_look_is_audited(api: Api, admitted: Admit, commune: Commune, logged: Any) -> None:
    code = admitted()["code"].replace("-", "")
    logged.truncate(0)
    commune.lists()
    commune.sees(code)
    lines = [each for each in logged.getvalue().splitlines() if '"audit"' in each]
    assert len(lines) == 2
    assert all(code in each and "commune-1" in each for each in lines)
    assert "Nguyễn" not in logged.getvalue()
    assert "912345678" not in logged.getvalue()


def test_a_person_whose_stay_was_changed_gets_one_message(
    api: Api,
    clock: Clock,
    admitted: Admit,
    commune: Commune,
    announced: list[str],
    lambdas: Client,
    sent: list[tuple[str, str]],
) -> None:
    code = admitted()["code"]
    longer = {"kind": "longer", "until": day(clock, 20), **REASON}
    for _ in range(2):
        assert commune.sends(code, "changes", **longer).status_code == 201
    assert commune.sends(code, "changes", kind="taken_back", reason="nhầm người").status_code == 201
    assert len(announced) == 2
    assert code.replace("-", "") in announced[0]
    for _ in range(2):
        assert lambdas.lambda_.invoke("watch", batch(*announced)).payload == {"batchItemFailures": []}
    # By then the first change does not hold any more: both say what holds.
    until = f"{clock().date() + timedelta(days=13):%d/%m/%Y}"
    assert [phone for phone, _ in sent] == ["+84912345678"] * 2
    assert all(until in text and code[-4:] in text and "nhầm" not in text for _, text in sent)
    (never,) = [announced[0].replace(".000", ".007")]
    assert lambdas.lambda_.invoke("watch", batch(never)).payload == {"batchItemFailures": []}
    assert len(sent) == 2


def test_fourteen_days_pass(api: Api, clock: Clock, admitted: Admit, commune: Commune, announced: list[str]) -> None:
    diligent, lazy, longer, mistaken = (admitted(number) for number in range(4))
    everyone = [diligent, lazy, longer, mistaken]
    for own in everyone:
        assert commune.sends(own["code"], "arrival", outcome="confirmed").status_code == 201
    for own in (longer, mistaken):
        changed = commune.sends(own["code"], "changes", kind="longer", until=day(clock, 16), **REASON)
        assert changed.status_code == 201, changed.body
    assert commune.sends(mistaken["code"], "changes", kind="taken_back", reason="nhầm").status_code == 201
    for number in range(1, 15):
        assert own_stay(api, diligent).json_body["day"] == number
        for own in (diligent, longer, mistaken):
            assert reports(api, own, day=day(clock, 0), **WELL).status_code == 201
        assert commune.codes(state="silent") == [lazy["code"]], number
        clock.advance(days=1)
    # Nothing has run, and three have ended.
    assert commune.codes() == [longer["code"]]
    assert own_stay(api, longer).json_body["days"] == 17
    assert own_stay(api, mistaken).json_body["running"] is False
    assert code_of(reports(api, diligent, day=day(clock, 0), **WELL)) == (409, "stay_ended")
    assert code_of(commune.sends(lazy["code"], "arrival", outcome="confirmed")) == (409, "stay_ended")
    # What a day was like is known until the rows leave.
    assert commune.codes(state="silent", day=day(clock, -4)) == [lazy["code"]]
    clock.advance(days=3)
    assert commune.codes() == []
    assert date.fromisoformat(own_stay(api, longer).json_body["until"]) < clock().date()


def test_all_rows_of_a_stay_leave_four_weeks_after_its_last_day(
    clock: Clock, admitted: Admit, commune: Commune, announced: list[str]
) -> None:
    code = admitted()["code"]

    def leaves() -> date:
        (moment,) = {int(each["expires_at"]["N"]) for each in rows("stays")}
        return datetime.fromtimestamp(moment, PROVINCE).date()

    def after(number: int) -> date:
        return clock().date() + timedelta(days=number + 1 + 28)

    assert leaves() == after(13)
    assert commune.sends(code, "arrival", outcome="confirmed").status_code == 201
    for change, last in (
        ({"kind": "longer", "until": day(clock, 45)}, 45),
        ({"kind": "shorter", "until": day(clock, 3)}, 3),
        ({"kind": "ended"}, 0),
        ({"kind": "taken_back"}, 3),
    ):
        assert commune.sends(code, "changes", **{**REASON, **change}).status_code == 201
        assert leaves() == after(last)
