"""Permits: one open request for a person, one decision, one revocation; one crossing for each permit, direction and
minute; and nobody let in with network by a permit whose revocation was answered before."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import inf
from typing import Any

from tests.histories.attempts import PASSING
from tests.histories.calls import Call, Kind
from tests.histories.facts import CLOCKS, Facts
from tests.histories.orders import Moment
from tests.histories.permit_rows import (
    StoredPermit,
    document_of,
    name_of,
    permit_exposures,
    stored_permits,
    wrong_in_itself,
)
from tests.histories.posts import NOT_POSTED, Posts
from tests.histories.tables import Tables, contains, plain

_WRITE = frozenset({Kind.ASK_PERMIT, Kind.DECIDE_PERMIT, Kind.REVOKE_PERMIT, Kind.CROSS_PERMIT})

_IN_ANSWER = {
    Kind.DECIDE_PERMIT: {"outcome": "decision", "recorded_by": "decided_by", "recorded_at": "decided_at"},
    Kind.REVOKE_PERMIT: {"reason": "revoked_for", "recorded_by": "revoked_by", "recorded_at": "revoked_at"},
}
"""Where an answer has what is on record of a fact."""


class Permits:
    """Reads the calls about permits. `faults` are those that contradict the tables whatever the order; the order is
    judged together with that of all other facts."""

    def __init__(self, history: Sequence[Call], tables: Tables, facts: Facts, posts: Posts) -> None:
        self.faults: list[str] = []
        self._facts, self._posts = facts, posts
        self.stored: Mapping[str, StoredPermit] = stored_permits(
            tables, {_mark(call) for call in history if call.kind is Kind.ASK_PERMIT}
        )
        """By code."""
        self._attempts: dict[tuple[Kind, str, str], list[Call]] = {}
        """By kind, code (none of a request), and mark."""
        for call in history:
            if call.kind in _WRITE:
                self._attempts.setdefault((call.kind, _code(call), _mark(call)), []).append(call)
        self._asked: dict[str, Moment] = {}
        self._decided: dict[str, Moment] = {}
        self._revoked: dict[str, Moment] = {}
        self._crossed: dict[tuple[str, str], Moment] = {}
        """By code, and minute and direction."""
        for permit in self.stored.values():
            self._place(permit)
            self.faults += wrong_in_itself(permit)
        self._one_open_for_a_person()
        self.faults += [*self._lost_and_doubled(), *permit_exposures(self.stored.values(), tables)]
        readers: Mapping[Kind, Callable[[Call], None]] = {
            Kind.ASK_PERMIT: self._ask,
            Kind.DECIDE_PERMIT: self._decide,
            Kind.REVOKE_PERMIT: self._revoke,
            Kind.CROSS_PERMIT: self._cross,
            Kind.CHECK_PERMIT: self._check,
        }
        for call in history:
            if call.kind in readers and (call.succeeded or call.refused):
                try:
                    readers[call.kind](call)
                except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
                    self._wrong(call, f"an answer of another shape than expected ({error!r})")

    def revocations(self) -> Iterator[tuple[str, Any, Moment]]:
        """Codes, the facts and their moments."""
        for code, moment in self._revoked.items():
            yield code, self.stored[code].revocation, moment

    def _place(self, permit: StoredPermit) -> None:
        """Give each fact its moment, in the order in which they must come."""
        code, own = permit.code, permit.permit
        asked = self._asked[code] = self._write(Kind.ASK_PERMIT, permit, own, f"the permit {code}")
        moments = [asked]
        if permit.decision is not None:
            text = f"the decision about {code}"
            self._decided[code] = self._write(Kind.DECIDE_PERMIT, permit, permit.decision, text)
            moments.append(self._decided[code])
        if permit.revocation is not None:
            text = f"the revocation of the permit {code}"
            self._revoked[code] = self._write(Kind.REVOKE_PERMIT, permit, permit.revocation, text)
            moments.append(self._revoked[code])
        for earlier, later in pairwise(moments):
            earlier.before(later)
        for name, crossing in permit.crossings.items():
            text = f"the crossing {name} of {code}"
            self._crossed[code, name] = self._write(Kind.CROSS_PERMIT, permit, crossing, text)
            asked.before(self._crossed[code, name])

    def _write(self, kind: Kind, permit: StoredPermit, fact: Any, text: str) -> Moment:
        """The moment of a fact: within a call that asked for it and was not refused."""
        asks = kind is Kind.ASK_PERMIT
        mark, by, at = _of_request(fact) if asks else (fact["reason"], fact["recorded_by"], fact["recorded_at"])
        attempts = self._attempts.get((kind, "" if asks else permit.code, mark), [])
        possible = [call for call in attempts if not _is_refused(call)]
        if not possible:
            why = f"its call was refused: {attempts[0]}" if attempts else "nobody asked for it"
            self.faults.append(f"{text} ({mark}) is on record, and {why}")
        if any(call.caller != by for call in attempts):
            self.faults.append(f"{text} ({mark}) names another than the one who asked for it")
        ends = [call.ended for call in possible if call.succeeded and _shows(call, fact)]
        since = min((call.began for call in possible), default=-inf)
        moment = self._facts.moment(text, since, min(ends, default=inf))
        if not moment.since - CLOCKS <= _time(at) <= moment.until + CLOCKS:
            self.faults.append(f"{text} has a time on record that is not of its call")
        return moment

    def _one_open_for_a_person(self) -> None:
        """All staff are one asker. A person has another permit only after the one before was refused or revoked."""
        of_person: dict[str, list[StoredPermit]] = {}
        for each in self.stored.values():
            of_person.setdefault(each.document, []).append(each)
        for permits in of_person.values():
            for earlier, later in pairwise(sorted(permits, key=lambda each: str(each.permit["asked_at"]))):
                closed = self._revoked.get(
                    earlier.code, None if earlier.is_granted else self._decided.get(earlier.code)
                )
                if closed is None:
                    self.faults.append(f"doubled: {earlier.code} and {later.code} are open for one person")
                else:
                    closed.before(self._asked[later.code])

    def _lost_and_doubled(self) -> Iterator[str]:
        on_record = [(Kind.ASK_PERMIT, "", each.mark) for each in self.stored.values()]
        for code, each in self.stored.items():
            on_record += [(Kind.CROSS_PERMIT, code, fact["reason"]) for fact in each.crossings.values()]
        for key in set(on_record):
            # The same crossing that is sent again in the next minute is another one.
            most = 1 if key[0] is Kind.ASK_PERMIT else len(self._attempts.get(key, []))
            if on_record.count(key) > most:
                yield f"doubled: {key[0]} {key[2]} is on record {on_record.count(key)} times"

    def _look(self, call: Call) -> Moment:
        return self._facts.moment(str(call), call.began, call.ended)

    def _wrong(self, call: Call, why: str) -> None:
        self.faults.append(f"{call}: {why}")

    def _after(self, fact: Moment | None, call: Call, what: str) -> None:
        if fact is None:
            self._wrong(call, f"shows {what}, and no fact on record says so")
        else:
            fact.before(self._look(call))

    def _before(self, fact: Moment | None, call: Call) -> None:
        if fact is not None:
            self._look(call).before(fact)

    def _saw(self, call: Call, code: str, verdict: str) -> None:
        """What a call saw of a permit."""
        permit, decided, revoked = self.stored.get(code), self._decided.get(code), self._revoked.get(code)
        if verdict == "unknown":
            self._before(self._asked.get(code), call)
        elif permit is None:
            self._wrong(call, f"{verdict}, and no permit {code} is on record")
        elif verdict == "not_granted":
            self._before(decided if permit.is_granted else None, call)
        elif verdict == "revoked":
            self._after(revoked, call, f"{code} revoked")
        elif verdict == "valid":
            look = self._look(call)
            if not permit.is_granted or decided is None:
                self._wrong(call, f"shows {code} granted, and no fact on record says so")
                return
            decided.before(look)
            if revoked is not None:
                look.before(revoked)
        else:
            self._wrong(call, f"nothing explains that {code} is {verdict}")

    def _ask(self, call: Call) -> None:
        if call.refused:
            self._wrong(call, "nothing explains this refusal")
            return
        (line,) = call.answer["lines"]
        if line["outcome"] != "refused":
            permit = self.stored.get(plain(line["code"]))
            if permit is None or permit.mark != _mark(call) or not _has_form(permit, call):
                self._wrong(call, f"lost: the permit {line['code']} is not on record as it was asked for")
            return
        problem = line["problem"]["code"]
        document = document_of(call.asked["permits"][0])
        others = [each for each in self.stored.values() if each.document == document and each.mark != _mark(call)]
        if problem == "permit_open" and not others:
            self._wrong(call, "refused, and no other permit of the person is on record")
        elif problem == "permit_open":
            look = self._look(call)
            min((self._asked[each.code] for each in others), key=lambda moment: moment.since).before(look)
        elif problem != PASSING:
            self._wrong(call, f"nothing explains this refusal: {problem}")

    def _decide(self, call: Call) -> None:
        permit = self.stored.get(call.about)
        fact = permit.decision if permit else None
        if call.succeeded:
            if fact is None or not _shows(call, fact):
                self._wrong(call, f"lost: the decision about {call.about} is not on record as it is shown")
        elif call.problem == "permit_unknown":
            self._saw(call, call.about, "unknown")
        elif call.problem == "permit_already_decided":
            self._after(self._decided.get(call.about), call, f"a decision about {call.about}")
            self._other(call, fact, call.answer["decision"])
        else:
            self._wrong(call, "nothing explains this refusal")

    def _revoke(self, call: Call) -> None:
        permit = self.stored.get(call.about)
        fact = permit.revocation if permit else None
        if call.succeeded:
            if fact is None or not _shows(call, fact):
                self._wrong(call, f"lost: the revocation of the permit {call.about} is not on record as it is shown")
        elif call.problem == "permit_already_revoked":
            self._saw(call, call.about, "revoked")
            self._other(call, fact, call.answer["permit_revocation"])
        elif call.problem in ("permit_unknown", "permit_not_in_force"):
            self._saw(call, call.about, "unknown" if call.problem == "permit_unknown" else "not_granted")
        else:
            self._wrong(call, "nothing explains this refusal")

    def _other(self, call: Call, fact: Any, shown: Any) -> None:
        """A call was refused because of another fact than its own."""
        if not contains(fact, shown):
            self._wrong(call, f"the fact about {call.about} that it shows is another than the one on record")
        elif (fact["reason"], fact["recorded_by"]) == (call.asked["reason"], call.caller):
            self._wrong(call, f"refused, and the fact about {call.about} is its own")

    def _check(self, call: Call) -> None:
        if call.refused:
            self._wrong(call, "nothing explains this refusal")
        else:
            self._saw(call, call.about, call.answer["verdict"])

    def _cross(self, call: Call) -> None:
        code, problem = call.asked["code"], call.problem
        self._saw_posting(call)
        if call.succeeded:
            self._crossing(call)
        elif problem == "permit_unknown":
            self._saw(call, code, "unknown")
        elif problem == "permit_not_admissible":
            if call.asked["decision"] != "admit":
                self._wrong(call, "nothing explains this refusal")
            elif not self._was_granted_later(call):
                self._saw(call, code, call.answer["verdict"])
        elif problem == "permit_crossing_differs":
            shown = call.answer["permit_crossing"]
            self._after(self._on_record(call, shown), call, "a crossing")
            if _is_of(call, shown):
                self._wrong(call, "refused, and the crossing on record is the same")
        elif problem not in (PASSING, *NOT_POSTED):
            self._wrong(call, "nothing explains this refusal")

    def _saw_posting(self, call: Call) -> None:
        if "crossed_at" in call.asked:
            refused = call.refused and call.problem in NOT_POSTED
            sent = {"recorded_at": call.asked["crossed_at"], "checkpoint": call.asked["checkpoint"]}
            self._posts.saw_later(call, sent, refused=refused, passing=call.refused and not refused)
        else:
            self._posts.saw(call, {call.asked["checkpoint"]})

    def _crossing(self, call: Call) -> None:
        """A crossing that is answered with success: this call's own, or one with the same decision in its minute."""
        code, shown = call.asked["code"], call.answer
        written = self._on_record(call, shown)
        if written is None:
            return
        if not _is_of(call, shown):
            self._wrong(call, "the crossing that it shows is another one")
        if shown["reason"] != call.asked["reason"]:
            written.before(self._look(call))
        elif self._was_judged_now(call):
            self._saw(call, code, shown["verdict"])
        if call.asked["decision"] == "admit":
            self._admitted(call, self.stored[code])

    def _was_judged_now(self, call: Call) -> bool:
        """Whether the verdict of a crossing is of this very call."""
        sent = self._attempts[call.kind, _code(call), _mark(call)]
        return sent == [call] and call.asked["direction"] == "in" and "crossed_at" not in call.asked

    def _admitted(self, call: Call, permit: StoredPermit) -> None:
        """The permit was looked at before the crossing was written. It was granted; on the way in, no revocation was on
        record, or it was of a later time than the crossing."""
        decided, revoked, at = self._decided.get(permit.code), self._revoked.get(permit.code), _crossed_at(call)
        self._after(decided if permit.is_granted else None, call, f"{permit.code} granted")
        if self._was_granted_later(call):
            self._wrong(call, "admitted at a time at which the permit was not granted")
        if revoked is None or call.asked["direction"] == "out":
            return
        if at is None or _time(permit.revocation["recorded_at"]) <= at:
            self._before(revoked, call)

    def _was_granted_later(self, call: Call) -> bool:
        """Whether a crossing without network is of a time before the permit was granted."""
        permit, at = self.stored.get(call.asked["code"]), _crossed_at(call)
        decided = permit is not None and permit.is_granted
        return at is not None and permit is not None and decided and _time(permit.decision["recorded_at"]) > at

    def _on_record(self, call: Call, shown: Any) -> Moment | None:
        """The moment of a crossing that an answer shows. It must be on record as it is shown."""
        code, name = plain(shown["code"]), name_of(shown)
        permit = self.stored.get(code)
        if permit is None or not contains(permit.crossings.get(name), shown):
            self._wrong(call, f"lost: the crossing {name} of {code} is not on record as it is shown")
            return None
        return self._crossed[code, name]


def _code(call: Call) -> str:
    """The permit that a call writes about; none of a request, whose code only the answer has."""
    if call.kind is Kind.ASK_PERMIT:
        return ""
    return str(call.asked["code"] if call.kind is Kind.CROSS_PERMIT else call.about)


def _mark(call: Call) -> str:
    """The purpose of a request, the reason of everything else."""
    if call.kind is Kind.ASK_PERMIT:
        return str(call.asked["permits"][0]["purpose"])
    return str(call.asked["reason"])


def _of_request(permit: Any) -> tuple[str, str, str]:
    """Mark, author and time."""
    return permit["form"]["purpose"], permit["asked_by"], permit["asked_at"]


def _is_refused(call: Call) -> bool:
    """Whether the answer says that nothing was written."""
    if call.kind is not Kind.ASK_PERMIT or not call.succeeded:
        return call.refused
    (line,) = call.answer["lines"]
    return bool(line["outcome"] == "refused" and line["problem"]["code"] != PASSING)


def _shows(call: Call, fact: Any) -> bool:
    """Whether an answer says that a fact is on record, as its caller's own."""
    answer = call.answer
    if call.kind is Kind.ASK_PERMIT:
        return bool(plain(answer["lines"][0].get("code", "")) == fact["code"])
    if call.kind is Kind.CROSS_PERMIT:
        return bool(answer["reason"] == fact["reason"] and name_of(answer) == name_of(fact))
    names = _IN_ANSWER[call.kind]
    shown = {name: answer.get(of_answer) for name, of_answer in names.items()}
    return bool(shown["recorded_by"] == call.caller) and contains(fact, shown)


def _has_form(permit: StoredPermit, call: Call) -> bool:
    return contains(permit.permit["form"], call.asked["permits"][0])


def _is_of(call: Call, shown: Any) -> bool:
    """Whether a crossing is what a call asked to record: of two in a minute, the first one."""
    return all(shown[name] == call.asked[name] for name in ("decision", "checkpoint"))


def _crossed_at(call: Call) -> float | None:
    """When a crossing without network was, in whole seconds, as it is judged."""
    text = call.asked.get("crossed_at")
    return None if text is None else float(int(_time(text)))


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
