"""Drafts over the routes: saved at home, confirmed on the road."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from tests.forms import form, person
from tests.integration.conftest import Api, Clock
from tests.integration.gate.test_own_passes import bearer_of
from tests.tables import rows

DRAFTS = "/v1/drafts"
PHONE, OTHER_PHONE = "+84912345678", "+84987654321"


class Citizen:
    """An app with a citizen token."""

    def __init__(self, api: Api, phone: str = PHONE) -> None:
        self._api, self._bearer = api, bearer_of(phone)

    def __call__(self, method: str, path: str = "", body: Any = None, **headers: str) -> Any:
        if method == "POST" and not path:
            headers.setdefault("Idempotency_Key", f"key-of-a-draft-{len(rows('drafts'))}")
        return self._api(method, f"{DRAFTS}{path}", body, Authorization=self._bearer, **headers)

    def saves(self, body: Any, **headers: str) -> Any:
        answer = self("POST", "", body, **headers)
        assert answer.status_code == 201, answer.body
        return answer.json_body

    def lists(self) -> Any:
        answer = self("GET")
        assert answer.status_code == 200, answer.body
        return answer.json_body["drafts"]


@pytest.fixture
def citizen(api: Api) -> Citizen:
    return Citizen(api)


def draft(clock: Clock, companions: int = 0, *, days: int = 2, **trip: Any) -> dict[str, Any]:
    """A form that can be saved now."""
    sent = form(clock(), companions, **trip)
    people = [
        {name: each[name] for name in each if name != "health"} for each in (sent["traveller"], *sent["companions"])
    ]
    route = {name: value for name, value in sent["trip"].items() if name != "expected_arrival"}
    day = f"{clock().date() + timedelta(days=days)}"
    return {"traveller": people[0], "companions": people[1:], "trip": {**route, "expected_day": day}}


def confirmation(clock: Clock, companions: int = 0, **changes: Any) -> dict[str, Any]:
    sent = form(clock(), companions)
    health = [each["health"] for each in (sent["traveller"], *sent["companions"])]
    arrival = sent["trip"]["expected_arrival"]
    return {"health": health, "expected_arrival": arrival, "consent": sent["consent"], **changes}


def code_of(answer: Any) -> Any:
    body = answer.json_body
    problems = [(each["pointer"], each["code"]) for each in body.get("errors", ())]
    return answer.status_code, problems or body["code"]


def test_a_draft_is_confirmed_two_days_later_and_leaves(citizen: Citizen, api: Api, clock: Clock) -> None:
    saved = citizen.saves(draft(clock, 1))
    assert citizen.lists() == [saved]
    clock.advance(days=2)
    # A citizen token does not live that long.
    citizen = Citizen(api)
    answer = citizen("POST", f"/{saved['id']}/confirmation", confirmation(clock, 1))
    assert answer.status_code == 201, answer.body
    first, second = answer.json_body["passes"]
    assert answer.headers["Location"].endswith(first["code"].replace("-", ""))
    assert citizen.lists() == []
    seen = api("GET", f"/v1/checkpoint/passes/{second['code']}", role="checkpoint").json_body
    assert (seen["verdict"], seen["origin"]) == ("valid", "proven")
    assert seen["person"]["full_name"] == saved["companions"][0]["full_name"]
    assert code_of(citizen("GET", f"/{saved['id']}")) == (404, "draft_unknown")


def test_a_confirmation_that_is_sent_again_gets_the_first_answer(citizen: Citizen, clock: Clock) -> None:
    saved, sent = citizen.saves(draft(clock)), confirmation(clock)
    path = f"/{saved['id']}/confirmation"
    first = citizen("POST", path, sent)
    clock.advance(hours=3)  # too late for a new declaration
    again = citizen("POST", path, sent)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json_body == first.json_body
    ill = [{**sent["health"][0], "symptoms": ["fever"]}]
    assert code_of(citizen("POST", path, {**sent, "health": ill})) == (409, "draft_confirmed")
    assert len([each for each in rows("entries") if each["row"]["S"] == "DECLARATION"]) == 1


def test_it_is_the_declaration_of_the_same_form(citizen: Citizen, api: Api, clock: Clock) -> None:
    saved = citizen.saves(draft(clock))
    confirmed = citizen("POST", f"/{saved['id']}/confirmation", confirmation(clock)).json_body["passes"][0]
    declared = api("POST", "/v1/declarations", form(clock()), Authorization=bearer_of(PHONE)).json_body["passes"][0]
    own = {"code", "secret", "token", "links"}
    assert {name: confirmed[name] for name in confirmed if name not in own} == {
        name: declared[name] for name in declared if name not in own
    }


def test_it_cannot_be_confirmed_too_early_or_too_late(citizen: Citizen, clock: Clock) -> None:
    path = f"/{citizen.saves(draft(clock))['id']}/confirmation"
    for moved, code in ((timedelta(minutes=61), "arrival_too_far_ahead"), (timedelta(hours=-1), "arrival_in_past")):
        sent = confirmation(clock, expected_arrival=(clock() + moved).isoformat())
        assert code_of(citizen("POST", path, sent)) == (422, [("/expected_arrival", code)])
    assert citizen("POST", path, confirmation(clock)).status_code == 201


def test_everyone_answers_for_their_health_and_someone_consents(citizen: Citizen, clock: Clock) -> None:
    path = f"/{citizen.saves(draft(clock, 1))['id']}/confirmation"
    sent = confirmation(clock, 1)
    for health in (sent["health"][:1], sent["health"] * 2):
        problems = [("/health", "health_answers_do_not_fit")]
        assert code_of(citizen("POST", path, {**sent, "health": health})) == (422, problems)
    without = {name: value for name, value in sent.items() if name != "health"}
    assert code_of(citizen("POST", path, without)) == (422, [("/health", "field_missing")])
    test = {"kind": "pcr", "result": "negative", "taken_at": (clock() + timedelta(hours=2)).isoformat()}
    future = [sent["health"][0], {**sent["health"][1], "test": test}]
    assert code_of(citizen("POST", path, {**sent, "health": future})) == (
        422,
        [("/health/1/test/taken_at", "test_in_future")],
    )
    refused = {**sent["consent"], "accepted": False}
    assert code_of(citizen("POST", path, {**sent, "consent": refused})) == (
        422,
        [("/consent/accepted", "consent_not_given")],
    )


def test_a_draft_is_checked_when_it_is_saved(citizen: Citizen, clock: Clock) -> None:
    sent = draft(clock, 1)
    for changed, problems in (
        ({"traveller": {**sent["traveller"], "phone": None}}, [("/traveller/phone", "phone_missing")]),
        ({"traveller": {**sent["traveller"], "phone": OTHER_PHONE}}, [("/traveller/phone", "phone_of_another_token")]),
        ({"traveller": {**sent["traveller"], "identity": None}}, [("/traveller/identity", "identity_missing")]),
        ({"traveller": person()}, [("/traveller/health", "unknown_field")]),
        ({"trip": {**sent["trip"], "checkpoint": "nowhere"}}, [("/trip/checkpoint", "unknown_checkpoint")]),
        ({"companions": [sent["traveller"]]}, [("/companions/0", "companion_duplicate")]),
        ({"trip": draft(clock, days=-1)["trip"]}, [("/trip/expected_day", "draft_day_past")]),
        ({"trip": draft(clock, days=15)["trip"]}, [("/trip/expected_day", "draft_day_too_far_ahead")]),
        ({"trip": draft(clock, stay_until="2021-01-01")["trip"]}, [("/trip/stay_until", "stay_ends_in_past")]),
    ):
        assert code_of(citizen("POST", "", {**sent, **changed})) == (422, problems)
    assert citizen.lists() == []
    assert citizen.saves(draft(clock, days=14))


def test_a_phone_has_five_drafts(citizen: Citizen, api: Api, clock: Clock) -> None:
    saved = [citizen.saves(draft(clock, days=day)) for day in (5, 1, 4, 2, 3)]
    assert code_of(citizen("POST", "", draft(clock))) == (409, "drafts_used_up")
    days = [each["trip"]["expected_day"] for each in citizen.lists()]
    assert days == sorted(days)
    other = draft(clock)
    other["traveller"]["phone"] = OTHER_PHONE
    assert Citizen(api, OTHER_PHONE).saves(other)
    assert citizen("DELETE", f"/{saved[0]['id']}").json_body == saved[0]
    assert citizen.saves(draft(clock))
    assert code_of(citizen("POST", "", draft(clock))) == (409, "drafts_used_up")


def test_a_draft_is_changed(citizen: Citizen, clock: Clock) -> None:
    saved = citizen.saves(draft(clock, 2))
    changed = citizen("PUT", f"/{saved['id']}", draft(clock, days=3))
    assert changed.status_code == 200
    assert citizen.lists() == [changed.json_body]
    assert (changed.json_body["id"], changed.json_body["companions"]) == (saved["id"], [])
    assert code_of(citizen("PUT", f"/{saved['id']}", draft(clock, days=-1))) == (
        422,
        [("/trip/expected_day", "draft_day_past")],
    )


def test_another_phone_s_draft_is_unknown(citizen: Citizen, api: Api, clock: Clock) -> None:
    path = f"/{citizen.saves(draft(clock))['id']}"
    other, theirs = Citizen(api, OTHER_PHONE), draft(clock)
    theirs["traveller"]["phone"] = OTHER_PHONE
    for method, more, body in (
        ("GET", "", None),
        ("PUT", "", theirs),
        ("DELETE", "", None),
        ("POST", "/confirmation", confirmation(clock)),
    ):
        assert code_of(other(method, path + more, body)) == (404, "draft_unknown")
    assert len(citizen.lists()) == 1
    assert api("GET", DRAFTS).json_body["code"] == "citizen_token_missing"


def test_a_draft_leaves_a_day_after_its_day(citizen: Citizen, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    saved, *_ = [citizen.saves(draft(clock, days=0)) for _ in range(5)]
    last = (clock() + timedelta(days=2)).replace(hour=0, minute=0, second=0)
    monkeypatch.setattr("chalicelib.storage.entry.drafts.time", lambda: last.timestamp() - 1)
    assert len(citizen.lists()) == 5
    monkeypatch.setattr("chalicelib.storage.entry.drafts.time", last.timestamp)
    assert citizen.lists() == []
    assert code_of(citizen("POST", f"/{saved['id']}/confirmation", confirmation(clock))) == (404, "draft_unknown")
    # DynamoDB may still have the rows of all five.
    assert citizen.saves(draft(clock), Idempotency_Key="key-of-another-draft")


def test_a_form_that_is_sent_again_is_saved_once(citizen: Citizen, clock: Clock) -> None:
    key = "key-of-this-draft"
    first = citizen("POST", "", draft(clock), Idempotency_Key=key)
    again = citizen("POST", "", draft(clock), Idempotency_Key=key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json_body == first.json_body
    assert code_of(citizen("POST", "", draft(clock, days=3), Idempotency_Key=key)) == (422, "idempotency_key_reused")
    citizen("DELETE", f"/{first.json_body['id']}")
    assert code_of(citizen("POST", "", draft(clock), Idempotency_Key=key)) == (422, "idempotency_key_reused")
    assert len(citizen.lists()) == 0


def test_no_key_or_log_line_names_a_person(citizen: Citizen, clock: Clock, logged: StringIO) -> None:
    saved = citizen.saves(draft(clock, 2))
    citizen("POST", f"/{saved['id']}/confirmation", confirmation(clock, 2))
    citizen.saves(draft(clock, 2))
    keys = [f"{each['partition']['S']} {each['row']['S']}" for each in rows("drafts")]
    personal = ("912345678", "Nguyễn", "072090", "Lê")
    assert not any(each in text for each in personal for text in (logged.getvalue(), *keys))
    assert DRAFTS in logged.getvalue()
