"""Each fact on record, and the moment at which it was written: within a call that asked for it, after the facts that it
stands on. What is wrong with facts as such is found here."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from math import inf
from typing import Any

from tests.histories.attempts import Attempts, Key
from tests.histories.orders import Moment
from tests.histories.tables import CODE, NAME, Stored, person_of

CLOCKS = 1.0
"""Seconds by which a time on record may differ from ours: some are of whole seconds."""


class Facts:
    """The facts of a history's declarations, by name of the declaration."""

    def __init__(self, records: Mapping[str, Stored], attempts: Attempts) -> None:
        self.records, self.attempts = records, attempts
        self.moments: list[Moment] = []
        self.faults: list[str] = []
        self.declared: dict[str, Moment] = {}
        self._written: dict[Key, list[Moment]] = {}
        self._shared: dict[tuple[str, ...], Moment] = {}
        for record in records.values():
            self._place(record)
            self.faults += _wrong_in_itself(record)
        self.faults += self._lost_and_doubled()

    def moment(self, text: str, since: float, until: float) -> Moment:
        moment = Moment(text, since, until)
        self.moments.append(moment)
        return moment

    def of(self, code: str) -> Stored | None:
        """The declaration of a code."""
        return self.records.get(code[:NAME])

    def crossing(self, code: str) -> Moment | None:
        return self._of_one("crossing", code, self.records[code[:NAME]].crossings)

    def revocation(self, code: str) -> Moment | None:
        return self._of_one("revocation", code, self.records[code[:NAME]].revocations)

    def conflicts(self, code: str) -> list[Moment]:
        """In their order."""
        facts = self.records[code[:NAME]].conflicts.get(person_of(code), [])
        return [self._written[Key("crossing", code, _mark(fact["crossing"]))][0] for fact in facts]

    def corrections(self, code: str) -> list[Moment]:
        """In their order."""
        again: dict[str, int] = {}
        moments = []
        for fact in self.records[code[:NAME]].corrections.get(person_of(code), []):
            number = again[fact["reason"]] = again.get(fact["reason"], -1) + 1
            moments.append(self._written[Key("correction", code, fact["reason"])][number])
        return moments

    def correction_with(self, code: str, mark: str) -> Moment | None:
        """The first with this mark; a settlement's, which has the settlement's moment."""
        return next(iter(self._written.get(Key("correction", code, mark), [])), None)

    def _of_one(self, kind: str, code: str, facts: Mapping[int, Any]) -> Moment | None:
        fact = facts.get(person_of(code))
        return None if fact is None else self._written[Key(kind, code, _mark(fact))][0]

    def _place(self, record: Stored) -> None:
        """Give each fact of a declaration its moment, and put those in order whose names say so."""
        by = record.declaration.get("declared_by") or "public"
        declared = self._write(Key("declaration", "", record.mark), f"declaration {record.name}", by, (record.name,))
        self.declared[record.name] = declared
        for person, code in enumerate(record.codes):
            crossing = record.crossings.get(person)
            moments = [declared]
            if crossing is not None:
                moments.append(self._decide("crossing", code, crossing, f"the crossing of {code}"))
            self._chain([*moments, *self._place_conflicts(record, person, code)])
            self._chain([*moments, *self._place_corrections(record, person, code)])
            if person in record.revocations:
                fact = record.revocations[person]
                self._chain([declared, self._decide("revocation", code, fact, f"the revocation of {code}")])
        for conflict, fact in record.settlements.items():
            code = conflict[:CODE]
            self._decide("settlement", code, fact, f"the settlement of {conflict}")

    def _place_conflicts(self, record: Stored, person: int, code: str) -> Iterator[Moment]:
        crossing = record.crossings.get(person)
        for number, conflict in enumerate(record.conflicts.get(person, [])):
            sent, text = conflict["crossing"], f"conflict {number} of {code}"
            # Where the time or a revocation is the conflict, what was sent is the crossing of the pass, too.
            if crossing is not None and _mark(sent) == _mark(crossing):
                if sent != crossing or conflict["kind"] == "decided_otherwise":
                    self.faults.append(f"doubled: {_mark(sent)} is the crossing of {code}, and {text}")
                self._decide("crossing", code, sent, text)
            else:
                if conflict["kind"] != "decided_otherwise":
                    self.faults.append(f"lost: {text} must be the crossing of its pass, too")
                yield self._decide("crossing", code, sent, text)

    def _place_corrections(self, record: Stored, person: int, code: str) -> Iterator[Moment]:
        before: list[str] = []
        for number, fact in enumerate(record.corrections.get(person, [])):
            text = f"correction {number} of {code}"
            # The same content again is another correction, if somebody else corrected meanwhile.
            if before[-1:] == [fact["reason"]]:
                self.faults.append(f"doubled: {fact['reason']} is {text}, and the one before it")
            yield self._decide("correction", code, fact, text, again=before.count(fact["reason"]))
            before.append(fact["reason"])

    def _chain(self, moments: list[Moment]) -> None:
        for earlier, later in pairwise(moments):
            if earlier is not later:
                earlier.before(later)

    def _decide(self, kind: str, code: str, fact: Any, text: str, *, again: int = 0) -> Moment:
        """The moment of a fact that a member of staff recorded."""
        mark = _mark(fact)
        together = self.attempts.together.get((code, mark))
        # A settlement and its correction are one transaction, and so are a conflict and the crossing that it is.
        shared = ("together", together) if together else (code, mark, str(again))
        moment = self._write(Key(kind, code, mark), text, fact["recorded_by"], shared, again=again)
        if not fact.get("offline"):  # the time of those is the device's word
            at = datetime.fromisoformat(fact["recorded_at"]).timestamp()
            if not moment.since - CLOCKS <= at <= moment.until + CLOCKS:
                self.faults.append(f"{text} has a time on record that is not of its call")
        return moment

    def _write(self, key: Key, text: str, by: str, shared: tuple[str, ...], *, again: int = 0) -> Moment:
        attempts = self.attempts.of(key)
        if not attempts:
            call = self.attempts.refused.get(key)
            why = f"its call was refused: {call}" if call else "nobody asked for it"
            self.faults.append(f"{text} ({key.mark}) is on record, and {why}")
        if any(attempt.call.caller != by for attempt in attempts):
            self.faults.append(f"{text} ({key.mark}) names another than the one who asked for it")
        since = min((attempt.call.began for attempt in attempts), default=-inf)
        # One of them wrote it: it was there when the first answer said so. A second correction with the same content
        # may be of any of them.
        ends = [attempt.call.ended for attempt in attempts if attempt.done]
        until = min(ends, default=inf) if not again else inf
        moment = self._shared.get(shared)
        if moment is None:
            moment = self._shared[shared] = self.moment(text, since, until)
        else:
            moment.since, moment.until = max(moment.since, since), min(moment.until, until)
        written = self._written.setdefault(key, [])
        if moment not in written:
            written.append(moment)
        return moment

    def _lost_and_doubled(self) -> Iterator[str]:
        for key, attempts in self.attempts.by_key.items():
            written, done = self._written.get(key, []), [attempt.call for attempt in attempts if attempt.done]
            if done and not written:
                yield f"lost: the {key.kind} {key.mark} of {key.code} is not on record, and was answered: {done[0]}"
            if len(written) > len(attempts):
                yield f"doubled: the {key.kind} {key.mark} of {key.code} is on record more often than it was sent"
        groups: dict[str, list[Key]] = {}
        for (code, mark), together in self.attempts.together.items():
            groups.setdefault(together, []).append(Key("crossing", code, mark))
        for together, keys in groups.items():
            if any(key in self._written for key in keys) and not all(key in self._written for key in keys):
                yield f"lost: a part of the vehicle {together} is on record, and all or nothing was asked for"


def _mark(fact: Any) -> str:
    return str(fact.get("reason") or "")


def _wrong_in_itself(record: Stored) -> Iterator[str]:
    """What contradicts itself within one declaration."""
    for person, facts in record.corrections.items():
        times = [datetime.fromisoformat(each["recorded_at"]) for each in facts]
        if any(later <= earlier for earlier, later in pairwise(times)):
            yield f"{record.name}: the times of corrections are not in the order of their numbers"
        if person not in record.crossings:
            yield f"{record.name}: a correction, and no crossing"
    for person in record.conflicts:
        if person not in record.crossings:
            yield f"{record.name}: a conflict, and no crossing"
    for conflict, settlement in record.settlements.items():
        person = person_of(conflict)
        if conflict not in {each["id"] for each in record.conflicts.get(person, [])}:
            yield f"{conflict} is settled, and not on record"
        if settlement["reason"] not in {each["reason"] for each in record.corrections.get(person, [])}:
            yield f"{conflict} is settled, and no correction says what holds"
    yield from _listed_wrongly(record)


def _listed_wrongly(record: Stored) -> Iterator[str]:
    """What gates and supervisors read is what is on record."""
    changes = [("revoked_at", person, fact) for person, fact in record.revocations.items()]
    changes += [("corrected_at", person, fact) for person, facts in record.corrections.items() for fact in facts]
    expected = sorted(
        (record.codes[person], when, fact["recorded_at"], fact["decision"] if when == "corrected_at" else "")
        for when, person, fact in changes
        if record.codes
    )
    if expected != sorted(record.changes):
        yield f"{record.name}: gates read {sorted(record.changes)} instead of {expected}"
    waiting = {
        (name, conflict["id"])
        for conflicts in record.conflicts.values()
        for conflict in conflicts
        if conflict["id"] not in record.settlements
        for name in ("CONFLICTS", *(f"CONFLICTS#{each}" for each in record.checkpoints_of(conflict["id"])))
    }
    restricted = {record.codes[person] for person, facts in record.restrictions.items() if facts[-1]["restricted"]}
    if restricted != record.restricted:
        yield f"{record.name}: trials leave out {sorted(record.restricted)} instead of {sorted(restricted)}"
    if waiting != record.listed:
        yield f"{record.name}: supervisors read {sorted(record.listed)} instead of {sorted(waiting)}"
