"""A stage that nobody uses, and from one moment on so many requests a second: how many environments Lambda starts."""

from collections import Counter
from typing import NamedTuple

_STEP = 0.01
"""Seconds."""
_MINUTE = 6_000
"""Steps."""


class Burst(NamedTuple):
    """What happens in the first minute."""

    environments: int
    most_in_a_second: int
    """New ones."""
    refused: int
    """Requests for which no environment was free, and none could be started."""


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
    return Burst(environments, max(started.values()), refused)
