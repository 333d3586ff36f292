"""Many people decide about the same passes at once, workers die, and what is on record explains every answer."""

from infra.local.stack import Stack
from tests.histories.calls import Kind
from tests.histories.driver import judge, race
from tests.journeys.actors import errors_logged

_SECONDS = 40
"""An hour of it: make history MINUTES=60."""


def test_a_race_leaves_nothing_lost_doubled_or_contradicted(stack: Stack) -> None:
    result = race(stack, _SECONDS, seed=1)
    assert judge(stack, result).faults == [], errors_logged(stack)
    assert {call.kind for call in result.history if call.succeeded} == {*Kind}
    assert result.kills.total() > 0
