"""A traveller proves their phone, and declares with what proves it."""

import json
from concurrent.futures import ThreadPoolExecutor

from infra.local.stack import Stack
from tests.journeys.actors import Browser, Guard, Traveller, Witness


def test_a_phone_that_answers_makes_its_declaration_proven(stack: Stack) -> None:
    traveller, guard, witness = Traveller(stack, 810), Guard(stack), Witness(stack)
    token = traveller.proves_phone(witness)
    (text,) = witness.texts()[traveller.phone]
    assert len(text) <= 160
    assert text.endswith("Khong dua ma nay cho bat ky ai.")

    bearer = {"Authorization": f"Bearer {token}"}
    answer = traveller.send("POST", "/v1/declarations", traveller.form(), **bearer)
    assert answer.status == 201, answer.data
    code = json.loads(answer.data)["passes"][0]["code"]
    assert guard.looks_up(code)["origin"] == "proven"
    assert guard.scans(code)["origin"] == "proven"
    without = traveller.declares()["passes"][0]["code"]
    assert guard.looks_up(without)["origin"] == "unproven"

    stranger = Traveller(stack, 811)
    refused = stranger.send("POST", "/v1/declarations", stranger.form(), **bearer)
    (problem,) = json.loads(refused.data)["errors"]
    assert (refused.status, problem["code"]) == (422, "phone_of_another_token")
    bad = traveller.send("POST", "/v1/declarations", traveller.form(), Authorization=f"Bearer {token[:-4]}AAAA")
    assert (bad.status, json.loads(bad.data)["code"]) == (401, "citizen_token_refused")
    assert bad.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_lost_link_is_found_again_by_the_phone_and_what_was_sent_by_the_pass(stack: Stack) -> None:
    traveller, witness = Traveller(stack, 813), Witness(stack)
    owner = Browser(stack, traveller.proves_phone(witness))
    issued = traveller.declares(companions=1)
    witness.waits_until(lambda: owner.get("/v1/passes")["declarations"] != [], "the list has the declaration")
    (declaration,) = owner.get("/v1/passes")["declarations"]
    assert [each["links"] for each in declaration["passes"]] == [each["links"] for each in issued["passes"]]
    own = declaration["passes"][0]
    assert traveller.follows(own["links"]["page"])["state"] == "valid"

    def messages() -> list[str]:
        answer = traveller.send("GET", f"/v1/passes/{own['code']}/messages", X_Pass_Secret=own["secret"])
        assert answer.status == 200, answer.data
        return [f"{each['subject']} {each.get('outcome')}" for each in json.loads(answer.data)["messages"]]

    witness.waits_until(lambda: messages() == ["declared sent"], "the message is on record")


def test_many_who_ask_and_guess_at_once_get_one_text_and_five_tries(stack: Stack) -> None:
    traveller, witness = Traveller(stack, 812), Witness(stack)

    def asks(_: int) -> tuple[int, str]:
        answer = traveller.send("POST", "/v1/phone-verifications", {"phone": traveller.phone})
        body = json.loads(answer.data)
        return answer.status, body.get("id", body.get("code"))

    with ThreadPoolExecutor(8) as threads:
        answers = sorted(threads.map(asks, range(8)))
    assert [status for status, _ in answers] == [202] + [429] * 7
    assert {code for _, code in answers[1:]} == {"verification_too_soon"}
    asked = answers[0][1]
    witness.waits_until(lambda: traveller.phone in witness.texts(), "the one-time code")
    right = traveller.reads_code(witness)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    def guesses(_: int) -> tuple[int, str]:
        answer = traveller.send("POST", f"/v1/phone-verifications/{asked}/answer", {"one_time_code": wrong})
        return answer.status, json.loads(answer.data)["code"]

    with ThreadPoolExecutor(8) as threads:
        guessed = sorted(threads.map(guesses, range(16)))
    assert guessed == [(410, "verification_tries_used_up")] * 11 + [(422, "one_time_code_wrong")] * 5
    late = traveller.send("POST", f"/v1/phone-verifications/{asked}/answer", {"one_time_code": right})
    assert (late.status, json.loads(late.data)["code"]) == (410, "verification_tries_used_up")
    assert len(witness.texts()[traveller.phone]) == 1
    keys = [*witness.keys()]
    assert not any(traveller.phone[3:] in key for key in keys)
