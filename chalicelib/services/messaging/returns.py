"""Returns: how long an event stays hidden in its queue when a worker gives it back."""

from collections.abc import Callable

from chalicelib.models.messaging.messages import ClaimHeld, OutOfTime, Throttled

MOST_SECONDS = 900
_FIRST_SECONDS = 10
_SOON = 5, 20
"""Seconds, at least and at most."""
_MORE_EVERY = 25
"""The times grow after every so many returns, so a provider that throttles for hours gets fewer requests. A thousand
returns of an event take more than a day, even with the shortest random times."""


def seconds_hidden(reason: Exception, returns: int, *, chance: Callable[[float, float], float]) -> int:
    """The seconds after which a worker gets an event again.

    `reason` is why it is given back, `returns` the number of times, including this one. `chance` picks a number between
    two others, so that events that return together are not tried again together.
    """
    if isinstance(reason, OutOfTime):
        return 0
    if isinstance(reason, (Throttled, ClaimHeld)):
        longer = 1 + returns // _MORE_EVERY
        return min(MOST_SECONDS, round(chance(*_SOON) * longer))
    # The exponent has a limit: ten to the power of hundreds is slow to compute.
    longest = min(MOST_SECONDS, _FIRST_SECONDS * 2 ** min(returns - 1, 10))
    return round(chance(longest / 2, longest))
