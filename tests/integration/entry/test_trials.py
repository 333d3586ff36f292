"""A policy tried out on a day's declarations."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from io import StringIO
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.services.entry import trials
from chalicelib.services.entry.trials import NowAndThen, Trial
from tests.forms import HEALTHY, form, person
from tests.integration.conftest import Api, Clock
from tests.integration.logs import audited
from tests.integration.policy.drafts import IN_FORCE, policy
from tests.integration.queues import batch, submitted_event

FEW = "under_five"


@pytest.fixture
def traced(api: Api, lambdas: Client, clock: Clock) -> Callable[..., None]:
    def trace(**changes: Any) -> None:
        answer = api("POST", "/v1/declarations", {**form(clock()), **changes})
        assert answer.status_code == 201, answer.body
        lambdas.lambda_.invoke("trace", batch(submitted_event(answer.json_body["declaration"])))

    return trace


@pytest.fixture
def noon(clock: Clock) -> None:
    """Not so late that who declares now arrives tomorrow."""
    clock.now = clock.now.replace(hour=5, minute=0) + timedelta(days=1)


@pytest.mark.usefixtures("noon")
def test_a_trial_counts_how_todays_declarations_would_have_come_out(
    api: Api, traced: Callable[..., None], clock: Clock, logged: StringIO
) -> None:
    trip = form(clock())["trip"]
    elsewhere = {"destination": {"unit": {"list_version": "2021", "code": "25459"}, "address": "x"}}
    traced(companions=[person(number) for number in range(10, 21)])
    traced(traveller=person(3, health={**HEALTHY, "symptoms": ["fever"]}), trip={**trip, **elsewhere})
    traced(traveller=person(4), trip={**trip, "origin": {"unit": {"list_version": "2021", "code": "04"}}})
    tried = policy(areas=[{"unit": "79", "risk": "low"}], default_risk="low")
    logged.truncate(0)
    answer = api("POST", "/v1/policy/trials", tried, role="health")
    assert answer.status_code == 200, answer.body
    body = answer.json_body
    assert body["day"] == clock().date().isoformat()
    # Of 3 declarations, 14 persons, and 13 who would be judged differently.
    assert (body["declarations"], body["persons"], body["complete"]) == (FEW, 10, True)
    assert (body["stopped"], body["different"]) == ({"now": FEW, "then": FEW}, 10)
    assert body["findings"]["no-valid-test"] == {"now": 10, "then": FEW}
    assert body["instructions"]["report-to-commune"] == {"now": 10, "then": 10}
    assert body["papers"] == {"negative-test-72": {"now": 10, "then": FEW}}
    printed = answer.body.decode() + logged.getvalue()
    assert not any(private in printed for private in ("Thử", "912345", "0720900", "70E112345", "70E1-123"))
    assert '"action":"try out policy"' in logged.getvalue()
    # Nothing is stored.
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == IN_FORCE
    assert len(api("GET", "/v1/policy/versions", role="health").json_body["changes"]) == 1
    clock.advance(days=1)
    assert api("POST", "/v1/policy/trials", tried, role="health").json_body["complete"]


@pytest.mark.usefixtures("noon")
def test_a_trial_compares_with_what_each_was_judged_by(
    api: Api, put_policy: Callable[..., Any], traced: Callable[..., None]
) -> None:
    five = [person(number) for number in range(10, 14)]
    traced(companions=five)
    assert put_policy(policy(areas=[{"unit": "79", "risk": "low"}])).status_code == 200
    traced(companions=five)
    body = api("POST", "/v1/policy/trials", policy("again"), role="health").json_body
    assert body["findings"]["very-high-risk-area"] == {"now": 5, "then": 10}
    assert body["different"] == 5


@pytest.mark.usefixtures("noon")
def test_a_crossing_is_no_second_declaration(
    api: Api, traced: Callable[..., None], lambdas: Client, clock: Clock
) -> None:
    code = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]["code"]
    crossing = {"code": code, "checkpoint": "an-hoa", "decision": "admit"}
    assert api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint").status_code == 201
    event = {"kind": "crossing_recorded", "subject": code.replace("-", "")}
    lambdas.lambda_.invoke("trace", batch(json.dumps(event)))
    answer = api("POST", "/v1/policy/trials", policy(), role="health").json_body
    assert (answer["declarations"], answer["complete"]) == (FEW, True)


def test_a_trial_never_tells_of_fewer_than_five_people(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy may be written to find out about one person: all numbers between none and four look alike, and so do
    everyone and everyone but four."""
    answers = []
    for ill in (0, 1, 4):
        monkeypatch.setattr(trials, "try_out", partial(_counted, persons=14, ill=ill))
        answers.append(api("POST", "/v1/policy/trials", policy(), role="health").json_body)
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["findings"]["symptoms"] == {"now": FEW, "then": FEW}
    for ill in (10, 11, 14):
        monkeypatch.setattr(trials, "try_out", partial(_counted, persons=14, ill=ill))
        body = api("POST", "/v1/policy/trials", policy(), role="health").json_body
        assert body["findings"]["symptoms"]["now"] == body["persons"] == 10


def test_only_those_who_may_see_health_answers_try_a_policy_out(api: Api) -> None:
    for role in ("administrator", "supervisor", "checkpoint", "hotline"):
        refused = api("POST", "/v1/policy/trials", policy(), role=role)
        assert (refused.status_code, refused.json_body["code"]) == (403, "staff_role_missing")


def test_the_audit_line_of_a_trial_tells_one_policy_from_another(api: Api, logged: StringIO) -> None:
    for tried in (policy(), policy(), policy(areas=[{"unit": "79", "risk": "low"}])):
        assert api("POST", "/v1/policy/trials", tried, role="health").status_code == 200
    first, again, other = [each["why"] for each in audited(logged)]
    assert first == again != other
    assert re.fullmatch(r"next, sha256 [0-9a-f]{64}", first)


def _counted(*_: Any, persons: int, ill: int, **__: Any) -> Trial:
    few = {"symptoms": NowAndThen(ill, ill)}
    return Trial(date(2021, 7, 22), 1, persons, True, NowAndThen(ill, ill), ill, few, few, few)
