"""People wait at a gate: guards, devices and phones say so."""

import json
from io import StringIO
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib.storage.tracing.exposures import Exposures
from tests.forms import form
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.looking import CHECKS, MANIFEST, Declare
from tests.integration.gate.recording import ADMIT
from tests.integration.gate.revoking import revoke, sync
from tests.integration.logs import audited
from tests.integration.queues import batch
from tests.integration.refused import fields_of, fields_refused
from tests.integration.staff.posting import problem_of
from tests.tables import rows

ARRIVALS, BOARD, WAITING = "/v1/checkpoint/arrivals", "/v1/checkpoint/board", "/v1/checkpoints/waiting-times"


def arrive(api: Api, *codes: str, checkpoint: str = "an-hoa", subject: str = "staff-1", **more: Any) -> HTTPResponse:
    body = {"checkpoint": checkpoint, "arrivals": [{"code": each} for each in codes], **more}
    return api("POST", ARRIVALS, body, role="checkpoint", subject=subject)


def own_arrival(api: Api, own: dict[str, Any], board: str, secret: str | None = None) -> HTTPResponse:
    secret = own["secret"] if secret is None else secret
    return api("POST", f"/v1/passes/{own['code']}/arrival", {"board": board}, X_Pass_Secret=secret)


def board(api: Api) -> str:
    shown = api("GET", BOARD, role="checkpoint").json_body
    assert shown["svg"].startswith("<svg ")
    text: str = shown["text"]
    return text


def outcomes(answer: HTTPResponse) -> list[str]:
    assert answer.status_code == 200, answer.body
    return [each.get("problem", {}).get("code") or each["outcome"] for each in answer.json_body["lines"]]


def test_a_pass_holds_while_its_holder_waits(api: Api, submitted: Submit, clock: Clock, logged: StringIO) -> None:
    own = submitted()["passes"][0]
    clock.advance(minutes=59)
    answer = arrive(api, own["code"])
    (line,) = answer.json_body["lines"]
    assert (line["outcome"], line["checkpoint"], line["by"], line["code"]) == (
        *("recorded", "an-hoa", "staff", own["code"]),
    )
    assert answer.json_body["counts"] == {"recorded": 1, "repeated": 0, "refused": 0}
    assert audited(logged)[-1]["action"] == "record arrivals"
    clock.advance(hours=2)
    public = api("GET", f"/v1/passes/{own['code']}").json_body
    assert (public["state"], public["expires_at"], public["arrived_at"]) == (
        *("valid", line["expires_at"], line["arrived_at"]),
    )
    opened = api("POST", f"/v1/passes/{own['code']}/open", X_Pass_Secret=own["secret"]).json_body
    assert (opened["token"], opened["expires_at"]) == (own["token"], line["expires_at"])
    picture = api("GET", f"/v1/passes/{own['code']}/qr.svg", X_Pass_Secret=own["secret"], Accept="*/*")
    assert picture.status_code == 200
    seen = api("POST", CHECKS, {"qr": own["token"]}, role="checkpoint").json_body
    assert (seen["verdict"], seen["arrival"]["checkpoint"], seen["arrival"]["by"]) == ("valid", "an-hoa", "staff")
    assert seen["expires_at"] == line["expires_at"]
    (found,) = api("GET", f"{MANIFEST}?code={own['code']}", role="checkpoint").json_body["passes"]
    assert (found["verdict"], found["arrived_at"]) == ("valid", line["arrived_at"])
    crossed = api("POST", "/v1/checkpoint/crossings", {"code": own["code"], **ADMIT}, role="checkpoint")
    assert crossed.status_code == 201, crossed.body
    assert "after_expiry" not in crossed.json_body


def test_who_waits_is_listed_by_how_long(api: Api, submitted: Submit, clock: Clock, logged: StringIO) -> None:
    first, own = submitted()["passes"][0]["code"], submitted()["passes"][0]
    clock.advance(minutes=10)
    second, crossed, refused, revoked, elsewhere = (submitted()["passes"][0]["code"] for _ in range(5))
    assert outcomes(arrive(api, first)) == ["recorded"]
    clock.advance(minutes=5)
    assert own_arrival(api, own, board(api)).status_code == 201
    clock.advance(minutes=5)
    assert outcomes(arrive(api, second, crossed, refused, revoked)) == ["recorded"] * 4
    posted = {"checkpoint": "loc-giang", "name": "name of staff-9"}
    assert api("PUT", "/v1/staff/staff-9/posting", posted, role="administrator").status_code == 200
    assert outcomes(arrive(api, elsewhere, checkpoint="loc-giang", subject="staff-9")) == ["recorded"]
    for code, decision in ((crossed, ADMIT), (refused, {**ADMIT, "decision": "refuse", "reason": "sai giấy tờ"})):
        answer = api("POST", "/v1/checkpoint/crossings", {"code": code, **decision}, role="checkpoint")
        assert answer.status_code == 201, answer.body
    api.client.lambda_.invoke(
        "trace", batch(json.dumps({"kind": "crossing_recorded", "subject": crossed.replace("-", "")}))
    )
    revoke(api, revoked)
    clock.advance(hours=2)
    queue = api("GET", ARRIVALS, role="checkpoint").json_body
    assert (queue["checkpoint"], queue["complete"]) == ("an-hoa", True)
    waiting = [(each["code"], each["by"]) for each in queue["waiting"]]
    assert waiting == [(first, "staff"), (own["code"], "holder"), (second, "staff")]
    assert queue["waiting"][0].keys() == {"code", "full_name", "plate", "origin", "arrived_at", "by", "expires_at"}
    # Anyone can fill the list with invented people: staff see which those may be.
    assert {each["origin"] for each in queue["waiting"]} == {"unproven"}
    assert audited(logged)[-1]["action"] == "list arrivals"
    page = api("GET", f"{ARRIVALS}?limit=1", role="checkpoint").json_body
    (other,) = api("GET", f"{ARRIVALS}?limit=1&cursor={page['cursor']}", role="checkpoint").json_body["waiting"]
    assert other["code"] == own["code"]
    assert problem_of(api("GET", ARRIVALS, role="checkpoint", subject="nobody")) == (403, "staff_not_posted")
    clock.advance(hours=5)
    assert api("GET", ARRIVALS, role="checkpoint").json_body["waiting"] == []


def test_a_vehicle_that_waits_is_crossed_as_a_group(api: Api, submitted: Submit, clock: Clock) -> None:
    codes = [each["code"] for each in submitted(companions=2)["passes"]]
    assert outcomes(arrive(api, *codes)) == ["recorded"] * 3
    clock.advance(hours=3)
    group = api("POST", "/v1/checkpoint/crossings/group", {"codes": codes, **ADMIT}, role="checkpoint")
    assert group.json_body["counts"]["recorded"] == 3


def test_a_line_of_a_hundred_takes_one_call_and_one_of_101_is_refused(api: Api, submitted: Submit) -> None:
    codes = [each["code"] for _ in range(2) for each in submitted(companions=49)["passes"]]
    answer = arrive(api, *codes)
    assert answer.json_body["counts"] == {"recorded": 100, "repeated": 0, "refused": 0}
    assert [each["code"] for each in answer.json_body["lines"]] == codes
    again = arrive(api, *codes, subject="staff-2")
    assert again.json_body["counts"] == {"recorded": 0, "repeated": 100, "refused": 0}
    assert [each["arrived_at"] for each in again.json_body["lines"]] == [
        each["arrived_at"] for each in answer.json_body["lines"]
    ]
    assert fields_refused(arrive(api, *codes, codes[0])) == [("/arrivals", "list_too_long")]
    assert len([each for each in rows("entries") if each["row"]["S"].startswith("ARRIVAL#")]) == 100


def test_each_line_has_its_own_answer(api: Api, submitted: Submit, clock: Clock) -> None:
    late = submitted()["passes"][0]["code"]
    clock.advance(hours=1)
    good, revoked, crossed = (submitted()["passes"][0]["code"] for _ in range(3))
    revoke(api, revoked)
    api("POST", "/v1/checkpoint/crossings", {"code": crossed, **ADMIT}, role="checkpoint")
    unknown = "0000-0000-0000-0000"
    answer = arrive(api, good, late, revoked, crossed, unknown, f"{good[:-1]}?", good)
    assert outcomes(answer)[1:6] == [
        *("pass_expired", "pass_revoked", "pass_already_decided", "pass_unknown", "invalid_input"),
    ]
    assert sorted([outcomes(answer)[0], outcomes(answer)[6]]) == ["recorded", "repeated"]
    assert fields_of(answer.json_body["lines"][5]["problem"]) == [("/arrivals/5/code", "code_mistyped")]


def test_only_who_is_posted_at_the_gate_records_arrivals_and_shows_its_board(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    assert problem_of(arrive(api, code, subject="nobody")) == (403, "staff_not_posted")
    assert problem_of(arrive(api, code, checkpoint="an-tinh")) == (403, "staff_posted_elsewhere")
    assert fields_refused(arrive(api, code, checkpoint="nowhere")) == [("/checkpoint", "unknown_checkpoint")]
    assert problem_of(api("GET", BOARD, role="checkpoint", subject="nobody")) == (403, "staff_not_posted")
    assert problem_of(api("GET", BOARD, role="hotline")) == (403, "staff_role_missing")
    assert problem_of(api("POST", ARRIVALS, {}, role="hotline")) == (403, "staff_role_missing")
    assert problem_of(api("GET", BOARD)) == (401, "staff_token_missing")


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"arrivals": []}, ("/arrivals", "list_too_short")),
        ({"device": "d1"}, ("/sent_at", "field_missing")),
        ({"sent_at": "2021-07-22T14:20:00+07:00"}, ("/device", "field_missing")),
        ({"device": "d1", "sent_at": "now"}, ("/sent_at", "time_invalid")),
        ({"device": "d1", "sent_at": "2021-07-22T14:20:00+07:00"}, ("/arrivals/0/recorded_at", "field_missing")),
        (
            {"arrivals": [{"code": "0000000000000000", "recorded_at": "2021-07-22T14:20:00+07:00"}]},
            ("/arrivals/0/recorded_at", "arrival_time_not_wanted"),
        ),
        ({"extra": 1}, ("/extra", "unknown_field")),
    ],
)
def test_a_form_that_is_neither_kind_is_refused(api: Api, changes: dict[str, Any], refused: tuple[str, str]) -> None:
    assert fields_refused(arrive(api, "0000000000000000", **changes))[0] == refused


def test_what_a_device_kept_without_network_counts_by_its_times(api: Api, submitted: Submit, clock: Clock) -> None:
    codes = [submitted()["passes"][0]["code"] for _ in range(3)]
    declared = clock()
    clock.advance(minutes=50)
    in_time = clock()
    clock.advance(minutes=30)
    lines = [
        {"code": codes[0], "recorded_at": in_time.isoformat()},
        {"code": codes[1], "recorded_at": clock().isoformat()},
        {"code": codes[2], "recorded_at": declared.replace(year=2020).isoformat()},
    ]
    body = {"checkpoint": "an-hoa", "device": "tablet", "sent_at": clock().isoformat(), "arrivals": lines}
    answer = api("POST", ARRIVALS, body, role="checkpoint")
    assert outcomes(answer) == ["recorded", "pass_expired", "invalid_input"]
    assert fields_of(answer.json_body["lines"][2]["problem"]) == [("/recorded_at", "arrival_time_impossible")]
    again = api("POST", ARRIVALS, body, role="checkpoint")
    assert outcomes(again) == ["repeated", "pass_expired", "invalid_input"]
    elsewhere = api("POST", ARRIVALS, {**body, "checkpoint": "an-tinh"}, role="checkpoint")
    assert outcomes(elsewhere)[1:2] == ["staff_posted_elsewhere"]
    clock.advance(hours=1)
    wrong = api("POST", ARRIVALS, {**body, "sent_at": (clock().replace(year=2020)).isoformat()}, role="checkpoint")
    assert wrong.json_body["clock"]["ahead_seconds"] < 0


def test_the_holder_says_so_with_the_board_of_the_gate(api: Api, submitted: Submit, clock: Clock) -> None:
    own, other = (submitted()["passes"][0] for _ in range(2))
    shown = api("GET", BOARD, role="checkpoint")
    assert shown.headers["Cache-Control"] == "no-store"
    text = shown.json_body["text"]
    assert (shown.json_body["checkpoint"], len(text) < 50) == ("an-hoa", True)
    first = own_arrival(api, own, text)
    assert first.status_code == 201, first.body
    assert (first.json_body["checkpoint"], first.json_body["code"]) == ("an-hoa", own["code"])
    clock.advance(minutes=1)
    again = own_arrival(api, own, text)
    assert (again.json_body, again.headers["Idempotent-Replayed"]) == (first.json_body, "true")
    assert outcomes(arrive(api, own["code"])) == ["repeated"]
    assert problem_of(own_arrival(api, own, text, secret="0" * 13)) == (403, "pass_secret_wrong")
    assert problem_of(own_arrival(api, own, text, secret=other["secret"])) == (403, "pass_secret_wrong")
    for forged in (text.replace("an-hoa", "an-tinh"), f"{text[:-1]}?", own["code"], ""):
        assert problem_of(own_arrival(api, other, forged)) == (422, "board_wrong")
    clock.advance(minutes=10)
    assert problem_of(own_arrival(api, other, text)) == (409, "board_outdated")
    assert own_arrival(api, other, board(api)).status_code == 201


def test_a_pass_that_has_ended_does_not_arrive(api: Api, submitted: Submit, clock: Clock) -> None:
    revoked, crossed, late = (submitted()["passes"][0] for _ in range(3))
    revoke(api, revoked["code"])
    api("POST", "/v1/checkpoint/crossings", {"code": crossed["code"], **ADMIT}, role="checkpoint")
    assert problem_of(own_arrival(api, revoked, board(api))) == (409, "pass_revoked")
    assert problem_of(own_arrival(api, crossed, board(api))) == (409, "pass_already_decided")
    clock.advance(hours=1)
    assert problem_of(own_arrival(api, late, board(api))) == (409, "pass_expired")
    unknown = {"code": "0000-0000-0000-0001", "secret": "0" * 13}
    assert problem_of(own_arrival(api, unknown, board(api)))[0] in (400, 404, 422, 403)


def test_gates_without_network_learn_of_arrivals(api: Api, submitted: Submit, clock: Clock) -> None:
    own = submitted()["passes"][0]
    before = sync(api).json_body
    clock.advance(minutes=50)
    (line,) = arrive(api, own["code"]).json_body["lines"]
    delta = sync(api, before["cursor"]).json_body
    assert delta["arrivals"] == [{"code": own["code"], **{at: line[at] for at in ("arrived_at", "expires_at")}}]
    clock.advance(hours=4)
    assert sync(api).json_body["arrivals"] == delta["arrivals"]
    clock.advance(hours=2)
    assert sync(api).json_body["arrivals"] == []


def test_after_the_end_a_guard_admits_with_a_reason_if_the_policy_says_so(
    api: Api, submitted: Submit, clock: Clock
) -> None:
    code = submitted()["passes"][0]["code"]
    policy = api("GET", "/v1/policy", role="administrator")
    for grace, status in ((-1, 422), (121, 422), (30, 200)):
        changed = {**policy.json_body, "version": "2021-07-20.1", "grace_minutes": grace}
        stored = api("PUT", "/v1/policy", changed, role="administrator", If_Match=policy.headers["ETag"])
        assert stored.status_code == status, stored.body
    for hours in (0, 13):
        changed = {**policy.json_body, "version": "2021-07-20.2", "arrival_hours": hours}
        stored = api("PUT", "/v1/policy", changed, role="administrator", If_Match=policy.headers["ETag"])
        assert fields_refused(stored)[0][0] == "/arrival_hours"
    clock.advance(minutes=80)
    crossing = {"code": code, **ADMIT}
    refused = api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint")
    assert fields_refused(refused) == [("/reason", "reason_missing_after_expiry")]
    crossing["reason"] = "Kẹt xe trước chốt"
    crossed = api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint")
    assert (crossed.status_code, crossed.json_body["after_expiry"]) == (201, True)
    seen = api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body
    assert seen["crossing"]["after_expiry"] is True


def test_the_same_trip_declared_again_ends_the_first_pass(api: Api, traced: Declare, clock: Clock) -> None:
    first = traced()["passes"][0]
    before = sync(api).json_body
    clock.advance(seconds=30)
    second = traced()["passes"][0]
    public = api("GET", f"/v1/passes/{first['code']}").json_body
    assert (public["state"], "replaced_at" in public, second["code"] in json.dumps(public)) == ("expired", True, False)
    seen = api("POST", CHECKS, {"qr": first["token"]}, role="checkpoint").json_body
    assert (seen["verdict"], seen["replaced"]["by"]) == ("expired", second["code"])
    (found,) = api("GET", f"{MANIFEST}?code={first['code']}", role="checkpoint").json_body["passes"]
    assert found["replaced"]["by"] == second["code"]
    (change,) = sync(api, before["cursor"]).json_body["replacements"]
    assert (change["code"], change["by"]) == (first["code"], second["code"])
    crossing = {"code": first["code"], **ADMIT}
    refused = api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint")
    assert (problem_of(refused), refused.json_body["replaced_by"]) == ((409, "pass_replaced"), second["code"])
    own = own_arrival(api, first, board(api))
    assert (problem_of(own), second["code"] in json.dumps(own.json_body)) == ((409, "pass_replaced"), False)
    assert second["code"][-4:] in own.json_body["detail"]
    assert outcomes(arrive(api, first["code"])) == ["pass_replaced"]
    assert (
        api("POST", "/v1/checkpoint/crossings", {**crossing, "code": second["code"]}, role="checkpoint").status_code
        == 201
    )


def test_anyone_sees_which_gate_is_quick(api: Api, clock: Clock) -> None:
    body = form(clock(), companions=9)
    passes = api("POST", "/v1/declarations", body).json_body["passes"]
    codes = [each["code"] for each in passes]

    def minutes() -> Any:
        answer = api("GET", WAITING)
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert api("GET", WAITING, If_None_Match=answer.headers["ETag"]).status_code == 304
        (gate,) = [each for each in answer.json_body["checkpoints"] if each["checkpoint"] == "an-hoa"]
        return gate.get("minutes"), gate.get("measured_from")

    def crosses(*crossing: str) -> None:
        for code in crossing:
            api("POST", "/v1/checkpoint/crossings", {"code": code, **ADMIT}, role="checkpoint")
            plain = code.replace("-", "")
            api.client.lambda_.invoke("trace", batch(json.dumps({"kind": "crossing_recorded", "subject": plain})))

    clock.advance(minutes=20)
    arrive(api, *codes)
    clock.advance(minutes=12)
    crosses(*codes[:9])
    clock.advance(minutes=1)
    assert minutes() == (None, None)
    crosses(codes[9])
    clock.advance(minutes=1)
    assert minutes() == (12, "arrival")
    clock.advance(minutes=31)
    assert minutes() == (None, None)


def test_waiting_times_are_read_once_a_minute_however_many_ask(
    api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    waits = Exposures.waits

    def counted(kept: Exposures, checkpoint: str, **within: Any) -> Any:
        asked.append(checkpoint)
        return waits(kept, checkpoint, **within)

    monkeypatch.setattr(Exposures, "waits", counted)
    clock.advance(minutes=1)
    for _ in range(3):
        assert api("GET", WAITING).status_code == 200
    assert len(asked) == len({*asked}) > 0
    clock.advance(minutes=1)
    assert api("GET", WAITING).status_code == 200
    assert len(asked) == 2 * len({*asked})
