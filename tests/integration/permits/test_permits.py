"""From the request for a permit to its last crossing."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.people.holdings import PersonKeys
from chalicelib.models.permits.forms import PermitOutcome
from chalicelib.storage.permits.persons import PermitsOfPersons
from chalicelib.wiring.permits import overdue_requests
from tests.integration.conftest import Api, Clock
from tests.integration.permits.conftest import KEY, OTHER_KEY, Desk
from tests.integration.queues import batch, queued
from tests.tables import by_botocore, rows
from tests.unit.permits.made import ZONE, decided, permit_form


def test_a_driver_asks_is_granted_and_crosses_every_day(desk: Desk, clock: Clock) -> None:
    code = desk.code()
    assert Code.parse(code).shown[-3] == "P"
    assert desk.checks(code)["verdict"] == "not_granted"
    answer = desk.decides(code)
    assert (answer.status_code, answer.json_body["state"]) == (201, "granted")
    holder = answer.json_body["holder"]
    for qr in (code, holder["token"]):
        checked = desk.checks(qr)
        assert (checked["read_as"], checked["verdict"], checked["code"]) == ("permit", "valid", code)
        assert checked["facts"] == {
            "masked_name": "TV MAU",
            "birth_year": 1990,
            "plate": "70C10000",
            "employer": "Công ty Vận tải Ví Dụ",
        }
    for _ in range(2):
        assert desk.crosses(code).status_code == 201
        assert desk.crosses(code, direction="out", well=None).status_code == 201
        clock.advance(days=1)
    assert len([each for each in rows("permits") if each["partition"]["S"].startswith("CROSSINGS#")]) == 4


def test_lines_that_cannot_be_accepted_are_named_and_keep_no_other_out(desk: Desk, clock: Clock) -> None:
    good = permit_form(1, clock())
    forms = [
        good,
        permit_form(2, clock(), plate="?"),
        permit_form(3, clock(), commune="00001"),
        permit_form(4, clock(), conditions={**good["conditions"], "checkpoints": ["nowhere"]}),
        permit_form(5, clock(), conditions={"from": f"{clock():%Y-%m-%d}", "until": "2099-01-01"}),
        good,
    ]
    answer = desk.asks(*forms).json_body
    assert answer["counts"] == {"asked": 1, "repeated": 0, "refused": 5}
    pointers = [each["pointer"] for line in answer["lines"] for each in line.get("problem", {}).get("errors", [])]
    assert pointers == [
        "/permits/1/plate",
        "/permits/2/commune",
        "/permits/3/conditions/checkpoints/0",
        "/permits/4/conditions/until",
    ]
    codes = {line["problem"]["code"] for line in answer["lines"] if line["outcome"] == "refused"}
    assert codes == {"invalid_input", "permit_open"}


def test_a_list_that_is_sent_again_does_its_work_once(desk: Desk, clock: Clock) -> None:
    key, forms = str(uuid4()), [permit_form(number, clock()) for number in range(3)]
    first = desk.asks(*forms, key=key).json_body
    again = desk.asks(*forms, key=key).json_body
    assert again["counts"] == {"asked": 0, "repeated": 3, "refused": 0}
    assert [each["code"] for each in again["lines"]] == [each["code"] for each in first["lines"]]
    changed = desk.asks(forms[0], {**forms[1], "employer": "Công ty Khác"}, key=key).json_body
    assert [each["outcome"] for each in changed["lines"]] == ["repeated", "refused"]
    assert changed["lines"][1]["problem"]["code"] == "idempotency_key_reused"


def test_a_person_has_one_open_permit_with_a_plate(desk: Desk, clock: Clock) -> None:
    form = permit_form(now=clock())
    code = desk.code(form)
    (line,) = desk.asks(form).json_body["lines"]
    assert line["problem"]["code"] == "permit_open"
    assert desk.asks({**form, "plate": "70C-222.22"}).json_body["counts"]["asked"] == 1
    assert desk.decides(code, decision="refuse", reason="thiếu giấy tờ").status_code == 201
    again = desk.code(form)
    assert desk.decides(again).status_code == 201
    assert desk.asks(form).json_body["counts"]["refused"] == 1
    assert desk.revokes(again).status_code == 201
    assert desk.asks(form).json_body["counts"]["asked"] == 1


def test_no_partner_learns_of_another_ones_permit_or_keeps_it_from_asking(desk: Desk, clock: Clock) -> None:
    form = permit_form(now=clock())
    first, second = desk.code(form, partner=KEY), desk.code(form, partner=OTHER_KEY)
    assert desk.decides(first).status_code == 201
    third = desk.asks(form).json_body["lines"][0]
    assert third["outcome"] == "asked"
    for code in (second, third["code"]):
        refused = desk.decides(code)
        assert (refused.status_code, refused.json_body["code"]) == (409, "permit_open")
    assert desk.revokes(first).status_code == 201
    assert desk.decides(second).status_code == 201


def test_of_two_officers_one_decides(desk: Desk) -> None:
    code = desk.code()
    assert desk.decides(code, "health-1", decision="refuse", reason="thiếu giấy tờ").status_code == 201
    again = desk.decides(code, "health-1", decision="refuse", reason="thiếu giấy tờ")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    other = desk.decides(code, "health-2")
    assert (other.status_code, other.json_body["code"]) == (409, "permit_already_decided")
    assert other.json_body["decision"]["recorded_by"] == "health-1"
    assert desk.decides(code, decision="refuse").json_body["code"] == "invalid_input"


def test_a_request_that_waits_too_long_is_listed_first_as_overdue(desk: Desk, clock: Clock) -> None:
    old = desk.code(permit_form(1, clock()))
    clock.advance(hours=24)
    new = desk.code(permit_form(2, clock()))
    listed = desk.lists()["permits"]
    assert [(each["code"], each["overdue"]) for each in listed] == [(old, True), (new, False)]
    assert [each["code"] for each in desk.lists("?state=overdue")["permits"]] == [old]
    assert overdue_requests() == 1
    assert desk.decides(old).json_body["overdue"] is False
    assert [each["code"] for each in desk.lists()["permits"]] == [new]
    assert desk.lists("?state=overdue")["permits"] == []
    assert overdue_requests() == 0


def test_requests_that_are_overdue_are_counted_each_hour(
    desk: Desk, clock: Clock, lambdas: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(2):
        desk.code(permit_form(number, clock()))
    clock.advance(hours=25)
    capsys.readouterr()
    lambdas.lambda_.invoke("refresh_zalo", lambdas.events.generate_cw_event("aws.events", "Scheduled Event", {}, []))
    assert '"Permits_overdue":2' in capsys.readouterr().out.replace(" ", "")


def test_overdue_requests_go_on_page_by_page(desk: Desk, clock: Clock) -> None:
    codes = []
    for number in range(3):
        codes.append(desk.code(permit_form(number, clock())))
        clock.advance(seconds=1)
    clock.advance(hours=24)
    first = desk.lists("?state=overdue&limit=2")
    assert [each["code"] for each in first["permits"]] == codes[:2]
    second = desk.lists(f"?state=overdue&limit=2&cursor={first['cursor']}")
    assert ([each["code"] for each in second["permits"]], second["complete"]) == (codes[2:], True)


def test_lists_go_on_page_by_page(desk: Desk, clock: Clock) -> None:
    codes = []
    for number in range(3):
        codes.append(desk.code(permit_form(number, clock()), partner=KEY))
        clock.advance(seconds=1)
    first = desk.lists("?limit=2")
    assert ([each["code"] for each in first["permits"]], first["complete"]) == (codes[:2], False)
    second = desk.lists(f"?limit=2&cursor={first['cursor']}")
    assert ([each["code"] for each in second["permits"]], second["complete"]) == (codes[2:], True)
    assert desk.api("GET", "/v1/permits?cursor=x", role="health").json_body["code"] == "invalid_input"


def test_a_permit_moves_through_the_lists_of_its_states(desk: Desk, clock: Clock) -> None:
    code = desk.granted()
    assert [each["code"] for each in desk.lists("?state=granted")["permits"]] == [code]
    assert desk.lists("?state=ended")["permits"] == []
    clock.advance(days=30)
    assert desk.lists("?state=granted")["permits"] == []
    assert [each["state"] for each in desk.lists("?state=ended")["permits"]] == ["ended"]
    assert desk.revokes(code).json_body["code"] == "permit_not_in_force"


def test_a_partner_sees_its_own_permits_only(desk: Desk, api: Api, clock: Clock) -> None:
    code = desk.code(partner=KEY)
    assert desk.decides(code).status_code == 201
    own = api("GET", f"/v1/partner/permits/{code}", X_Api_Key=KEY).json_body
    assert own["holder"]["token"].startswith("TNP1:")
    assert not {"decided_by", "asked_by", "revoked_for"} & own.keys()
    assert len(api("GET", "/v1/partner/permits", X_Api_Key=KEY).json_body["permits"]) == 1
    assert api("GET", "/v1/partner/permits", X_Api_Key=OTHER_KEY).json_body["permits"] == []
    assert api("GET", f"/v1/partner/permits/{code}", X_Api_Key=OTHER_KEY).json_body["code"] == "permit_unknown"
    for role in ("checkpoint", "hotline", "commune"):
        assert api("GET", f"/v1/permits/{code}", role=role).status_code == 403


def test_its_pictures_need_the_secret_and_a_permit_in_force(desk: Desk, api: Api) -> None:
    code = desk.granted()
    holder = desk.sees(code)["holder"]
    for form in ("svg", "png"):
        path = f"/v1/permits/{code}/qr.{form}"
        picture = api("GET", path, X_Pass_Secret=holder["secret"])
        assert picture.status_code == 200
        etag = picture.headers["ETag"]
        assert api("GET", path, X_Pass_Secret=holder["secret"], If_None_Match=etag).status_code == 304
        assert api("GET", path, X_Pass_Secret="0" * 13).json_body["code"] == "pass_secret_wrong"
    assert desk.revokes(code).status_code == 201
    assert api("GET", path, X_Pass_Secret=holder["secret"]).json_body["code"] == "permit_not_in_force"


def test_its_picture_is_kept_for_an_hour_and_not_after_its_end(desk: Desk, api: Api, clock: Clock) -> None:
    seen = desk.sees(desk.granted())
    path, secret = f"/v1/permits/{seen['code']}/qr.svg", seen["holder"]["secret"]
    assert api("GET", path, X_Pass_Secret=secret).headers["Cache-Control"] == "private, max-age=3600"
    left = datetime.fromisoformat(seen["ends_at"]) - clock()
    clock.advance(seconds=left.total_seconds() - 600)
    assert api("GET", path, X_Pass_Secret=secret).headers["Cache-Control"] == "private, max-age=600"


def test_a_check_says_why_a_permit_is_not_valid_here_and_now(desk: Desk, clock: Clock) -> None:
    code = desk.granted(tests_every_days=7)
    assert desk.checks(code)["verdict"] == "test_too_old"
    assert desk.revokes(code).status_code == 201
    assert desk.checks(code)["verdict"] == "revoked"
    clock.advance(days=30)
    assert desk.checks(code)["verdict"] == "revoked"
    unknown = str(Code(Code.parse(code).declaration[::-1], Code.parse(code).person))
    assert desk.checks(unknown)["verdict"] == "unknown"


def test_a_token_that_nobody_signed_is_forged(desk: Desk) -> None:
    code = desk.granted()
    token = desk.sees(code)["holder"]["token"]
    forged = token[:-6] + ("0" if token[-6] != "0" else "1") + token[-5:]
    assert desk.checks(forged)["verdict"] == "forged"


def test_the_same_minute_again_is_the_first_answer(desk: Desk, clock: Clock) -> None:
    code = desk.granted()
    clock.now = clock().replace(second=5)
    first = desk.crosses(code)
    clock.advance(seconds=50)
    again = desk.crosses(code, subject="staff-2")
    assert (again.json_body, again.headers["Idempotent-Replayed"]) == (first.json_body, "true")
    other = desk.crosses(code, decision="refuse")
    assert (other.status_code, other.json_body["code"]) == (409, "permit_crossing_differs")
    assert desk.crosses(code, plate_seen=None, reason="chưa đọc biển số").headers["Idempotent-Replayed"] == "true"
    assert desk.crosses(code, direction="out", well=None).status_code == 201
    clock.advance(seconds=5)
    assert "Idempotent-Replayed" not in desk.crosses(code).headers


def test_a_request_without_an_answer_is_sent_again_by_a_clock_that_names_another_minute(
    desk: Desk, clock: Clock
) -> None:
    code, key = desk.granted(), str(uuid4())
    first = desk.crosses(code, key=key).json_body
    clock.advance(minutes=20)
    # Its clock is ten minutes behind.
    crossed_at = (clock() - timedelta(minutes=30)).isoformat()
    again = desk.crosses(code, key=key, crossed_at=crossed_at)
    assert (again.json_body, again.headers["Idempotent-Replayed"]) == (first, "true")
    # Nobody meets a request of somebody else.
    theirs = desk.crosses(code, subject="staff-2", key=key)
    assert (theirs.status_code, "Idempotent-Replayed" in theirs.headers) == (201, False)
    # The permit need not be in force any more.
    assert desk.revokes(code).status_code == 201
    assert desk.crosses(code, key=key, crossed_at=crossed_at).json_body == first
    other = desk.crosses(code, key=key, decision="refuse", crossed_at=crossed_at)
    assert (other.status_code, other.json_body["code"]) == (409, "permit_crossing_differs")
    assert desk.crosses(code, key="x").json_body["code"] == "idempotency_key_malformed"
    crossings = [each for each in rows("permits") if each["partition"]["S"].startswith("CROSSINGS#")]
    assert len(crossings) == 2


@pytest.mark.parametrize("copy", [{"checkpoint": "loc-giang", "subject": "staff-9"}, {"plate_seen": "51C-999.99"}])
def test_a_copy_of_a_permit_in_the_same_minute_is_not_admitted_as_a_repetition(
    desk: Desk, api: Api, clock: Clock, copy: dict[str, Any]
) -> None:
    """It would be admitted, and nothing would be on record: no crossing there, and nobody to trace."""
    posted = {"checkpoint": "loc-giang", "name": "name of staff-9"}
    assert api("PUT", "/v1/staff/staff-9/posting", posted, role="administrator").status_code == 200
    code = desk.granted()
    clock.now = clock().replace(second=5)
    first = desk.crosses(code).json_body
    refused = desk.crosses(code, **copy, reason="đã kiểm tra")
    assert (refused.status_code, refused.json_body["code"]) == (409, "permit_crossing_differs")
    assert refused.json_body["permit_crossing"]["checkpoint"] == first["checkpoint"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"well": False}, "reason_missing_for_unwell"),
        ({"plate_seen": "51C-999.99"}, "reason_missing_for_plate"),
        ({"well": None}, "field_missing"),
        ({"direction": "out"}, "health_not_asked_on_way_out"),
        ({"checkpoint": "nowhere"}, "unknown_checkpoint"),
        ({"crossed_at": "2021-01-01T00:00:00+07:00"}, "permit_crossing_time_impossible"),
    ],
)
def test_what_needs_a_reason_or_cannot_be_is_refused(desk: Desk, changes: dict[str, Any], problem: str) -> None:
    code = desk.granted()
    answer = desk.crosses(code, **changes)
    assert (answer.status_code, answer.json_body["errors"][0]["code"]) == (422, problem)
    if problem.startswith("reason"):
        assert desk.crosses(code, **changes, reason="đã kiểm tra").status_code == 201


def test_a_test_that_is_shown_holds_until_it_is_too_old(desk: Desk, clock: Clock) -> None:
    code = desk.granted(tests_every_days=3)
    refused = desk.crosses(code)
    assert refused.json_body["errors"][0]["code"] == "reason_missing_for_permit"
    shown = (clock() - timedelta(days=1)).isoformat()
    assert desk.crosses(code, test_sampled_at=shown).status_code == 201
    assert desk.checks(code)["verdict"] == "valid"
    clock.advance(days=2, seconds=1)
    assert desk.checks(code)["verdict"] == "test_too_old"


def test_only_those_who_see_health_answers_see_when_somebody_was_tested(desk: Desk, clock: Clock) -> None:
    code = desk.granted(tests_every_days=3)
    assert desk.crosses(code, test_sampled_at=(clock() - timedelta(days=1)).isoformat()).status_code == 201
    assert "tested_at" in desk.checks(code)
    for subject, role in (("hotline-1", "hotline"), ("nobody", "checkpoint")):
        checked = desk.checks(code, subject, role)
        assert (checked["verdict"], "tested_at" in checked) == ("valid", False)


def test_nobody_is_admitted_by_a_permit_that_is_revoked_and_everyone_goes_out(desk: Desk) -> None:
    code = desk.granted()
    assert desk.revokes(code).status_code == 201
    refused = desk.crosses(code, reason="quen biết")
    assert (refused.json_body["code"], refused.json_body["verdict"]) == ("permit_not_admissible", "revoked")
    assert desk.crosses(code, decision="refuse").status_code == 201
    assert desk.crosses(code, direction="out", well=None).status_code == 201


def test_a_crossing_without_network_is_sent_later(desk: Desk, clock: Clock) -> None:
    code = desk.granted()
    clock.advance(hours=1)
    then = (clock() - timedelta(minutes=30)).isoformat()
    answer = desk.crosses(code, crossed_at=then)
    assert (answer.status_code, answer.json_body["crossed_at"]) == (201, then)
    assert desk.crosses(code, crossed_at=then).headers["Idempotent-Replayed"] == "true"
    assert desk.crosses(code, subject="nobody", crossed_at=then).json_body["code"] == "staff_not_posted"


def test_a_crossing_without_network_is_judged_by_what_was_decided_until_then(desk: Desk, clock: Clock) -> None:
    code = desk.code()
    clock.advance(minutes=10)
    assert desk.decides(code).status_code == 201
    clock.advance(minutes=10)
    assert desk.revokes(code).status_code == 201
    clock.advance(minutes=10)
    now = clock()
    for minutes, verdict in ((25, "not_granted"), (9, "revoked")):
        refused = desk.crosses(code, crossed_at=(now - timedelta(minutes=minutes)).isoformat(), reason="quen biết")
        assert (refused.json_body["code"], refused.json_body["verdict"]) == ("permit_not_admissible", verdict)
    then = desk.crosses(code, crossed_at=(now - timedelta(minutes=11)).isoformat())
    assert (then.status_code, then.json_body["verdict"]) == (201, "valid")
    assert desk.crosses(code, reason="quen biết").json_body["verdict"] == "revoked"


def test_a_permits_code_is_not_looked_up_as_a_pass(desk: Desk, api: Api) -> None:
    answer = api("GET", f"/v1/checkpoint/passes/{desk.code()}", role="checkpoint")
    assert (answer.status_code, answer.json_body["code"]) == (409, "code_of_permit")
    assert "/v1/checkpoint/checks" in answer.json_body["detail"]


def test_gates_learn_of_revoked_permits(desk: Desk, api: Api, clock: Clock) -> None:
    code = desk.granted()
    before = api("GET", "/v1/checkpoint/sync", role="checkpoint").json_body
    assert "permit_revocations" not in before
    clock.advance(minutes=1)
    first = desk.revokes(code)
    again = desk.revokes(code)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (first.status_code, "true")
    assert desk.revokes(code, subject="health-2").json_body["code"] == "permit_already_revoked"
    delta = api("GET", f"/v1/checkpoint/sync?since={before['cursor']}", role="checkpoint").json_body
    assert [each["code"] for each in delta["permit_revocations"]] == [code]
    clock.advance(days=2)
    everything = api("GET", "/v1/checkpoint/sync", role="checkpoint").json_body
    assert [each["code"] for each in everything["permit_revocations"]] == [code]
    clock.advance(days=30)
    assert "permit_revocations" not in api("GET", "/v1/checkpoint/sync", role="checkpoint").json_body


def test_a_crossing_is_an_exposure(desk: Desk, lambdas: Any) -> None:
    code = desk.granted()
    assert desk.crosses(code).status_code == 201
    assert rows("tracing") == []
    event = {"kind": "permit_crossed", "subject": _subject(code)}
    assert queued("tracing") == []  # it is delayed until the request has ended
    answer = lambdas.lambda_.invoke("trace", batch(json.dumps(event), json.dumps({**event, "subject": _unknown(code)})))
    assert answer.payload == {"batchItemFailures": []}
    kinds = {each["place"]["S"].partition("#")[0] for each in rows("tracing")}
    assert kinds == {"PERSON", "PHONE", "PLATE", "CHECKPOINT", "COMMUNE"}
    assert all(Code.parse(code).declaration in each["moment"]["S"] for each in rows("tracing"))


def _subject(code: str) -> str:
    (row,) = (each for each in rows("permits") if each["partition"]["S"].startswith("CROSSINGS#"))
    return f"{Code.parse(code)}.{row['row']['S']}"


def _unknown(code: str) -> str:
    return f"{Code.parse(code)}.2021-01-01T00:00Z#in"


def test_keys_have_no_data_of_a_person(desk: Desk) -> None:
    code = desk.granted()
    assert desk.crosses(code).status_code == 201
    keys = " ".join(f"{each['partition']['S']} {each['row']['S']}" for each in rows("permits"))
    for secret in ("072090000000", "912345678", "70C10000"):
        assert secret not in keys


def test_a_list_longer_than_a_transaction_is_stored_with_those_that_are_taken_left_out(
    desk: Desk, clock: Clock
) -> None:
    desk.asks(permit_form(3, clock()), permit_form(24, clock()), partner=KEY)
    forms = [permit_form(number, clock()) for number in range(45)]
    answer = desk.asks(*forms, partner=KEY).json_body
    assert answer["counts"] == {"asked": 43, "repeated": 0, "refused": 2}
    assert [number for number, each in enumerate(answer["lines"]) if each["outcome"] == "refused"] == [3, 24]
    assert len(desk.lists("?limit=200")["permits"]) == 45


def test_a_decision_brings_back_nothing_that_is_erased_at_this_moment(desk: Desk) -> None:
    code = Code.parse(desk.code())
    keeper = PermitsOfPersons(by_botocore().permits, retention=timedelta(days=30), zone=ZONE)
    record = keeper.find(code)
    assert record is not None
    assert keeper.erase(PersonKeys(frozenset({str(code)}), frozenset(), frozenset())) > 0
    for outcome in PermitOutcome:
        assert not keeper.decide(record, decided(desk.clock(), outcome))
    assert rows("permits") == []


def test_a_person_may_have_all_of_it_and_have_it_erased(desk: Desk, clock: Clock) -> None:
    code = desk.granted(tests_every_days=7)
    another = desk.code(permit_form(1, clock()), partner=KEY)
    assert desk.crosses(code, test_sampled_at=clock().isoformat()).status_code == 201
    keeper = PermitsOfPersons(by_botocore().permits, retention=timedelta(days=30), zone=ZONE)
    (person,) = {each["partition"]["S"] for each in rows("permits") if each["row"]["S"] == str(Code.parse(code))} - {
        "LIST#granted"
    }
    plain = str(Code.parse(code))
    assert keeper.codes_of(person.partition("#")[2]) == {plain}
    keys = PersonKeys(frozenset({plain}), frozenset(), frozenset())
    held = keeper.export(keys)
    assert {each.what for each in held} == {"permit", "permit, decision", "permit, test", "permit, crossing"}
    assert not any({"recorded_by", "asked_by"} & each.content.keys() for each in held)
    backup = rows("permits")
    left_out = [each for each in backup if keeper.restorable(each, lambda name: name == plain) is None]
    assert keeper.erase(keys) > 0
    assert plain not in str(rows("permits"))
    assert len(rows("permits")) == len(backup) - len(left_out)
    assert desk.sees(another)["code"] == another
    assert keeper.erase(keys) == 0
