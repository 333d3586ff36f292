"""Counts what came of declarations, and tells every difference from what must have come of them.

Knows nothing of the code's inside: what was answered, the tables as `docs/design/storage.md` describes them, the
queues, and the texts that the engine was given to send.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.journeys.actors import PATIENCE, QUEUES, SET_ASIDE, Witness

_DECLARED, _CROSSED = "declaration_submitted", "crossing_recorded"
_VERIFICATION = "verification_requested"
"""Its code names a phone's verification, and no declaration."""
_NAME = 13
"""Characters of a code that name the declaration."""

_LISTS = ("PERSON", "PHONE", "PLATE")
"""Places with a list for known origins beside that of the others."""


@dataclass(frozen=True)
class Texts:
    """How often somebody may hear of something, and what stands on record about it in the end."""

    least: int
    most: int
    outcome: str

    def __str__(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


ONCE = Texts(1, 1, "sent")
ONCE_OR_TWICE = Texts(1, 2, "sent")
"""A worker was lost after the text had gone out and before that was on record."""
REFUSED = Texts(0, 0, "refused")
"""The provider will never take a text to this number."""


@dataclass(frozen=True)
class Declared:
    """A declaration that was answered with success: the form, the answer, and whom the gate has admitted since.

    `admitted` are numbers of persons, 0 for the traveller. `proven` is whether the link in their text was followed.
    """

    form: Mapping[str, Any]
    issued: Mapping[str, Any]
    admitted: Sequence[int] = ()
    proven: bool = False

    @property
    def name(self) -> str:
        name: str = self.codes[0][:_NAME]
        return name

    @property
    def codes(self) -> list[str]:
        return [each["code"].replace("-", "") for each in self.issued["passes"]]

    def places(self, number: int) -> Counter[str]:
        """The kinds of places that each fact about a person stands under, each once; who was proven after the form had
        come stands in the lists of known ones, too."""
        trip, person = self.form["trip"], self._persons[number]
        given = {
            "PERSON": True,
            "COMMUNE": True,
            "ADDRESS": trip["destination"]["address"],
            "HOST": trip["destination"].get("host"),
            "SERVICE": trip["transport"].get("service_number"),
            "PHONE": person["phone"],
            "PLATE": trip["transport"].get("plate"),
            "CHECKPOINT": trip.get("checkpoint"),
        }
        lists = 2 if self.proven else 1
        return Counter({kind: lists if kind in _LISTS else 1 for kind, there in given.items() if there})

    def phone(self, number: int) -> str:
        """In E.164, as the tests give it; empty where the person has none."""
        return self._persons[number]["phone"] or ""

    def shown(self, number: int) -> str:
        """The code as a message shows it."""
        code: str = self.issued["passes"][number]["code"]
        return code

    @property
    def _persons(self) -> list[Any]:
        return [self.form["traveller"], *self.form["companions"]]


@dataclass
class _Found:
    """All that is there to be seen at one moment."""

    rows: dict[str, Counter[str]]
    """Rows of each declaration."""
    permits: set[str]
    """Their codes: other journeys on the same system may have made them."""
    exposures: dict[tuple[str, str], Counter[str]]
    """Kinds of places, by code and kind of fact."""
    messages: dict[tuple[str, str], str]
    """Outcomes, by code and kind of event."""
    texts: dict[str, list[str]]
    """By phone."""
    queues: dict[str, int]


def check(
    witness: Witness,
    *declared: Declared,
    texts: Mapping[str, Texts] | None = None,
    dead_letters: Mapping[str, int] | None = None,
    patience: float = PATIENCE,
) -> None:
    """Wait until all is as it must be, and fail with every difference if it does not become so.

    Parameters
    ----------
    texts
        By phone, for those who may not hear of their declaration exactly once.
    dead_letters
        How many there must be, by the name of their queue; 0 where it is not named.
    """
    end = time.monotonic() + patience
    while True:
        different = differences(_look(witness), declared, texts or {}, dead_letters or {})
        if not different:
            return
        if time.monotonic() > end:
            listed = "\n".join(f"- {each}" for each in different)
            raise AssertionError(f"{len(different)} differences after {patience:.0f} s:\n{listed}")
        time.sleep(0.1)


def differences(
    found: _Found, declared: Sequence[Declared], texts: Mapping[str, Texts], dead_letters: Mapping[str, int]
) -> list[str]:
    """What is not as it must be, one line each."""
    lines: list[str] = []
    for each in declared:
        lines += _of_rows(each, found)
        for number in range(len(each.codes)):
            lines += _of_exposures(each, number, found)
            lines += _of_messages(each, number, found, texts.get(each.phone(number), ONCE))
    lines += _orphans(declared, found)
    for queue, there in found.queues.items():
        if there != dead_letters.get(queue, 0):
            lines.append(f"{queue} has {there} messages instead of {dead_letters.get(queue, 0)}")
    return lines


def _look(witness: Witness) -> _Found:
    # The queues first: when they are empty, whatever they gave out shows in what is read after them.
    queues = {name: witness.waiting(name) for name in (*QUEUES, *SET_ASIDE)}
    found = _Found({}, set(), {}, {}, witness.texts(), queues)
    for row in witness.rows("Tracing"):
        _, code, of, *_ = row["moment"]["S"].split("#")
        kind, *_, side = row["place"]["S"].split("#")
        if (kind, side) == ("CHECKPOINT", "KNOWN"):
            continue  # a second list of what is declared, of those of known origin
        if kind == "MARKER":
            continue  # of a case's search
        found.exposures.setdefault((code, of), Counter())[kind] += 1
    for row in witness.rows("Messages"):
        # The others count texts.
        if "outcome" in row and row["event"]["S"] != _VERIFICATION:
            found.messages[row["code"]["S"], row["event"]["S"]] = row["outcome"]["S"]
    # Entries and permits last: what the rows above tell of was there before them.
    found.permits = {row["partition"]["S"] for row in witness.rows("Permits") if row["row"]["S"] == "PERMIT"}
    for row in witness.rows("Entries"):
        found.rows.setdefault(row["declaration"]["S"], Counter())[row["row"]["S"]] += 1
    return found


def _of_rows(declared: Declared, found: _Found) -> Iterator[str]:
    proof = ["PROOF"] if declared.proven else []
    expected = Counter(["DECLARATION", *proof, *(f"CROSSING#{number}" for number in declared.admitted)])
    there = found.rows.get(declared.name, Counter())
    if there != expected:
        yield f"declaration {declared.name} has the rows {_listed(there)} instead of {_listed(expected)}"


def _of_exposures(declared: Declared, number: int, found: _Found) -> Iterator[str]:
    for of, happened in (("declared", True), ("crossed", number in declared.admitted)):
        expected = declared.places(number) if happened else Counter[str]()
        there = found.exposures.get((declared.codes[number], of), Counter())
        if there != expected:
            who = f"person {number} of {declared.name}"
            yield f"{who}, {of}: exposed under {_listed(there)} instead of {_listed(expected)}"


def _of_messages(declared: Declared, number: int, found: _Found, expected: Texts) -> Iterator[str]:
    code, phone = declared.codes[number], declared.phone(number)
    who = f"person {number} of {declared.name}"
    heard = found.texts.get(phone, []) if phone else []
    about_declaration = [text for text in heard if declared.shown(number) in text]
    for event, happened, received, wanted in (
        (_DECLARED, True, about_declaration, expected),
        (_CROSSED, number in declared.admitted, [text for text in heard if text not in about_declaration], ONCE),
    ):
        outcome = found.messages.get((code, event))
        if not phone or not happened:
            if outcome or received:
                yield f"{who}, {event}: {len(received)} texts and a row ({outcome}) where none was expected"
            continue
        if not wanted.least <= len(received) <= wanted.most:
            yield f"{who}, {event}: {len(received)} texts instead of {wanted}"
        if outcome != wanted.outcome:
            yield f"{who}, {event}: on record is {outcome} instead of {wanted.outcome}"


def _orphans(declared: Sequence[Declared], found: _Found) -> Iterator[str]:
    """Rows that tell of what no declaration has."""
    ours = {each.name: set(each.codes) for each in declared}
    for table, codes in (
        ("tracing", {code for code, _ in found.exposures}),
        ("messages", {code for code, _ in found.messages}),
    ):
        for code in sorted(codes - found.permits):
            name = code[:_NAME]
            if name not in found.rows:
                yield f"{table} has rows of {code}, and there is no such declaration or permit"
            elif name in ours and code not in ours[name]:
                yield f"{table} has rows of {code}, which is no pass of its declaration"


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{name} ×{count}" if count > 1 else name for name, count in sorted(counted.items())) or "nothing"
