"""An event that is given back stays hidden for as long as its reason asks."""

import pytest

from chalicelib.models.messaging.messages import ClaimHeld, OutOfTime, TemporaryFailure, Throttled
from chalicelib.services.messaging.returns import seconds_hidden


def test_an_event_for_which_there_was_no_time_comes_again_at_once() -> None:
    assert seconds_hidden(OutOfTime(), 1, chance=max) == seconds_hidden(OutOfTime(), 900, chance=max) == 0


@pytest.mark.parametrize(("returns", "least", "most"), [(1, 5, 20), (24, 5, 20), (25, 10, 40), (999, 200, 800)])
@pytest.mark.parametrize("reason", [Throttled(), ClaimHeld()])
def test_what_passes_soon_is_tried_again_soon_and_later_if_it_goes_on(
    reason: Exception, returns: int, least: int, most: int
) -> None:
    hidden = [seconds_hidden(reason, returns, chance=chance) for chance in (min, max)]
    assert hidden == [least, most]


@pytest.mark.parametrize(
    ("returns", "least", "most"), [(1, 5, 10), (2, 10, 20), (3, 20, 40), (7, 320, 640), (8, 450, 900), (999, 450, 900)]
)
@pytest.mark.parametrize("failure", [TemporaryFailure(), ValueError()])
def test_what_fails_comes_again_after_twice_the_time_each_time(
    failure: Exception, returns: int, least: int, most: int
) -> None:
    hidden = [seconds_hidden(failure, returns, chance=chance) for chance in (min, max)]
    assert hidden == [least, most]
