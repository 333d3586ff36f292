"""What a trial of a policy counts."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.errors import InvalidInput, ServiceUnavailable
from chalicelib.models.policy.policies import Policy
from chalicelib.services.entry import trials
from chalicelib.services.entry.trials import NowAndThen, Trial, try_out
from tests.forms import HEALTHY, NOW, form, person
from tests.unit.policy.drafts import LOCAL_NOW, SHIPPED, TAY_NINH, policy
from tests.unit.world import World, submitted, unit


def trial(world: World, tried: Policy, seconds: float = 10) -> Trial:
    return try_out(
        tried,
        province=TAY_NINH,
        declarations=world.entries,
        arrivals=world.exposures,
        in_force=world.in_force,
        clock=world.clock,
        budget=timedelta(seconds=seconds),
    )


@pytest.fixture
def declared(world: World) -> Callable[..., None]:
    def declare(body: dict[str, Any]) -> None:
        world.trace(submitted(world.declare(body)))

    return declare


def test_a_trial_counts_persons_whose_result_would_differ(world: World, declared: Callable[..., None]) -> None:
    declared(form(companions=2))
    declared(form(origin=unit("04"), destination={"unit": unit("25459")["unit"], "address": "x"}))
    findings = deepcopy(SHIPPED["findings"])
    findings["very-high-risk-area"]["level"] = "stop"
    found = trial(world, policy(findings=findings))
    assert (found.declarations, found.persons, found.complete) == (2, 4, True)
    assert (found.stopped, found.different) == (NowAndThen(0, 3), 3)
    assert found.findings["very-high-risk-area"] == NowAndThen(3, 3)
    low = [{"unit": "79", "risk": "low"}]
    found = trial(world, policy(areas=low))
    assert found.findings["very-high-risk-area"] == NowAndThen(3, 0)
    assert found.instructions["report-to-commune"] == NowAndThen(4, 4)
    assert found.instructions["test-at-gate"] == NowAndThen(3, 0)
    assert found.papers == {"negative-test-72": NowAndThen(3, 0)}
    # The fourth came from an area that is now of the default risk.
    assert (found.stopped, found.different) == (NowAndThen(0, 0), 4)


def test_the_policy_in_force_tried_out_changes_nothing(world: World, declared: Callable[..., None]) -> None:
    declared({**form(companions=1), "traveller": person(health={**HEALTHY, "symptoms": ["fever"]})})
    found = trial(world, policy())
    assert (found.persons, found.different, found.stopped) == (2, 0, NowAndThen(1, 1))


def test_a_trial_takes_todays_arrivals_and_judges_as_of_the_declaration(
    world: World, declared: Callable[..., None]
) -> None:
    world.clock.now = LOCAL_NOW.replace(hour=23, minute=40)
    declared(form(world.clock()))  # arrives at 00:10
    areas = [{"unit": "79", "risk": "low", "from": "2021-07-23"}, {"unit": "79", "risk": "high", "until": "2021-07-22"}]
    assert trial(world, policy(areas=areas)).declarations == 0
    world.clock.now = LOCAL_NOW + timedelta(days=1)
    found = trial(world, policy(areas=areas))
    assert (found.day.isoformat(), found.declarations) == ("2021-07-23", 1)
    assert found.findings["high-risk-area"] == NowAndThen(0, 1)


def test_a_trial_that_cannot_look_at_all_says_so_and_takes_the_last_to_arrive(
    world: World, declared: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "MOST_DECLARATIONS", 3)
    for minutes, origin in ((10, "04"), (20, "04"), (30, "79"), (40, "79"), (50, "79")):
        arrival = (NOW + timedelta(minutes=minutes)).isoformat()
        declared(form(expected_arrival=arrival, origin=unit(origin)))
    found = trial(world, policy())
    assert (found.declarations, found.complete) == (3, False)
    assert found.findings["very-high-risk-area"].now == 3


def test_a_trial_reads_a_hundred_declarations_a_call(world: World, declared: Callable[..., None]) -> None:
    for _ in range(101):
        declared(form())
    assert trial(world, policy()).declarations == 101  # the collaborator in memory takes no more in one call


def test_a_trial_whose_time_is_up_answers_with_what_it_has(world: World, declared: Callable[..., None]) -> None:
    declared(form())
    found = trial(world, policy(), seconds=0)
    assert (found.declarations, found.complete, found.different) == (0, False, 0)


def test_a_trial_fails_as_a_whole_when_a_read_does(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise ServiceUnavailable

    monkeypatch.setattr(world.exposures, "declared", fail)
    with pytest.raises(ServiceUnavailable):
        trial(world, policy())


def test_a_policy_that_is_not_whole_is_not_tried_out(world: World) -> None:
    with pytest.raises(InvalidInput):
        trial(world, policy(version="a b"))
