"""A stage that nobody uses, and from one moment on so many requests a second: how many environments Lambda starts, and
how long they wait for their secrets."""

from collections import Counter
from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from random import Random
from typing import NamedTuple

from chalicelib.adapters.aws_json import LAST_ATTEMPT, LONGEST_PAUSE, PAUSE_OF_THROTTLED

_STEP = 0.01
"""Seconds."""
_MINUTE = 6_000
"""Steps."""


class Burst(NamedTuple):
    """What happens in the first minute."""

    environments: int
    new: Mapping[int, int]
    """Environments that were started, by the second."""
    refused: int
    """Requests for which no environment was free, and none could be started."""


class Reads(NamedTuple):
    """What becomes of the first request of each environment, which reads the secrets."""

    refused: int
    longest: float
    """Seconds that one waited which was not refused."""


def burst(rate: float, *, cold: float, warm: float, new_in_ten_seconds: int, at_once: float) -> Burst:
    """Of one function. `rate` is in requests a second; `cold` and `warm` are the seconds of a request in a new
    environment and in one that has had one; `at_once` is how many environments there may be.

    Lambda fills the number of new environments up bit by bit, and saves none beyond that number.
    """
    free, environments, refused, arrived, taken = 0, 0, 0, 0.0, 0
    may_start = float(new_in_ten_seconds)
    ending: Counter[int] = Counter()
    started: Counter[int] = Counter()
    cold_steps, warm_steps = round(cold / _STEP), max(1, round(warm / _STEP))
    for step in range(_MINUTE):
        free += ending.pop(step, 0)
        may_start = min(new_in_ten_seconds, may_start + new_in_ten_seconds * _STEP / 10)
        arrived += rate * _STEP
        requests = int(arrived + 1e-9) - taken
        taken += requests
        served = min(free, requests)
        new = min(requests - served, int(may_start), max(0, int(at_once) - environments))
        free -= served
        may_start -= new
        environments += new
        started[int(step * _STEP)] += new
        refused += requests - served - new
        ending[step + warm_steps] += served
        ending[step + cold_steps] += new
    return Burst(environments, started, refused)


def reads(new: Mapping[int, int], *, a_second: float, attempts: int) -> Reads:
    """Of the parameter store, which allows so many a second. A read that is refused is tried again as
    `chalicelib.adapters.aws_json` does it, so many times in all."""
    chance = Random(1)  # noqa: S311 - no secret
    due = [(began, began, 1) for second, number in new.items() for began in _spread(second, number)]
    heapify(due)
    allowed, before, refused, longest = a_second, 0.0, 0, 0.0
    while due:
        now, began, attempt = heappop(due)
        allowed, before = min(a_second, allowed + (now - before) * a_second), now
        if allowed >= 1:
            allowed -= 1
            longest = max(longest, now - began)
        elif attempt == attempts or now - began > LAST_ATTEMPT:
            refused += 1
        else:
            pause = chance.uniform(0, min(PAUSE_OF_THROTTLED * 2 ** (attempt - 1), LONGEST_PAUSE))
            heappush(due, (now + pause, began, attempt + 1))
    return Reads(refused, longest)


def _spread(second: int, number: int) -> list[float]:
    return [second + place / number for place in range(number)]
