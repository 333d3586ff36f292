"""Which call may have written which fact.

Each form has a document's number of its own, each decision a reason of its own: its mark. A request that is sent again
has the same mark as before. So a fact names the calls that asked for it.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from tests.histories.calls import Call, Kind
from tests.histories.tables import CODE, mark_of, plain

PASSING = "service_unavailable"
"""The problem of a line that may be on record or not."""

ONE_DECISION = {Kind.CROSS: ("crossing",), Kind.CORRECT: ("correction",), Kind.REVOKE: ("revocation",)}
"""The facts for which a call about one pass asks. A settlement is the one for two: itself and a correction."""


class Key(NamedTuple):
    """What a call wants on record."""

    kind: str
    """`declaration`, `crossing` (a conflict, too), `correction`, `revocation` or `settlement`."""
    code: str
    """Of the pass; empty for a declaration, whose codes only the answer has."""
    mark: str


class Attempt(NamedTuple):
    """A call that may have written a fact. `done`: its answer says that the fact is on record."""

    call: Call
    done: bool


class Attempts:
    """All attempts of a history, by what they want on record."""

    def __init__(self, history: Iterable[Call]) -> None:
        self.by_key: dict[Key, list[Attempt]] = {}
        self.refused: dict[Key, Call] = {}
        """A call that was refused left nothing."""
        self.together: dict[tuple[str, str], str] = {}
        """By code and mark of a crossing: what the crossings have in common that were recorded in one transaction."""
        for call in history:
            for key, done, refused in _wanted(call):
                if refused:
                    self.refused[key] = call
                else:
                    self.by_key.setdefault(key, []).append(Attempt(call, done))
            if call.kind is Kind.GROUP and call.asked["mode"] == "all":
                self.together |= dict.fromkeys(marks_of_group(call.asked).items(), call.asked["reason"])

    def of(self, key: Key) -> list[Attempt]:
        return self.by_key.get(key, [])

    def is_of(self, call: Call, key: Key) -> bool:
        """Whether this call alone may have written a fact."""
        return [attempt.call for attempt in self.of(key)] == [call]


def _wanted(call: Call) -> Iterator[tuple[Key, bool, bool]]:
    """What a call wants on record; whether its answer says that it is, and whether it says that it is not."""
    if call.kind is Kind.DECLARE:
        yield Key("declaration", "", mark_of(call.asked)), call.succeeded, call.refused
    elif call.kind in ONE_DECISION:
        for kind in ONE_DECISION[call.kind]:
            yield Key(kind, call.asked["code"], call.asked["reason"]), call.succeeded, call.refused
    elif call.kind is Kind.SETTLE:
        for kind in ("settlement", "correction"):
            yield Key(kind, call.about[:CODE], call.asked["reason"]), call.succeeded, call.refused
    elif call.kind is Kind.GROUP:
        lines = {plain(line["code"]): line for line in call.answer["lines"]} if call.succeeded else {}
        for code, mark in marks_of_group(call.asked).items():
            yield Key("crossing", code, mark), *_outcome(call, lines.get(code, {}))
    elif call.kind is Kind.BATCH:
        for sent, line in lines_of_batch(call):
            yield Key("crossing", sent["code"], sent["reason"]), *_outcome(call, line)


def _outcome(call: Call, line: Any) -> tuple[bool, bool]:
    refused = line.get("outcome") == "refused" and line["problem"]["code"] != PASSING
    return line.get("outcome") in ("recorded", "repeated", "conflict"), call.refused or refused


def lines_of_batch(call: Call) -> list[tuple[Any, Any]]:
    """What was sent, and what was answered about it; nothing where no clear answer came."""
    sent = call.asked["crossings"]
    answered = call.answer["lines"] if call.succeeded else [{} for _ in sent]
    return list(zip(sent, answered, strict=True))


def marks_of_group(asked: Any) -> dict[str, str]:
    """The mark of each pass of a vehicle, in their order."""
    own = {each["code"]: each["reason"] for each in asked["exceptions"]}
    return {code: own.get(code, asked["reason"]) for code in asked["codes"]}


def decisions_of_group(asked: Any) -> dict[str, str]:
    own = {each["code"]: each["decision"] for each in asked["exceptions"]}
    return {code: own.get(code, asked["decision"]) for code in asked["codes"]}
