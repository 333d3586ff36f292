"""Returns: how long an event stays hidden in its queue when a worker gives it back."""

from collections.abc import Callable

from chalicelib.models.messaging.messages import ClaimHeld, OutOfTime, Throttled

MOST_SECONDS = 900
_FIRST_SECONDS = 10
_SOON = 5, 20
"""Seconds, at least and at most."""
_MORE_EVERY = 25
"""A provider that throttles for hours is asked less often with each so many returns. With a thousand returns an event
lasts for a day and more, even if chance picks the shortest times."""


def seconds_hidden(reason: Exception, returns: int, *, chance: Callable[[float, float], float]) -> int:
    """The seconds after which an event is given to a worker again.

    `reason` is why it is given back, `returns` how often it was, this time included. `chance` picks a number between
    two others, so that events that were given back together do not come back together.
    """
    if isinstance(reason, OutOfTime):
        return 0
    if isinstance(reason, (Throttled, ClaimHeld)):
        longer = 1 + returns // _MORE_EVERY
        return min(MOST_SECONDS, round(chance(*_SOON) * longer))
    # The exponent has a limit: ten to the power of hundreds is slow to work out.
    longest = min(MOST_SECONDS, _FIRST_SECONDS * 2 ** min(returns - 1, 10))
    return round(chance(longest / 2, longest))
