"""Visitors of one day leave at night with their cards, and the gates' list of them empties."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from infra.local.stack import Stack
from tests.forms import for_a_day
from tests.journeys.actors import SET_ASIDE, Device, Guard, Traveller, Witness


def test_visitors_leave_at_night_with_their_cards_and_the_list_empties(stack: Stack) -> None:
    guard, other, witness = Guard(stack), Guard(stack, "checkpoint-2"), Witness(stack)

    def visits(number: int, companions: int = 0) -> list[str]:
        passes = Traveller(stack, number).declares(companions, **for_a_day(datetime.now(UTC)))["passes"]
        return [each["code"] for each in passes]

    alone, wanderer, *bus = *visits(7601), *visits(7602), *visits(7603, companions=30), *visits(7604, companions=30)
    guard_of = {alone: "A-001", wanderer: "A-002", bus[5]: "A-003"}

    def card(code: str) -> dict[str, Any]:
        return {"identity_held": {"receipt": guard_of[code]}}

    for code in (alone, wanderer):
        assert guard.records(code, **card(code))[0] == 201
    with_card = {"code": bus[5], "decision": "admit", "temperature": 36.6, **card(bus[5])}
    assert guard.records_everyone(bus, with_card)["counts"]["recorded"] == 62

    waiting = guard.awaits("an-hoa")
    assert {code: waiting[code] for code in (alone, wanderer, *bus)} == {
        code: guard_of.get(code) for code in (alone, wanderer, *bus)
    }
    assert not {alone, wanderer, *bus} & guard.awaits("an-tinh").keys()
    seen = guard.looks_up(alone)
    assert (seen["verdict"], seen["may_leave"], seen["identity_held"]["receipt"]) == ("used", True, "A-001")

    # Eight guards see one visitor leave.
    with ThreadPoolExecutor(8) as gates:
        answers = list(gates.map(lambda gate: gate.lets_out(alone, identity_returned=True), [guard, other] * 4))
    assert {status for status, _ in answers} == {201, 409}
    assert len({body["recorded_by"] for status, body in answers if status == 201}) == 1
    assert "left" in guard.looks_up(alone)

    # The bus leaves by another gate, which has no network. The card of one is still here.
    device = Device(other, "an-tinh-tablet-9")
    for code in bus:
        device.keeps_departure(code)
    for outcome in ("recorded", "repeated"):
        assert device.hands_in()["counts"][outcome] == 62
    assert {alone, wanderer, *bus} & guard.awaits("an-hoa").keys() == {wanderer, bus[5]}
    for code in (wanderer, bus[5]):
        status, left = guard.lets_out(code, identity_returned=True)
        assert (status, left["identity_held"]["receipt"], left["entered"]) == (201, guard_of[code], "admitted")
    assert not {alone, wanderer, *bus} & guard.awaits("an-hoa").keys()

    # Who left was seen at the gate, and nothing was set aside.
    plain = {code.replace("-", "") for code in bus}
    witness.waits_until(
        lambda: plain <= {code for place, code in witness.crossed_at() if place.startswith("an-tinh")},
        "all 62 are traced where they left",
        pause=0.5,
    )
    assert [witness.waiting(queue) for queue in SET_ASIDE] == [0] * len(SET_ASIDE)
