"""A policy tried out on a day's declarations."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from chalice.test import Client

from tests.forms import HEALTHY, form, person
from tests.integration.conftest import Api, Clock
from tests.integration.policy.drafts import IN_FORCE, policy
from tests.integration.queues import batch, submitted_event


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
    traced(companions=[person(1), person(2)])
    traced(traveller=person(3, health={**HEALTHY, "symptoms": ["fever"]}), trip={**trip, **elsewhere})
    traced(traveller=person(4), trip={**trip, "origin": {"unit": {"list_version": "2021", "code": "04"}}})
    tried = policy(areas=[{"unit": "79", "risk": "low"}], default_risk="low")
    logged.truncate(0)
    answer = api("POST", "/v1/policy/trials", tried, role="health")
    assert answer.status_code == 200, answer.body
    body = answer.json_body
    assert body["day"] == clock().date().isoformat()
    assert (body["declarations"], body["persons"], body["complete"]) == (3, 5, True)
    assert (body["stopped"], body["different"]) == ({"now": 1, "then": 1}, 4)
    assert body["findings"]["no-valid-test"] == {"now": 4, "then": 0}
    assert body["findings"]["symptoms"] == {"now": 1, "then": 1}
    assert body["findings"]["positive-test"] == {"now": 0, "then": 0}
    assert body["instructions"]["report-to-commune"] == {"now": 5, "then": 5}
    assert body["papers"] == {"negative-test-72": {"now": 4, "then": 0}}
    printed = answer.body.decode() + logged.getvalue()
    assert not any(private in printed for private in ("Thử", "912345", "0720900", "70E1"))
    assert '"action":"try out policy"' in logged.getvalue()
    # Nothing is stored.
    assert api("GET", "/v1/policy", role="health").headers["ETag"] == IN_FORCE
    assert len(api("GET", "/v1/policy/versions", role="health").json_body["changes"]) == 1
    clock.advance(days=1)
    assert api("POST", "/v1/policy/trials", tried, role="administrator").json_body["declarations"] == 0


@pytest.mark.usefixtures("noon")
def test_a_trial_compares_with_what_each_was_judged_by(
    api: Api, put_policy: Callable[..., Any], traced: Callable[..., None]
) -> None:
    traced()
    assert put_policy(policy(areas=[{"unit": "79", "risk": "low"}])).status_code == 200
    traced()
    body = api("POST", "/v1/policy/trials", policy("again"), role="administrator").json_body
    assert body["findings"]["very-high-risk-area"] == {"now": 1, "then": 2}
    assert body["different"] == 1


@pytest.mark.usefixtures("noon")
def test_a_crossing_is_no_second_declaration(
    api: Api, traced: Callable[..., None], lambdas: Client, clock: Clock
) -> None:
    code = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]["code"]
    crossing = {"code": code, "checkpoint": "an-hoa", "decision": "admit"}
    assert api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint").status_code == 201
    event = {"kind": "crossing_recorded", "subject": code.replace("-", "")}
    lambdas.lambda_.invoke("trace", batch(json.dumps(event)))
    answer = api("POST", "/v1/policy/trials", policy(), role="administrator").json_body
    assert (answer["declarations"], answer["complete"]) == (0, True)
