"""What each answer shows, put in order with the facts: an answer that shows a fact was read after it was written, one
that does not show it before."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.histories.attempts import (
    PASSING,
    Attempts,
    Key,
    decisions_of_group,
    lines_of_batch,
    marks_of_group,
)
from tests.histories.calls import Call, Kind
from tests.histories.facts import CLOCKS, Facts
from tests.histories.orders import Moment
from tests.histories.posts import NOT_POSTED, Posts
from tests.histories.tables import CODE, Stored, contains, mark_of, person_of, plain

MOST_CONFLICTS = 5
"""Of one pass."""

_OF_WORKERS = (500, 502, 503, 504)
"""How the gateway answers when a worker has gone. What our own code answers with 500 has another shape."""
_PASSING = ("", PASSING, "staff_issuer_unreachable")
"""Problems for which the database or the issuer of tokens is the reason; none in an answer of the gateway."""


class Answers:
    """Reads the answers of a history. `faults` are those that contradict the tables whatever the order."""

    def __init__(self, history: Sequence[Call], facts: Facts, attempts: Attempts, posts: Posts) -> None:
        self._facts, self._attempts, self._posts = facts, attempts, posts
        self.faults: list[str] = []
        self._of_key: dict[tuple[str, str], set[str]] = {}
        """The marks of the forms that came with an idempotency key, by its caller and itself."""
        for call in history:
            if call.kind is Kind.DECLARE and call.key:
                self._of_key.setdefault((call.caller, call.key), set()).add(mark_of(call.asked))
        self._by_mark = {record.mark: record for record in facts.records.values()}
        self._readers: Mapping[Kind, Callable[[Call], None]] = {
            Kind.DECLARE: self._declare,
            Kind.CHECK: self._check,
            Kind.STATE: self._check,
            Kind.MANIFEST: self._manifest,
            Kind.CROSS: self._cross,
            Kind.GROUP: self._group,
            Kind.BATCH: self._batch,
            Kind.CORRECT: self._correct,
            Kind.REVOKE: self._revoke,
            Kind.SETTLE: self._settle,
        }
        for call in history:
            self._read(call)

    def _read(self, call: Call) -> None:
        if call.status >= 500 and (call.status not in _OF_WORKERS or call.problem not in _PASSING):
            self.faults.append(f"{call}: an answer that no lost worker explains")
        if call.kind in self._readers and (call.succeeded or call.refused):
            try:
                self._readers[call.kind](call)
            except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
                self.faults.append(f"{call}: an answer of another shape than expected ({error!r})")

    def _look(self, call: Call, code: str) -> "_Look | None":
        """One look of a call at the declaration of a code, if it is on record."""
        record = self._facts.of(code)
        if record is None:
            return None
        return _Look(call, record, self._facts, self._facts.moment(str(call), call.began, call.ended), self.faults)

    def _wrong(self, call: Call, why: str) -> None:
        self.faults.append(f"{call}: {why}")

    def _refusal_is_one_of(self, call: Call, *expected: str) -> None:
        """A refusal that shows nothing of the record must be one that can be."""
        if call.refused and call.problem not in expected:
            self._wrong(call, "nothing explains this refusal")

    def _declare(self, call: Call) -> None:
        mark = mark_of(call.asked)
        if call.succeeded:
            record = self._facts.of(call.answer["declaration"])
            issued = [(plain(each["code"]), each["token"]) for each in call.answer["passes"]]
            if record is None or record.mark != mark:
                self._wrong(call, f"lost: {call.answer['declaration']} is not its declaration")
            elif issued != [*zip(record.codes, (each["token"] for each in record.declaration["passes"]), strict=True)]:
                self._wrong(call, f"its passes are not those of {record.name}")
            return
        self._refusal_is_one_of(call, "idempotency_key_reused")
        others = self._of_key.get((call.caller, call.key), set()) - {mark}
        holders = [self._by_mark[other] for other in others if other in self._by_mark]
        if not holders:
            self._wrong(call, "no other form has its idempotency key")
        for holder in holders:
            self._facts.declared[holder.name].before(self._facts.moment(str(call), call.began, call.ended))

    def _check(self, call: Call) -> None:
        code, look = call.about, self._look(call, call.about)
        self._refusal_is_one_of(call, "pass_unknown")
        verdict = "unknown" if call.refused else call.answer["state" if call.kind is Kind.STATE else "verdict"]
        if verdict == "unknown" and look is not None:
            look.sees_no_declaration()
        elif look is None:
            if verdict != "unknown":
                self._wrong(call, f"{verdict}, and no such declaration is on record")
        else:
            look.verdict(code, verdict)
            for each in call.answer.get("riding_along") or []:
                look.verdict(plain(each["code"]), each["verdict"])
            if "health" in call.answer:
                look.crossing_or_none(code, call.answer.get("crossing"))
                shown = call.answer.get("corrections") or []
                look.corrections(code, shown)
                look.open_conflicts(code, {each["id"] for each in call.answer.get("open_conflicts") or []}, shown)

    def _manifest(self, call: Call) -> None:
        self._refusal_is_one_of(call)
        look = self._look(call, call.about)
        if look is not None and call.succeeded:
            verdicts = {plain(each["code"]): each["verdict"] for each in call.answer["passes"]}
            if sorted(verdicts) != sorted(look.record.codes):
                self._wrong(call, f"not the passes of {look.record.name}")
            for code, verdict in verdicts.items():
                look.verdict(code, verdict)
        elif call.succeeded:
            self._wrong(call, "a manifest of what is not on record")

    def _cross(self, call: Call) -> None:
        asked = call.asked
        self._posts.saw(call, {asked["checkpoint"]})
        alone = self._attempts.is_of(call, Key("crossing", asked["code"], asked["reason"]))
        line = {"outcome": "refused", "problem": {**call.answer, "code": call.problem}}
        if call.succeeded:
            line = {"outcome": "recorded" if alone else "repeated", "crossing": call.answer}
        self._line(call, asked, line)

    def _group(self, call: Call) -> None:
        self._posts.saw(call, {call.asked["checkpoint"]})
        self._refusal_is_one_of(call, "group_refused", *NOT_POSTED)
        if call.problem in NOT_POSTED and call.refused:
            return
        marks, decisions = marks_of_group(call.asked), decisions_of_group(call.asked)
        lines = call.answer["lines"]
        if call.succeeded and [plain(each["code"]) for each in lines] != list(marks):
            self._wrong(call, "the lines are not those that were sent")
        for line in lines:
            code = plain(line["code"])
            self._line(call, {"code": code, "reason": marks[code], "decision": decisions[code]}, line)

    def _batch(self, call: Call) -> None:
        self._refusal_is_one_of(call)
        for sent, line in lines_of_batch(call):
            if line:
                problem = line.get("problem", {}).get("code", "")
                self._posts.saw_later(call, sent, refused=problem in NOT_POSTED, passing=problem == PASSING)
                self._line(call, sent, line)

    def _line(self, call: Call, sent: Any, line: Any) -> None:
        """The outcome of one crossing that was sent."""
        code, outcome, problem = sent["code"], line.get("outcome", "refused"), line.get("problem", {})
        look = self._look(call, code)
        if look is None:
            if problem.get("code") not in ("pass_unknown", *NOT_POSTED):
                self._wrong(call, f"{outcome}: {code}, and no such declaration is on record")
        elif outcome == "conflict":
            look.conflict(code, line["conflict"])
            look.names_crossing(code, line.get("crossing"))
        elif outcome == "refused":
            self._refused_line(call, sent, look, problem)
        else:
            look.names_crossing(code, line["crossing"])
            if line["crossing"].get("reason") != sent["reason"]:
                self._wrong(call, f"the crossing of {code} is not the one that was sent")
            if outcome == "recorded" and sent["decision"] == "admit":
                # It was admitted because no revocation was on record when it was judged. One that comes between that
                # and the write stands beside it.
                look.sees_no_revocation(code)

    def _refused_line(self, call: Call, sent: Any, look: "_Look", problem: Any) -> None:
        code = sent["code"]
        match problem["code"]:
            case "crossing_already_recorded":
                if problem.get("crossing"):
                    look.crossing(code, problem["crossing"])
                else:
                    look.verdict_used(code)
                if look.record.crossings.get(person_of(code), {}).get("reason") == sent["reason"]:
                    self._wrong(call, f"refused, and the crossing of {code} is its own")
            case "pass_revoked":
                look.verdict(code, "revoked")
                look.crossing_or_none(code, None)
            case "pass_unknown":
                look.sees_no_declaration()
            case "too_many_conflicts":
                if len(look.record.conflicts.get(person_of(code), [])) < MOST_CONFLICTS:
                    self._wrong(call, f"too many conflicts of {code}, and there are fewer than {MOST_CONFLICTS}")
            case other:
                replaced = ["pass_replaced"] if person_of(code) in look.record.replacements else []
                if other not in (PASSING, *NOT_POSTED, *replaced):
                    self._wrong(call, f"nothing explains why {code} is refused: {other}")

    def _correct(self, call: Call) -> None:
        code, look = call.asked["code"], self._look(call, call.asked["code"])
        if look is None:
            self._wrong(call, "no such declaration is on record")
            return
        crossing = look.record.crossings.get(person_of(code))
        # The same content again is answered without a look at the posting.
        if crossing is not None and (call.refused or self._attempts.is_of(call, _correction_of(call))):
            self._posts.saw(call, {crossing["checkpoint"]})
        if call.succeeded:
            look.crossing(code, call.answer["crossing"])
            look.corrections(code, call.answer["corrections"], written=True)
            if call.answer["corrections"][-1]["reason"] != call.asked["reason"]:
                self._wrong(call, "the last correction that it shows is not its own")
            return
        self._refusal_is_one_of(call, "crossing_missing", "pass_revoked", "correction_needs_supervisor", *NOT_POSTED)
        if call.problem == "crossing_missing":
            look.crossing_or_none(code, None)
        elif call.problem == "pass_revoked":
            look.verdict(code, "revoked")
        elif call.problem == "correction_needs_supervisor":
            look.settled(code)

    def _revoke(self, call: Call) -> None:
        code, look = call.asked["code"], self._look(call, call.asked["code"])
        self._refusal_is_one_of(call, "pass_already_revoked")
        if look is None:
            self._wrong(call, "no such declaration is on record")
            return
        shown = call.answer if call.succeeded else call.answer.get("revocation")
        on_record = look.record.revocations.get(person_of(code))
        if shown is not None and not contains(on_record, shown):
            self._wrong(call, f"the revocation of {code} is another than the one on record")
        elif call.refused:
            look.verdict(code, "revoked")

    def _settle(self, call: Call) -> None:
        conflict, code = call.about, call.about[:CODE]
        look = self._look(call, code)
        if look is None:
            self._wrong(call, "no such declaration is on record")
            return
        self._refusal_is_one_of(call, "conflict_settled", "conflict_of_oneself", *NOT_POSTED)
        crossings = look.record.crossings_of(conflict)
        self._posts.saw(call, {each["checkpoint"] for each in crossings})
        shown, on_record = call.answer.get("settlement"), look.record.settlements.get(conflict)
        if shown is not None and not contains(on_record, shown):
            self._wrong(call, "its settlement is another than the one on record")
        elif call.succeeded:
            look.crossing(code, call.answer["standing"])
            look.corrections(code, call.answer["corrections"], written=True)
        elif call.problem == "conflict_settled":
            look.settled(code)
        elif call.problem == "conflict_of_oneself" and call.caller not in {each["recorded_by"] for each in crossings}:
            self._wrong(call, "refused as their own, and they recorded neither")


def _correction_of(call: Call) -> Key:
    return Key("correction", call.asked["code"], call.asked["reason"])


class _Look:
    """One look of a call at a declaration."""

    def __init__(self, call: Call, record: Stored, facts: Facts, moment: Moment, faults: list[str]) -> None:
        self.record = record
        self._call, self._facts, self._moment, self._faults = call, facts, moment, faults

    def sees_no_declaration(self) -> None:
        self._before(self._facts.declared[self.record.name])

    def sees_no_revocation(self, code: str) -> None:
        self._before(self._facts.revocation(code))

    def verdict_used(self, code: str) -> None:
        self._after(self._facts.crossing(code), f"{code} used")

    def verdict(self, code: str, verdict: str) -> None:
        """Revoked comes before used, and used before expired."""
        self._after(self._facts.declared[self.record.name], "a declaration")
        if verdict == "revoked":
            self._after(self._facts.revocation(code), f"{code} revoked")
            return
        self._before(self._facts.revocation(code))
        if verdict == "used":
            self.verdict_used(code)
        elif verdict in ("valid", "expired"):
            self._before(self._facts.crossing(code))
            # A pass that its holder's next declaration has replaced ends before its time.
            if verdict == "valid" or person_of(code) not in self.record.replacements:
                self._compare_time(code, expired=verdict == "expired")
        else:
            self._wrong(f"nothing explains the verdict {verdict} of {code}")

    def names_crossing(self, code: str, shown: Any) -> None:
        """A crossing that this very call may have written. Staff who may not see it get none."""
        if shown is not None and not contains(self.record.crossings.get(person_of(code)), shown):
            self._wrong(f"the crossing of {code} is another than the one on record")

    def crossing(self, code: str, shown: Any) -> None:
        """A crossing that was on record before."""
        self.names_crossing(code, shown)
        self.verdict_used(code)

    def crossing_or_none(self, code: str, shown: Any) -> None:
        if shown is None:
            self._before(self._facts.crossing(code))
        else:
            self.crossing(code, shown)

    def corrections(self, code: str, shown: Sequence[Any], *, written: bool = False) -> None:
        """The corrections that were on record, in their order. `written`: the last one perhaps by this very call."""
        on_record = self.record.corrections.get(person_of(code), [])
        if len(shown) > len(on_record) or not all(map(contains, on_record, shown)):
            self._wrong(f"the corrections of {code} are others than those on record")
            return
        for number, moment in enumerate(self._facts.corrections(code)):
            if number >= len(shown):
                self._before(moment)
            elif number < len(shown) - 1 or not written:
                self._after(moment, f"correction {number} of {code}")

    def conflict(self, code: str, shown: Any) -> None:
        """A conflict that this very call may have written."""
        on_record = {each["id"]: each for each in self.record.conflicts.get(person_of(code), [])}.get(shown["id"])
        if on_record is None or on_record["kind"] != shown["kind"]:
            self._wrong(f"lost: the conflict {shown['id']} is not on record as it is shown")
        elif on_record["kind"] == "revoked":
            self._after(self._facts.revocation(code), f"{code} revoked")

    def open_conflicts(self, code: str, shown: set[str], corrections: Sequence[Any]) -> None:
        on_record = self.record.conflicts.get(person_of(code), [])
        seen = {each["reason"] for each in corrections}
        for conflict, written in zip(on_record, self._facts.conflicts(code), strict=True):
            settlement = self.record.settlements.get(conflict["id"])
            is_settled = settlement is not None and settlement["reason"] in seen
            if conflict["id"] in shown and is_settled:
                self._wrong(f"{conflict['id']} is open, and a correction settles it")
            elif conflict["id"] in shown:
                self._after(written, f"conflict {conflict['id']}")
            elif not is_settled:
                self._before(written)
        if shown - {each["id"] for each in on_record}:
            self._wrong(f"shows conflicts of {code} that are not on record")

    def settled(self, code: str) -> None:
        """At least one conflict of the pass was settled, so the first settlement was there."""
        marks = {fact["reason"] for name, fact in self.record.settlements.items() if name[:CODE] == code}
        corrections = self.record.corrections.get(person_of(code), [])
        first = next((each["reason"] for each in corrections if each["reason"] in marks), "")
        self._after(self._facts.correction_with(code, first), f"{code} settled")

    def _after(self, moment: Moment | None, what: str) -> None:
        if moment is None:
            self._wrong(f"shows {what}, and no fact on record says so")
        else:
            moment.before(self._moment)

    def _before(self, moment: Moment | None) -> None:
        if moment is not None:
            self._moment.before(moment)

    def _wrong(self, why: str) -> None:
        self._faults.append(f"{self._call}: {why}")

    def _compare_time(self, code: str, *, expired: bool) -> None:
        end = datetime.fromisoformat(self.record.declaration["expires_at"]).timestamp()
        if (self._call.ended + CLOCKS < end) if expired else (self._call.began - CLOCKS > end):
            self._wrong(f"{code} is {'' if expired else 'not '}expired, and its time says otherwise")
