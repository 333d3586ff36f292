"""Problems as they are answered (RFC 9457)."""

from tests.forms import form
from tests.integration.conftest import Api, Clock


def test_a_problem_says_what_where_and_what_now_in_both_languages(api: Api, clock: Clock) -> None:
    body = form(clock())
    body["traveller"]["phone"] = "12345"
    vietnamese = api("POST", "/v1/declarations", body).json_body
    english = api("POST", "/v1/declarations", body, Accept_Language="en-GB,en;q=0.9,vi;q=0.5").json_body
    assert vietnamese["title"] == "Số điện thoại không đúng"
    assert english["title"] == "Not a possible phone number"
    assert vietnamese["errors"] == [
        {"pointer": "/traveller/phone", "code": "phone_impossible", "detail": vietnamese["errors"][0]["detail"]}
    ]
    assert (vietnamese["status"], vietnamese["type"]) == (422, "urn:problem-type:phone_impossible")


def test_several_problems_are_one_answer(api: Api, clock: Clock) -> None:
    body = form(clock())
    body["traveller"]["phone"] = "12345"
    body["trip"]["purpose"] = "fun"
    answer = api("POST", "/v1/declarations", body).json_body
    assert answer["code"] == "invalid_input"
    assert {each["pointer"] for each in answer["errors"]} == {"/traveller/phone", "/trip/purpose"}
