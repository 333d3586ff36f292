"""The eve of Tết at one gate: four hundred wait for longer than their hour, and nobody declares twice."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from infra.local.stack import Stack
from tests.endpoint import serving
from tests.forms import for_a_day, form, person
from tests.journeys.actors import SET_ASIDE, Browser, Device, Guard, HealthOfficer, Partner, Traveller, Witness
from tests.journeys.faulty_aws import environment

FORMS, IN_A_FORM = 8, 50
LIFETIME = 120
"""Seconds that a pass is valid here, instead of an hour: so nobody has to wait two hours in this test."""
BUS, UNCONFIRMED = 10, 2
DRIVERS = 30
ON_PAPER = 5
VISITORS = 3


class Evening:
    """What everyone does at the gate An Hòa, and who was admitted by what."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.guard, self.witness = stack, Guard(stack), Witness(stack)
        self.officer = HealthOfficer(stack)
        self.aside = [self.witness.waiting(queue) for queue in SET_ASIDE]
        self.device = Device(self.guard, "an-hoa-tablet-24")
        self.admitted: Counter[str] = Counter()
        """By code."""

    def admits(self, codes: list[str]) -> None:
        for first in range(0, len(codes), IN_A_FORM):
            counts = self.guard.records_everyone(codes[first : first + IN_A_FORM])["counts"]
            assert counts["recorded"] == len(codes[first : first + IN_A_FORM])
        self.admitted.update(codes)


@pytest.fixture(scope="module")
def evening(stack: Stack) -> Evening:
    return Evening(stack)


def test_the_counts_add_up_and_nobody_declares_twice(evening: Evening) -> None:
    the_queue_does_not_eat_the_hour(evening)
    a_bus_has_two_seats_that_are_not_confirmed(evening)
    drivers_cross_by_permit_and_one_is_revoked_meanwhile(evening)
    visitors_leave_at_night_with_their_cards(evening)
    people_declare_on_paper_while_the_network_is_down(evening)
    witness = evening.witness
    crossings = Counter(
        row["declaration"]["S"] + _person(row["row"]["S"])
        for row in witness.rows("Entries")
        if row["row"]["S"].startswith("CROSSING#")
    )
    wanted = {code.replace("-", "")[:15] for code in evening.admitted}
    assert {name: crossings[name] for name in wanted} == dict.fromkeys(wanted, 1)
    assert len(wanted) == FORMS * IN_A_FORM + BUS - UNCONFIRMED + VISITORS + ON_PAPER
    assert [witness.waiting(queue) for queue in SET_ASIDE] == evening.aside


def the_queue_does_not_eat_the_hour(evening: Evening) -> None:
    """Half of the line arrives by their own phones, half by a guard who walks along it. One came too late."""
    stack, guard = evening.stack, evening.guard
    with environment(stack, "APIHandler", PASS_LIFETIME_SECONDS=str(LIFETIME)):
        now = datetime.now(UTC).isoformat()
        late = Traveller(stack, 9700).declares(expected_arrival=now)["passes"][0]
        lines = [
            Traveller(stack, 9701 + number).declares(
                IN_A_FORM - 1, expected_arrival=now, transport={"kind": "bus", "plate": f"70B-70{number}.01"}
            )["passes"]
            for number in range(FORMS)
        ]
    passes = [each for line in lines for each in line]
    board = guard.get("/v1/checkpoint/board")["text"]
    phones, walked = passes[: len(passes) // 2], passes[len(passes) // 2 :]

    def arrives(own: dict[str, Any]) -> int:
        answer = Browser(stack).send(
            "POST", f"/v1/passes/{own['code']}/arrival", {"board": board}, X_Pass_Secret=own["secret"]
        )
        return answer.status

    with ThreadPoolExecutor(8) as threads:
        assert Counter(threads.map(arrives, phones)) == {201: len(phones)}
    for first in range(0, len(walked), 100):
        line = [{"code": each["code"]} for each in walked[first : first + 100]]
        answer = guard.asks("POST", "/v1/checkpoint/arrivals", {"checkpoint": "an-hoa", "arrivals": line})
        assert answer["counts"]["recorded"] == len(line)
    assert evening.device.syncs()

    codes = [each["code"] for each in passes]
    ends = max(datetime.fromisoformat(each["expires_at"]) for each in (late, *passes))
    evening.witness.waits_until(lambda: datetime.now(UTC) > ends, "the hour of all is over", LIFETIME + 10, 0.5)
    assert guard.looks_up(late["code"])["verdict"] == "expired"
    assert {guard.looks_up(codes[place])["verdict"] for place in (0, -1)} == {"valid"}
    status, answer = guard.records(late["code"])
    assert (status, answer["code"]) == (409, "pass_expired")
    evening.admits(codes)


def a_bus_has_two_seats_that_are_not_confirmed(evening: Evening) -> None:
    stack, now = evening.stack, datetime.now(UTC)
    with serving() as endpoint:
        partner = Partner(stack, endpoint, "tet-eve")
        seats = [
            {"seat": f"{number}A", "full_name": f"Hành Khách Thử {'ABCDEFGHIJ'[number]}", "birth_year": 1980 + number}
            | {"phone": f"0913{970_000 + number:06d}"}
            for number in range(BUS)
        ]
        manifest = {
            "service_number": "TN-TET",
            "plate": "70B-799.01",
            "departs_at": (now - timedelta(hours=1)).isoformat(),
            "expected_arrival": (now + timedelta(minutes=20)).isoformat(),
            "checkpoint": "an-hoa",
            "destination": {"list_version": "2021", "code": "25480"},
            "seats": seats,
        }
        answer = partner.send(
            "POST", "/v1/partner/manifests", manifest, X_Api_Key=partner.key, Idempotency_Key=str(uuid4())
        )
    assert answer.status == 201, answer.data
    kept = json.loads(answer.data)
    base, codes = form(now), []
    for seat in kept["seats"][UNCONFIRMED:]:
        own = person(97_000 + seat["number"])
        confirmed = {
            **{name: own[name] for name in ("gender", "nationality", "identity", "health")},
            "identity": {"kind": "passport", "number": f"B79700{seat['number']:02d}"},
            "origin": base["trip"]["origin"],
            "address": f"Tổ {seat['number']}",
            "purpose": "return_home",
            "consent": base["consent"],
        }
        path = f"/v1/manifest-seats/{kept['id']}/{seat['number']}"
        answer = Browser(stack).send("POST", path, confirmed, X_Seat_Secret=seat["secret"])
        assert answer.status == 201, answer.data
        codes += [each["code"] for each in json.loads(answer.data)["passes"]]
    seen = evening.guard.lists_vehicle("70B-799.01")
    states = [each["confirmed"] for each in seen["bus"]["seats"]]
    assert states == [False] * UNCONFIRMED + [True] * (BUS - UNCONFIRMED)
    evening.admits(codes)


def drivers_cross_by_permit_and_one_is_revoked_meanwhile(evening: Evening) -> None:
    guard, officer, today = evening.guard, evening.officer, datetime.now(UTC) + timedelta(hours=7)
    asked = [
        {
            "person": {"full_name": f"Tài Xế Thử {_letters(number)}", "birth_year": 1970 + number}
            | {"identity": {"kind": "passport", "number": f"B7980{number:03d}"}},
            "plate": f"70C-98{number:03d}"[:9],
            "employer": "Công ty Vận tải Ví Dụ",
            "purpose": "Chở rau mỗi ngày",
            "commune": "25480",
            "conditions": {"from": f"{today:%Y-%m-%d}", "until": f"{today + timedelta(days=20):%Y-%m-%d}"},
        }
        for number in range(DRIVERS)
    ]
    answer = officer.send("POST", "/v1/permits", {"permits": asked}, Idempotency_Key=str(uuid4()))
    assert answer.status == 200, answer.data
    codes = [each["code"] for each in json.loads(answer.data)["lines"]]
    assert len(codes) == DRIVERS
    for code in codes:
        officer.asks("POST", f"/v1/permits/{code}/decision", {"decision": "grant"}, expects=201)
    evening.device.syncs()
    officer.asks("POST", f"/v1/permits/{codes[0]}/revocation", {"reason": "Đã nghỉ việc"}, expects=201)
    synced = guard.get("/v1/checkpoint/sync")
    assert codes[0] in {each["code"] for each in synced["permit_revocations"]}

    plates = {code: each["plate"] for code, each in zip(codes, asked, strict=True)}

    def crosses(code: str) -> int:
        crossing = {"code": code, "checkpoint": "an-hoa", "direction": "in", "well": True, "decision": "admit"}
        crossing["plate_seen"] = plates[code]
        return guard.send("POST", "/v1/checkpoint/permit-crossings", crossing).status

    with ThreadPoolExecutor(4) as gates:
        assert Counter(gates.map(crosses, codes)) == {409: 1, 201: DRIVERS - 1}


def visitors_leave_at_night_with_their_cards(evening: Evening) -> None:
    guard = evening.guard
    codes = [
        Traveller(evening.stack, 9720 + number).declares(**for_a_day(datetime.now(UTC)))["passes"][0]["code"]
        for number in range(VISITORS)
    ]
    for number, code in enumerate(codes):
        status, _ = guard.records(code, identity_held={"receipt": f"T-{number}"})
        assert status == 201
    evening.admitted.update(codes)
    assert codes[0] in guard.awaits("an-hoa")
    for number, code in enumerate(codes):
        status, left = guard.lets_out(code, identity_returned=True)
        assert (status, left["identity_held"]["receipt"]) == (201, f"T-{number}")
    assert not set(codes) & guard.awaits("an-hoa").keys()


def people_declare_on_paper_while_the_network_is_down(evening: Evening) -> None:
    guard, taken = evening.guard, datetime.now(UTC)
    version = guard.get("/v1/checkpoint/sync")["policy"]["version"]
    crossing = {"person": 0, "checkpoint": "an-hoa", "recorded_at": taken.isoformat(), "temperature": 36.6}
    batch = {
        "device": "an-hoa-tablet-24",
        "sent_at": datetime.now(UTC).isoformat(),
        "declarations": [
            {
                "id": f"T-{number:04d}",
                "taken_at": taken.isoformat(),
                "form": Traveller(evening.stack, 9740 + number).form(expected_arrival=taken.isoformat()),
                "policy_version": version,
                "crossings": [{**crossing, "decision": "admit"}],
            }
            for number in range(ON_PAPER)
        ],
    }
    for outcome in ("recorded", "repeated"):
        answer = guard.asks("POST", "/v1/checkpoint/declarations/batch", batch)
        assert answer["counts"][outcome] == ON_PAPER, answer
    evening.admitted.update(own["code"] for line in answer["lines"] for own in line["declared"]["passes"])


def _person(row: str) -> str:
    """The two characters of a code that name the person of a crossing's row."""
    alphabet, number = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", int(row.split("#")[1])
    return alphabet[number >> 5] + alphabet[number & 31]


def _letters(number: int) -> str:
    return "ABCDEFGHIJ"[number // 10] + "ABCDEFGHIJ"[number % 10]
