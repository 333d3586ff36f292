"""What people do about permits in a round: they ask for the same person at once, decide, revoke, cross in and out."""

import random
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from tests.histories.calls import Call, Kind
from tests.histories.people import Member, mark, moment, permit_form, persons
from tests.histories.tables import plain

Step = Callable[[], Call]

_DECISIONS = ("admit", "admit", "admit", "refuse")
_LATE = 0.2
"""The share of crossings that a device sends later."""
_ALSO = 0.5
"""The share of requests beside which somebody else asks for the same person."""


class PermitSteps:
    """The steps of one round. `sends` makes one or more of a call; `gate_of` is where a guard records."""

    def __init__(
        self,
        officers: Sequence[Member],
        guards: Sequence[Member],
        rng: random.Random,
        sends: Callable[..., list[Step]],
        gate_of: Callable[[Member], str],
    ) -> None:
        self._officers, self._guards, self._rng, self._sends, self._gate_of = officers, guards, rng, sends, gate_of
        self._codes: list[str] = []

    def learn(self, call: Call) -> None:
        """Remember what an answer says."""
        if call.kind is Kind.ASK_PERMIT and call.succeeded:
            codes = [plain(line["code"]) for line in call.answer["lines"] if "code" in line]
            self._codes += [code for code in codes if code not in self._codes]

    def requests(self) -> list[Step]:
        """One request is sent several times, and another one for the same person."""
        person = next(persons())
        one, other = permit_form(person), permit_form(person)
        return [*self._asks(one), *(self._asks(other) if self._rng.random() < _ALSO else [])]

    def decisions(self) -> list[Step]:
        """Several officers, while people come to the gates already."""
        rng, steps = self._rng, list[Step]()
        for code in self._codes:
            for by in rng.sample(self._officers, rng.randint(1, 3)):
                asked = {"decision": rng.choice(["grant", "grant", "grant", "refuse"]), "reason": mark()}
                steps += self._sends(by, Kind.DECIDE_PERMIT, asked, about=code)
        return [*steps, *self.crossings()]

    def revocations(self) -> list[Step]:
        """Some of them, by several officers, while people cross."""
        rng, steps = self._rng, list[Step]()
        for code in self._codes:
            for by in rng.sample(self._officers, rng.randint(0, 2)):
                steps += self._sends(by, Kind.REVOKE_PERMIT, {"reason": mark()}, about=code)
        return [*steps, *self.crossings()]

    def crossings(self) -> list[Step]:
        """In and out, several in one minute; and checks."""
        rng, steps = self._rng, list[Step]()
        for code in self._codes:
            for by in rng.sample(self._guards, 2):
                steps += self._sends(by, Kind.CROSS_PERMIT, self._crossing(code, by))
            steps += self._sends(rng.choice(self._guards), Kind.CHECK_PERMIT, {"qr": code}, about=code)
        return steps

    def _asks(self, form: dict[str, Any]) -> list[Step]:
        by = self._rng.choice(self._officers)
        return self._sends(by, Kind.ASK_PERMIT, {"permits": [form]}, key=str(uuid4()))

    def _crossing(self, code: str, by: Member) -> dict[str, Any]:
        rng = self._rng
        direction = rng.choice(["in", "in", "out"])
        return {
            "code": code,
            "checkpoint": self._gate_of(by),
            "direction": direction,
            "decision": rng.choice(_DECISIONS),
            "reason": mark(),
            **({"well": True} if direction == "in" else {}),
            **({"crossed_at": moment(-rng.uniform(1, 4))} if rng.random() < _LATE else {}),
        }
