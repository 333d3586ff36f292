"""What staff declared without network, on moto."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.wiring.policy import in_force
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.integration.gate.recording import ADMIT, rows
from tests.integration.refused import fields_of, fields_refused

BATCH = "/v1/checkpoint/declarations/batch"


def line(clock: Clock, number: int = 1, *, companions: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"T-{number:04}",
        "taken_at": clock().isoformat(),
        "form": form(clock(), companions),
        "policy_version": in_force().current().policy.version,
        **changes,
    }


def admitted(clock: Clock, person: int = 0, **changes: Any) -> dict[str, Any]:
    return {"person": person, **ADMIT, "recorded_at": clock().isoformat(), **changes}


def batch(clock: Clock, *lines: Any, **changes: Any) -> dict[str, Any]:
    return {"device": "an-hoa-tablet-2", "sent_at": clock().isoformat(), "declarations": lines, **changes}


def send(api: Api, body: Any, **how: Any) -> Any:
    return api("POST", BATCH, body, **{"role": "checkpoint", **how})


def outcomes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.body
    return [each["outcome"] for each in answer.json_body["lines"]]


def test_an_hour_without_network_at_a_gate(api: Api, clock: Clock) -> None:
    family = line(clock, 1, companions=2)
    clock.advance(minutes=3)
    taken_at = clock().isoformat()
    alone = line(clock, 2)
    family["crossings"] = [admitted(clock), admitted(clock, 2, decision="refuse", reason="Không có giấy tờ")]
    clock.advance(minutes=90)
    body = batch(clock, family, alone)
    answer = send(api, body)
    assert outcomes(answer) == ["recorded", "recorded"]
    assert answer.json_body["counts"] == {"recorded": 2, "repeated": 0, "conflict": 0, "refused": 0}
    assert "clock" not in answer.json_body
    first, second = answer.json_body["lines"]
    assert (first["id"], second["id"]) == ("T-0001", "T-0002")
    assert [each["outcome"] for each in first["crossings"]] == ["recorded", "recorded"]
    assert len(first["declared"]["passes"]) == 3
    assert second["declared"]["issued_at"] == taken_at
    assert len(rows("DECLARATION")) == 2
    assert len(rows("CROSSING#")) == 2
    # The passes of the form are on record, in the gate's words.
    code = first["declared"]["passes"][0]["code"]
    seen = api("GET", f"/v1/checkpoint/passes/{code}", role="checkpoint").json_body
    assert (seen["verdict"], seen["declared_offline"], seen["declared_by"]) == ("used", True, "staff-1")
    own = second["declared"]["passes"][0]
    assert api("GET", f"/v1/passes/{own['code']}").json_body["state"] == "expired"
    # The first answer again, whatever came meanwhile.
    clock.advance(hours=9)
    again = send(api, {**body, "sent_at": clock().isoformat()})
    assert outcomes(again) == ["repeated", "repeated"]
    assert [each["declared"] for each in again.json_body["lines"]] == [first["declared"], second["declared"]]
    assert len(rows("DECLARATION")) == 2


def test_each_form_is_answered_for_itself(api: Api, clock: Clock) -> None:
    good, ill = line(clock, 1), line(clock, 2)
    ill["form"]["traveller"]["health"]["symptoms"] = ["fever"]
    ill["crossings"] = [admitted(clock)]
    malformed = line(clock, 3)
    malformed["form"]["traveller"]["phone"] = "12"
    malformed["crossings"] = [{**admitted(clock), "temperature": 99}]
    late = line(clock, 4)
    late["form"]["trip"]["expected_arrival"] = (clock() + timedelta(hours=5)).isoformat()
    elsewhere = line(clock, 5, crossings=[{**admitted(clock), "checkpoint": "nowhere"}])
    stranger = line(clock, 6, crossings=[admitted(clock, 1)])
    policy = line(clock, 7, policy_version="1999-01-01")
    answer = send(api, batch(clock, good, ill, malformed, late, elsewhere, stranger, policy, 7), Accept_Language="en")
    assert outcomes(answer) == ["recorded", "conflict", *["refused"] * 6]
    lines = answer.json_body["lines"]
    assert lines[1]["crossings"][0]["conflict"]["kind"] == "stopped"
    assert [fields_of(each["problem"]) for each in lines[2:]] == [
        [
            ("/declarations/2/form/traveller/phone", "phone_impossible"),
            ("/declarations/2/crossings/0/temperature", "temperature_out_of_range"),
        ],
        [("/declarations/3/form/trip/expected_arrival", "arrival_too_far_ahead")],
        [("/declarations/4/crossings/0/checkpoint", "unknown_checkpoint")],
        [("/declarations/5/crossings/0/person", "number_too_high")],
        [("/declarations/6/policy_version", "policy_version_unknown")],
        [("/declarations/7", "wrong_type")],
    ]
    assert lines[3]["problem"]["detail"].startswith("Expected time at the checkpoint (declaration 4)")
    assert not any("declared" in each for each in lines[2:])
    assert len(rows("DECLARATION")) == 2
    reused = send(api, batch(clock, line(clock, 1, companions=1)), Accept_Language="en").json_body["lines"][0]
    assert (reused["problem"]["code"], reused["problem"]["status"]) == ("local_number_reused", 422)
    assert "T-0001" in reused["problem"]["detail"]


def test_a_wrong_clock_is_set_right_and_said(api: Api, clock: Clock) -> None:
    now = clock()
    clock.advance(hours=2)  # the device's
    sent = batch(clock, line(clock, crossings=[admitted(clock)]))
    clock.advance(hours=-2)
    answer = send(api, sent)
    assert outcomes(answer) == ["recorded"]
    assert answer.json_body["clock"]["ahead_seconds"] == 7200
    assert answer.json_body["lines"][0]["declared"]["issued_at"] == now.isoformat()
    assert outcomes(send(api, {**sent, "sent_at": now.isoformat()})) == ["repeated"]


def test_what_the_device_found_otherwise_is_shown_to_those_who_may_see_health(api: Api, clock: Clock) -> None:
    (answered,) = send(api, batch(clock, line(clock, findings=[["contact"]]))).json_body["lines"]
    (differs,) = answered["found_differently"]
    assert (differs["person"], differs["device_found"]) == (0, ["contact"])
    code = answered["declared"]["passes"][0]["code"]
    path = f"/v1/checkpoint/passes/{code}"
    assert api("GET", path, role="health").json_body["found_differently"] == [differs]
    hotline = api("GET", path, role="hotline").json_body
    assert hotline["declared_offline"] is True
    assert "found_differently" not in hotline
    stranger = send(api, batch(clock, line(clock, 2, findings=[["contact"]])), subject="nobody").json_body["lines"][0]
    assert (stranger["outcome"], stranger["found_differently"]) == ("recorded", [])


def test_two_devices_and_two_guards_with_the_same_number_are_two_forms(api: Api, clock: Clock) -> None:
    sent = batch(clock, line(clock))
    for how in ({}, {"device": "an-hoa-tablet-3"}):
        assert outcomes(send(api, {**sent, **how})) == ["recorded"]
    assert outcomes(send(api, sent, subject="staff-2")) == ["recorded"]
    assert len(rows("DECLARATION")) == 3


def test_who_decided_without_a_posting_is_refused_with_the_form(api: Api, clock: Clock) -> None:
    answer = send(api, batch(clock, line(clock, crossings=[admitted(clock)])), subject="nobody")
    assert outcomes(answer) == ["refused"]
    assert answer.json_body["lines"][0]["problem"]["code"] == "staff_not_posted"
    assert not rows("DECLARATION")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"declarations": []}, "/declarations"),
        ({"declarations": [{}] * 51}, "/declarations"),
        ({"sent_at": "yesterday"}, "/sent_at"),
        ({"device": ""}, "/device"),
        ({"more": 1}, "/more"),
    ],
)
def test_a_malformed_batch_is_refused_as_a_whole(api: Api, clock: Clock, changes: Any, pointer: str) -> None:
    answer = send(api, batch(clock, line(clock), **changes))
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json_body["errors"]] == [pointer]


def test_too_many_certificates_are_refused(api: Api, clock: Clock) -> None:
    crossing = admitted(clock, certificates=["HC1:X"] * 3)
    lines = [line(clock, number, crossings=[crossing]) for number in range(21)]
    answer = send(api, batch(clock, *lines))
    assert fields_refused(answer) == [("/declarations", "too_many_certificates")]


def test_only_those_who_record_crossings_send_them(api: Api, clock: Clock) -> None:
    assert send(api, batch(clock, line(clock)), role=None).status_code == 401
    for role in ("hotline", "health", "commune", "administrator"):
        assert send(api, batch(clock, line(clock)), role=role).json_body["code"] == "staff_role_missing"


def test_fifty_families_go_in_one_call(api: Api, clock: Clock) -> None:
    lines = [
        line(clock, number, companions=3, crossings=[admitted(clock, each) for each in range(4)])
        for number in range(50)
    ]
    answer = send(api, batch(clock, *lines))
    assert set(outcomes(answer)) == {"recorded"}
    assert len(rows("CROSSING#")) == 200
