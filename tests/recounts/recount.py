"""Who was near a case, by plain code: every exposure is compared with every other one.

It shares no code with what it checks, and no idea but the definition: docs/design/cases.md, "What counts".
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from itertools import product
from typing import NamedTuple

from chalicelib.models.tracing.exposures import Exposure


class Question(NamedTuple):
    """A case, as the recount needs it."""

    persons: Sequence[str]
    begins: datetime
    ends: datetime
    """Until when facts of the case itself matter."""
    contacts_end: datetime
    """The same of contacts."""
    hops: int
    minutes: int
    days: int
    communes: bool
    zone: tzinfo


class Reason(NamedTuple):
    """Why one person is a contact. A person is named by the first of their numbers."""

    hop: int
    person: str
    through: str
    kind: str
    day: date
    begins: datetime
    ends: datetime


def recount(exposures: Sequence[Exposure], aliases: Iterable[tuple[str, str]], question: Question) -> set[Reason]:
    """All reasons that count."""
    names = _names([*aliases, *((question.persons[0], each) for each in question.persons)], exposures)
    level: Mapping[str, datetime] = {names[question.persons[0]]: question.begins}
    reasons: set[Reason] = set()
    found: set[str] = set()
    earliest: dict[str, datetime] = {}
    for hop in range(1, question.hops + 1):
        counted = [
            each
            for each in _candidates(exposures, names, level, question, hop)
            if each.person not in found or each.person not in earliest or each.ends < earliest[each.person]
        ]
        found |= {each.person for each in counted}
        level = {}
        for each in counted:
            if each.kind != "commune":
                level[each.person] = min(each.ends, level.get(each.person, each.ends))
        for person, since in level.items():
            earliest[person] = min(since, earliest.get(person, since))
        reasons |= _best(counted)
    return reasons


def _candidates(
    exposures: Sequence[Exposure],
    names: Mapping[str, str],
    level: Mapping[str, datetime],
    question: Question,
    hop: int,
) -> list[Reason]:
    """All pairs in which one of this level, while they could infect others, was near somebody else."""
    last, case = question.ends if hop == 1 else question.contacts_end, names[question.persons[0]]
    mine = [each for each in exposures if names[each.person] in level]
    return [
        Reason(hop, names[other.person], names[one.person], kind, day, min(one.at, other.at), max(one.at, other.at))
        for one, other in product(mine, exposures)
        if level[names[one.person]] <= one.at <= last and names[other.person] not in (names[one.person], case)
        for kind in _shared(one, other, question, hop)
        for day in [max(one.at, other.at).astimezone(question.zone).date()]
    ]


def _best(counted: Sequence[Reason]) -> set[Reason]:
    """Of the same two people, kind and day the earliest pair; of those the one whose facts are closest."""
    best: dict[tuple[object, ...], Reason] = {}
    for each in sorted(counted, key=lambda each: (each.ends, -each.begins.timestamp())):
        best.setdefault((each.person, each.through, each.kind, each.day), each)
    return set(best.values())


def _shared(mine: Exposure, theirs: Exposure, question: Question, hop: int) -> set[str]:
    apart = abs(mine.at - theirs.at)
    same_day = mine.at.astimezone(question.zone).date() == theirs.at.astimezone(question.zone).date()
    kinds = set()
    if mine.plate and mine.plate == theirs.plate and same_day:
        kinds.add("vehicle")
    if mine.address and mine.address == theirs.address and apart <= timedelta(days=question.days):
        kinds.add("household")
    if mine.host and mine.host == theirs.host and apart <= timedelta(days=question.days):
        kinds.add("host")
    if mine.service and mine.service == theirs.service and same_day:
        kinds.add("service")
    crossed = mine.kind == theirs.kind == "crossed"
    if crossed and mine.checkpoint == theirs.checkpoint and apart <= timedelta(minutes=question.minutes):
        kinds.add("checkpoint")
    if question.communes and hop == 1 and mine.commune == theirs.commune and same_day:
        kinds.add("commune")
    together = mine.code[:13] == theirs.code[:13]
    return {"declaration"} if kinds and together else kinds


def _names(pairs: Iterable[tuple[str, str]], exposures: Sequence[Exposure]) -> dict[str, str]:
    """The first number of each person, by any of their numbers."""
    beside: dict[str, set[str]] = {each.person: set() for each in exposures}
    for one, other in pairs:
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    names: dict[str, str] = {}
    for number in sorted(beside):
        if number not in names:
            waiting = [number]
            while waiting:
                each = waiting.pop()
                if each not in names:
                    names[each] = number
                    waiting += beside[each]
    return names
