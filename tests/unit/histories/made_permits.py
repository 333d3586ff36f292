"""A made-up history of permits: each verb adds a call, and its rows."""

from copy import deepcopy
from datetime import datetime, timedelta
from json import dumps, loads
from typing import Any

from tests.histories.calls import Call, Kind
from tests.histories.permit_rows import name_of
from tests.unit.histories.made import START, Made, Row


class MadePermits(Made):
    """A permit's code ends in `P00`; each person has one document."""

    def permit_form(self, person: int) -> Row:
        today = f"{START + timedelta(hours=7):%Y-%m-%d}"
        return {
            "person": {"full_name": "Trần Văn Mẫu", "identity": {"kind": "cccd", "number": f"0720900{person:05d}"}},
            "plate": f"70C-{person:05d}",
            "purpose": self.mark(),
            "commune": "25480",
            "conditions": {"from": today, "until": today},
        }

    def asks(self, person: int = 1, by: str = "health") -> str:
        """The code."""
        form = self.permit_form(person)
        code = f"D{self._numbers:012d}P00"
        fact = {"code": code, "form": deepcopy(form), "asked_at": self.now(), "asked_by": by}
        self.permits[code, "PERMIT"] = dumps(fact)
        self._lead(code, "asked", {"OPEN"})
        self.call(Kind.ASK_PERMIT, by, {"permits": [form]}, 200, {"lines": [{"outcome": "asked", "code": code}]})
        return code

    def may_not_ask(self, person: int, by: str = "supervisor") -> Call:
        line = {"outcome": "refused", "problem": {"code": "permit_open"}}
        return self.call(Kind.ASK_PERMIT, by, {"permits": [self.permit_form(person)]}, 200, {"lines": [line]})

    def decides(self, code: str, outcome: str = "grant", by: str = "health") -> Row:
        fact = self._fact({"outcome": outcome, "reason": self.mark()}, by)
        self.permits[code, "DECISION"] = dumps(fact)
        granted = outcome == "grant"
        self._lead(code, "granted" if granted else "refused", {"OPEN", "GRANTED"} if granted else set())
        answer = {"decision": outcome, "decided_by": by, "decided_at": fact["recorded_at"]}
        asked = {"decision": outcome, "reason": fact["reason"]}
        self.call(Kind.DECIDE_PERMIT, by, asked, 201, answer, about=code)
        return fact

    def may_not_decide(self, code: str, decision: Row, by: str = "supervisor") -> Call:
        asked = {"decision": "grant", "reason": self.mark()}
        answer = {"code": "permit_already_decided", "decision": decision}
        return self.call(Kind.DECIDE_PERMIT, by, asked, 409, answer, about=code)

    def revokes_permit(self, code: str, by: str = "health") -> Row:
        fact = self._fact({"reason": self.mark()}, by)
        self.permits[code, "REVOCATION"] = dumps(fact)
        self._lead(code, "revoked", set())
        change = {"code": code, "revoked_at": fact["recorded_at"]}
        self.permits["CHANGES", f"{fact['recorded_at']}#{code}"] = dumps(change)
        answer = {"revoked_for": fact["reason"], "revoked_by": by, "revoked_at": fact["recorded_at"]}
        self.call(Kind.REVOKE_PERMIT, by, {"reason": fact["reason"]}, 201, answer, about=code)
        return fact

    def may_not_revoke(self, code: str, problem: str, by: str = "supervisor", **answer: Any) -> Call:
        asked = {"reason": self.mark()}
        return self.call(Kind.REVOKE_PERMIT, by, asked, 409, {"code": problem, **answer}, about=code)

    def permit_crossing(self, code: str, by: str = "guard", **changes: Any) -> Row:
        """Someone crosses. It is on record."""
        fact = self._fact(
            {
                "code": code,
                "checkpoint": "an-hoa",
                "direction": "in",
                "crossed_at": self.now(),
                "verdict": "valid",
                "decision": "admit",
                "reason": self.mark(),
                **changes,
            },
            by,
        )
        self.permits[f"CROSSINGS#{code}", name_of(fact)] = dumps(fact)
        form, at = loads(self.permits[code, "PERMIT"])["form"], datetime.fromisoformat(fact["crossed_at"])
        local = at + timedelta(hours=7)
        places = [
            f"PERSON#hash of {form['person']['identity']['number']}#KNOWN",
            f"PLATE#hash of {form['plate']}#KNOWN",
            f"COMMUNE#25480#{local:%Y-%m-%d}",
            f"CHECKPOINT#an-hoa#{local:%Y-%m-%dT%H}",
        ]
        self.exposures += [(place, f"{at:%Y-%m-%dT%H:%M:%SZ}#{code}#crossed#an-hoa") for place in places]
        return fact

    def crosses_by_permit(self, code: str, by: str = "guard", **changes: Any) -> Row:
        fact = self.permit_crossing(code, by, **changes)
        later = {"crossed_at": fact["crossed_at"]} if "crossed_at" in changes else {}
        self.sees_crossing(fact, by, reason=fact["reason"], **later)
        return fact

    def sees_crossing(self, fact: Row, by: str = "guard", **changes: Any) -> Call:
        """The answer to a crossing in the minute of another one, with the same decision."""
        asked = {name: fact[name] for name in ("code", "checkpoint", "direction", "decision")}
        return self.call(Kind.CROSS_PERMIT, by, {**asked, "reason": self.mark(), **changes}, 201, fact)

    def may_not_cross(self, code: str, problem: str, by: str = "guard", **answer: Any) -> Call:
        asked = {"code": code, "checkpoint": "an-hoa", "direction": "in", "decision": "admit", "reason": self.mark()}
        return self.call(Kind.CROSS_PERMIT, by, asked, 409, {"code": problem, **answer})

    def checks_permit(self, code: str, verdict: str) -> Call:
        return self.call(Kind.CHECK_PERMIT, "guard", {"qr": code}, 200, {"verdict": verdict}, about=code)

    def a_minute_passes(self) -> None:
        self.seconds += 60

    def _lead(self, code: str, state: str, held: set[str]) -> None:
        """The rows that lead to a permit, in its new state."""
        person = loads(self.permits[code, "PERMIT"])["form"]["person"]["identity"]["number"]
        for key, body in list(self.permits.items()):
            if (key[0].startswith("LIST#") and key[1].endswith(code)) or (
                key[0].startswith("PERSON#") and body == code
            ):
                del self.permits[key]
        self.permits[f"LIST#{state}", f"{self.now()}#{code}"] = ""
        self.permits |= {(f"PERSON#hash of {person}", f"{each}#a plate#"): code for each in held}
