"""Whether there is an order of moments that fits what is known about them.

A moment lies between two times, and before or after other moments. A system is linearizable if each call can be given
one moment between its beginning and its end, so that every answer is right at its moment (Herlihy and Wing, 1990).
Facts that are written once and never changed make this easy to decide: an answer that shows a fact comes after it, one
that does not show it comes before it. So there is an order if no moment has to come before itself, and none has to come
later than it may. Both are seen in one pass along the moments, however many there are.
"""

from collections import deque
from dataclasses import dataclass, field
from math import inf


@dataclass(eq=False)
class Moment:
    """Something that happened at one moment, from `since` until `until` (seconds). `text` says what."""

    text: str
    since: float
    until: float = inf
    _later: list["Moment"] = field(default_factory=list)
    _earlier: int = 0
    """How many moments come right before it."""
    _after: "Moment | None" = None
    """The moment before it which decides how early it can be."""
    _earliest: float = -inf

    def before(self, other: "Moment") -> None:
        self._later.append(other)
        other._earlier += 1


def contradictions(moments: list[Moment]) -> list[str]:
    """Why no order fits, a line for each reason. `moments` are all that have to do with each other."""
    left = {moment: moment._earlier for moment in moments}
    for moment in moments:
        moment._earliest, moment._after = moment.since, None
    ready = deque(moment for moment, earlier in left.items() if not earlier)
    found = []
    while ready:
        moment = ready.popleft()
        del left[moment]
        if moment._earliest > moment.until:
            found.append(f"{_way_to(moment)}, but that was over {moment._earliest - moment.until:.3f} s before")
            moment._earliest = moment.until  # what follows from it is no other reason
        for later in moment._later:
            if moment._earliest > later._earliest:
                later._earliest, later._after = moment._earliest, moment
            left[later] -= 1
            if not left[later]:
                ready.append(later)
    if left:
        found.append(f"each of these comes before the next, and the last before the first: {_circle(set(left))}")
    return found


def _way_to(moment: Moment) -> str:
    way = [moment]
    while way[-1]._after is not None:
        way.append(way[-1]._after)
    return ", then ".join(each.text for each in reversed(way))


def _circle(left: set[Moment]) -> str:
    """One of the circles among moments that all have to come before themselves, or after such a one."""
    earlier = {later: moment for moment in left for later in moment._later if later in left}
    way = [next(iter(earlier))]
    while way[-1] not in way[:-1]:
        way.append(earlier[way[-1]])
    circle = way[way.index(way[-1]) : -1]
    return ", then ".join(each.text for each in reversed(circle))
