"""Who waits at a gate: each pass has one arrival, no matter who recorded it, and gates read each of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from math import inf
from typing import Any, NamedTuple

from tests.histories.attempts import PASSING
from tests.histories.calls import Call, Kind
from tests.histories.facts import Facts
from tests.histories.orders import Moment
from tests.histories.posts import NOT_POSTED, Posts
from tests.histories.tables import NAME, Stored, contains, person_of

_HOLDER = "public"


class _Outcome(NamedTuple):
    """What one call says of one pass."""

    call: Call
    code: str
    outcome: str
    """`recorded`, `repeated`, `refused`; empty if no clear answer came."""
    shown: Any
    """The arrival, as it is answered."""
    problem: str

    @property
    def is_there(self) -> bool:
        """Whether it says that an arrival is on record."""
        return self.outcome in ("recorded", "repeated")

    @property
    def may_have_written(self) -> bool:
        return self.outcome != "refused" or self.problem == PASSING


class Arrivals:
    """Reads the calls about arrivals. `faults` are those that contradict the tables whatever the order; the order is
    judged together with that of all other facts."""

    def __init__(self, history: Sequence[Call], facts: Facts, posts: Posts) -> None:
        self.faults: list[str] = []
        self._facts = facts
        self._written: dict[str, Moment] = {}
        """By code."""
        outcomes: dict[str, list[_Outcome]] = {}
        for call in history:
            if call.kind is Kind.ARRIVE:
                posts.saw(call, {call.asked["checkpoint"]})
            for each in _outcomes(call):
                outcomes.setdefault(each.code, []).append(each)
        for record in facts.records.values():
            self._place(record, outcomes)
        for each in chain.from_iterable(outcomes.values()):
            self._read(each)
        for call in history:
            if call.kind is Kind.STATE and call.succeeded and facts.of(call.about) is not None:
                self._look(call)

    def written(self) -> Iterator[tuple[str, Any, Moment]]:
        """Codes, the facts and their moments."""
        for code, moment in self._written.items():
            yield code, self._fact(code), moment

    def _fact(self, code: str) -> Any:
        return self._facts.records[code[:NAME]].arrivals.get(person_of(code))

    def _place(self, record: Stored, outcomes: Mapping[str, Sequence[_Outcome]]) -> None:
        """Give each arrival of a declaration its moment."""
        there = [(code, record.arrivals[n]) for n, code in enumerate(record.codes) if n in record.arrivals]
        for code, fact in there:
            self._written[code] = self._write(code, fact, outcomes.get(code, []))
        expected = sorted((code, fact["recorded_at"]) for code, fact in there)
        if record.codes and sorted(record.holding) != expected:
            self.faults.append(f"{record.name}: gates read the arrivals {record.holding} instead of {expected}")

    def _write(self, code: str, fact: Any, outcomes: Sequence[_Outcome]) -> Moment:
        """The moment of an arrival: within a call that asked for it, after the declaration."""
        by = fact.get("recorded_by", _HOLDER)
        writers = [each for each in outcomes if each.may_have_written and each.call.caller == by]
        recorded = [each for each in outcomes if each.outcome == "recorded"]
        if not writers:
            self.faults.append(f"the arrival of {code} is on record, and nobody asked for it")
        if len(recorded) > 1:
            self.faults.append(f"doubled: the arrival of {code} was recorded {len(recorded)} times")
        if any(each.call.caller != by for each in recorded):
            self.faults.append(f"the arrival of {code} names another than the one who recorded it")
        since = min((each.call.began for each in recorded or writers), default=-inf)
        until = min((each.call.ended for each in outcomes if each.is_there), default=inf)
        moment = self._facts.moment(f"the arrival of {code}", since, until)
        self._facts.declared[code[:NAME]].before(moment)
        return moment

    def _read(self, each: _Outcome) -> None:
        """Put what a call saw in order with the facts."""
        call, code = each.call, each.code
        if self._facts.of(code) is None:
            if each.is_there:
                self.faults.append(f"{call}: the arrival of {code}, and no such declaration is on record")
            return
        fact = self._fact(code)
        if each.is_there:
            shown = {"recorded_at": each.shown["arrived_at"], "checkpoint": each.shown["checkpoint"]}
            if fact is None or not contains(fact, shown):
                self.faults.append(f"lost: {call}, and the arrival of {code} is not on record as it is shown")
                return
        look = self._facts.moment(f"{call} about {code}", call.began, call.ended)
        if each.outcome == "recorded":
            self._holds(code, fact, look)
        elif each.outcome == "refused":
            self._refused(each, look)

    def _holds(self, code: str, fact: Any, look: Moment) -> None:
        """The pass was looked at before the arrival was written: it was not revoked then, nor decided about; a decision
        of a later time may have been there."""
        crossing, revocation = self._facts.crossing(code), self._facts.revocation(code)
        if revocation is not None:
            look.before(revocation)
        if crossing is not None:
            decided_at = self._facts.records[code[:NAME]].crossings[person_of(code)]["recorded_at"]
            if datetime.fromisoformat(decided_at) <= datetime.fromisoformat(fact["recorded_at"]):
                look.before(crossing)

    def _refused(self, each: _Outcome, look: Moment) -> None:
        reasons = {
            "pass_revoked": self._facts.revocation(each.code),
            "pass_already_decided": self._facts.crossing(each.code),
        }
        reason = reasons.get(each.problem)
        if reason is not None:
            reason.before(look)
        elif each.problem == "pass_unknown":
            look.before(self._facts.declared[each.code[:NAME]])
        elif each.problem == "pass_replaced":
            if person_of(each.code) not in self._facts.records[each.code[:NAME]].replacements:
                self.faults.append(f"{each.call}: the arrival of {each.code} is refused as replaced, and it is not")
        elif each.problem not in (PASSING, *NOT_POSTED):
            self.faults.append(f"{each.call}: nothing explains why the arrival of {each.code} is refused")

    def _look(self, call: Call) -> None:
        """What everyone may read says since when the holder waits."""
        written, shown = self._written.get(call.about), call.answer.get("arrived_at")
        look = self._facts.moment(f"{call} of an arrival", call.began, call.ended)
        if shown is None:
            if written is not None:
                look.before(written)
        elif written is None or not contains(self._fact(call.about)["recorded_at"], shown):
            self.faults.append(f"{call}: shows an arrival that is not on record")
        else:
            written.before(look)


def _outcomes(call: Call) -> Iterator[_Outcome]:
    if call.kind is Kind.ARRIVE:
        codes = [each["code"] for each in call.asked["arrivals"]]
        lines = call.answer["lines"] if call.succeeded else [{} for _ in codes]
        for code, line in zip(codes, lines, strict=True):
            outcome = "refused" if call.refused else line.get("outcome", "")
            problem = line.get("problem", {}).get("code", call.problem)
            yield _Outcome(call, code, outcome, line, problem)
    elif call.kind is Kind.ARRIVE_ALONE:
        # A header says whether it is this call's own, and a history has no headers.
        outcome = "refused" if call.refused else "repeated" if call.succeeded else ""
        yield _Outcome(call, call.about, outcome, call.answer, call.problem)
