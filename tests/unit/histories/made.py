"""A small history that was made up, with the tables that must come of it: each verb adds a call, and its rows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from tests.forms import form
from tests.histories.calls import Call, History, Kind
from tests.histories.tables import HOLDING, NAME, Tables, as_stored, mark_of, person_of
from tests.journeys.actors import CROCKFORD

START = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)

Row = dict[str, Any]


class Made:
    """Calls follow each other, a second each, unless they are made within `at_once`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.rows: dict[tuple[str, str], Row] = {}
        self.listed: list[tuple[str, str, Row]] = []
        self.exposures: list[tuple[str, str]] = []
        self.messages: dict[str, str] = {}
        self.texts: dict[str, list[str]] = {}
        self.staff: dict[str, Row] = {}
        self.told: list[str] = []
        self.permits: dict[tuple[str, str], str] = {}
        self.seconds = 0.0
        self._within: tuple[float, float] | None = None
        self._numbers = 0

    @classmethod
    def with_posts(cls) -> Self:
        """Everyone who records is posted."""
        made = cls()
        for subject in ("guard", "other guard", "supervisor"):
            made.posts(subject, "an-hoa")
        return made

    def tables(self) -> Tables:
        from json import dumps

        entries = [(name, row, dumps(body)) for (name, row), body in self.rows.items()]
        entries += [(partition, row, dumps(body)) for partition, row, body in self.listed]
        waiting = dict.fromkeys(("TracingQueue", "MessagesQueue"), 0)
        permits = [(partition, row, body) for (partition, row), body in self.permits.items()]
        return Tables(entries, self.exposures, self.messages, self.staff, self.texts, waiting, self.told, permits)

    def history(self) -> History:
        return History(self.calls)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Calls that overlap: each of them lasts as long as all of them together."""
        self._within = self.seconds, self.seconds + 1
        yield
        self._within, self.seconds = None, self.seconds + 2

    def call(
        self, kind: Kind, caller: str, asked: Any, status: int, answer: Any, *, about: str = "", key: str = ""
    ) -> Call:
        began, ended = self._within or (self.seconds, self.seconds + 1)
        self.seconds += 0 if self._within else 2
        start = START.timestamp()
        call = Call(kind, caller, about, asked, key, start + began, start + ended, status, answer)
        self.calls.append(call)
        return call

    def now(self) -> str:
        return (START + timedelta(seconds=(self._within or (self.seconds, 0))[0])).isoformat()

    def mark(self) -> str:
        self._numbers += 1
        return f"mark {self._numbers}"

    def form(self, companions: int = 0) -> Row:
        self._numbers += 1
        made = form(START, companions)
        made["traveller"]["identity"]["number"] = f"0720700{self._numbers:05d}"
        made["traveller"]["phone"] = f"+8498{self._numbers:07d}"
        for number, companion in enumerate(made["companions"]):
            companion["identity"]["number"] = f"0720{71 + number}0{self._numbers:05d}"
            del companion["phone"]
        return made

    def declares(self, asked: Row | None = None, *, key: str = "", by: str = "public") -> list[str]:
        """The codes."""
        asked = asked or self.form(1)
        self._numbers += 1
        name = f"A{self._numbers:012d}"
        persons = [asked["traveller"], *asked["companions"]]
        codes = [f"{name}0{CROCKFORD[number]}0" for number in range(len(persons))]
        ends = (START + timedelta(hours=1)).isoformat()
        passes = [{"token": f"token of {code}"} for code in codes]
        self.rows[name, "DECLARATION"] = {
            "form": as_stored(deepcopy(asked)),
            "issued_at": self.now(),
            "expires_at": ends,
            "passes": passes,
            **({} if by == "public" else {"declared_by": by}),
        }
        for code in codes:
            self._expose(code, asked["trip"]["expected_arrival"], "an-hoa", "declared")
        self._send(codes[0], "declaration_submitted", f"ma QR qua chot {codes[0]}")
        self.declared(name, asked, key=key, by=by)
        return codes

    def declared(self, name: str, asked: Row, *, key: str = "", by: str = "public") -> Call:
        """The answer to a form that is on record."""
        count = len(self.rows[name, "DECLARATION"]["passes"])
        codes = [f"{name}0{CROCKFORD[number]}0" for number in range(count)]
        passes = [{"code": code, "token": f"token of {code}"} for code in codes]
        answer = {"declaration": name, "passes": passes}
        return self.call(Kind.DECLARE, by, asked, 201, answer, key=key)

    def proves(self, code: str) -> None:
        """The traveller's phone answered: what the lists of unproven ones have, those of known ones have, too."""
        name = code[:NAME]
        self.rows[name, "PROOF"] = {"recorded_at": self.now()}
        self.exposures += [
            (f"{place}#KNOWN", moment)
            for place, moment in self.exposures
            if moment.split("#")[1].startswith(name)
            and (
                place.split("#")[0] in ("PERSON", "PHONE", "PLATE")
                or (place.startswith("CHECKPOINT") and moment.endswith("#declared"))
            )
        ]

    def scans_the_card_of(self, code: str) -> None:
        """It names an older number."""
        self.rows[code[:NAME], f"ALIAS#{person_of(code)}"] = {"other": "older", **self._fact({}, "guard")}
        moment = f"{datetime.fromisoformat(self.now()):%Y-%m-%dT%H:%M:%SZ}#{code}#alias"
        self.exposures += [("PERSON#new#ALIAS", f"{moment}#older"), ("PERSON#older#ALIAS", f"{moment}#new")]

    def restricts(self, code: str, *, restricted: bool = True) -> None:
        start = f"RESTRICTION#{person_of(code)}#"
        numbers = [row for name, row in self.rows if name == code[:NAME] and row.startswith(start)]
        fact = {"restricted": restricted, **self._fact({}, "an administrator")}
        self.rows[code[:NAME], f"{start}{len(numbers):03d}"] = fact
        self.listed = [row for row in self.listed if row[:2] != ("RESTRICTED", code)]
        self.listed += [("RESTRICTED", code, {})] if restricted else []

    def amends(self, code: str) -> None:
        fact = {"field": "full_name", "value": "Lê Thị Đúng", **self._fact({}, "an administrator")}
        self.rows[code[:NAME], f"AMENDMENT#{person_of(code)}#000"] = fact

    def crossing(self, code: str, by: str = "guard", **changes: Any) -> Row:
        asked = {"code": code, "checkpoint": "an-hoa", "decision": "admit", "reason": self.mark(), **changes}
        self.rows[code[:NAME], f"CROSSING#{person_of(code)}"] = fact = self._fact(asked, by)
        self._expose(code, fact["recorded_at"], fact["checkpoint"], "crossed")
        if fact["decision"] == "admit":
            self._send(code, "crossing_recorded", "da qua chot")
        return fact

    def crosses(self, code: str, by: str = "guard", **changes: Any) -> Row:
        fact = self.crossing(code, by, **changes)
        self.call(Kind.CROSS, by, _asked(fact), 201, fact)
        return fact

    def is_refused(self, code: str, standing: Row, by: str = "guard") -> Call:
        asked = {"code": code, "checkpoint": "an-hoa", "decision": "admit", "reason": self.mark()}
        return self.call(Kind.CROSS, by, asked, 409, {"code": "crossing_already_recorded", "crossing": standing})

    def group(self, codes: list[str], by: str = "guard") -> Row:
        """What is asked for everyone in a vehicle. It is on record."""
        asked = {"codes": codes, "checkpoint": "an-hoa", "decision": "admit", "reason": self.mark(), "mode": "all"}
        for code in codes:
            self.crossing(code, by, reason=asked["reason"])
        return {**asked, "exceptions": []}

    def crosses_all(self, codes: list[str], by: str = "guard") -> None:
        asked = self.group(codes, by)
        lines = [{"code": code, "outcome": "recorded", "crossing": self.fact(code)} for code in codes]
        self.call(Kind.GROUP, by, asked, 200, {"lines": lines})

    def fact(self, code: str, kind: str = "CROSSING") -> Row:
        return self.rows[code[:NAME], f"{kind}#{person_of(code)}"]

    def corrects(self, code: str, decision: str, by: str = "guard") -> Row:
        numbers = [row for name, row in self.rows if name == code[:NAME] and row.startswith("CORRECTION")]
        fact = self._fact({"decision": decision, "reason": self.mark()}, by)
        self.rows[code[:NAME], f"CORRECTION#{person_of(code)}#{len(numbers):03d}"] = fact
        at = fact["recorded_at"]
        self.listed.append(
            ("CHANGES", f"{at}#{code}#CORRECTION", {"code": code, "corrected_at": at, "decision": decision})
        )
        if decision == "admit":
            self._send(code, "crossing_recorded", "da qua chot")
        answer = {"crossing": self.fact(code), "corrections": self.corrections(code)}
        self.call(Kind.CORRECT, by, {"code": code, "decision": decision, "reason": fact["reason"]}, 201, answer)
        return fact

    def corrections(self, code: str) -> list[Row]:
        start = f"CORRECTION#{person_of(code)}#"
        return [fact for (name, row), fact in self.rows.items() if name == code[:NAME] and row.startswith(start)]

    def revokes(self, code: str, by: str = "health") -> Row:
        fact = self._fact({"reason": self.mark()}, by)
        self.rows[code[:NAME], f"REVOCATION#{person_of(code)}"] = fact
        at = fact["recorded_at"]
        self.listed.append(("CHANGES", f"{at}#{code}#REVOCATION", {"code": code, "revoked_at": at}))
        self._send(code, "pass_revoked", f"ma QR qua chot co 4 ky tu cuoi {code[-4:]} da bi thu hoi")
        self.call(Kind.REVOKE, by, {"code": code, "reason": fact["reason"]}, 201, fact)
        return fact

    def leaves(self, code: str, by: str = "guard") -> Row:
        asked = {"code": code, "checkpoint": "an-hoa", "direction": "out"}
        fact = self._fact({"code": code, "checkpoint": "an-hoa", "entered": "admitted"}, by)
        self.rows[code[:NAME], f"DEPARTURE#{person_of(code)}#000"] = fact
        self.listed = [row for row in self.listed if not row[1].endswith(f"#{code}")]
        self._expose(code, fact["recorded_at"], "an-hoa", "crossed")
        self.call(Kind.LEAVE, by, asked, 201, {**fact, "direction": "out", "decision": "admit"})
        return fact

    def arrival(self, code: str, by: str = "guard") -> Row:
        """Someone waits. It is on record."""
        at = self.now()
        held = {"checkpoint": "an-hoa", "recorded_at": at, "by": "holder" if by == "public" else "staff"}
        fact = held if by == "public" else {**held, "recorded_by": by}
        self.rows[code[:NAME], f"ARRIVAL#{person_of(code)}"] = fact
        self.listed.append((HOLDING, f"{at}#{code}#ARRIVAL", {"code": code, "arrived_at": at}))
        return fact

    def arrives(self, code: str, by: str = "guard") -> Row:
        fact = self.arrival(code, by)
        self.sees_arrival(code, fact, "recorded", by)
        return fact

    def sees_arrival(self, code: str, fact: Row, outcome: str, by: str = "guard") -> Call:
        """The answer to a guard, or to the holder's phone."""
        shown = {"code": code, "checkpoint": fact["checkpoint"], "arrived_at": fact["recorded_at"]}
        if by == "public":
            return self.call(Kind.ARRIVE_ALONE, by, {"board": "a board"}, 201, shown, about=code, key="a secret")
        asked = {"checkpoint": "an-hoa", "arrivals": [{"code": code}]}
        return self.call(Kind.ARRIVE, by, asked, 200, {"lines": [{**shown, "outcome": outcome}]})

    def may_not_arrive(self, code: str, problem: str, by: str = "guard") -> Call:
        asked = {"checkpoint": "an-hoa", "arrivals": [{"code": code}]}
        line = {"code": code, "outcome": "refused", "problem": {"code": problem}}
        return self.call(Kind.ARRIVE, by, asked, 200, {"lines": [line]})

    def visits(self) -> list[str]:
        """The codes of two who are admitted for the day, and listed."""
        asked = self.form(1)
        asked["trip"]["stay_until"] = f"{START + timedelta(hours=7):%Y-%m-%d}"
        codes = self.declares(asked)
        for code in codes:
            fact = self.crosses(code)
            self.listed.append((f"VISITORS#{asked['trip']['stay_until']}", f"an-hoa#{fact['recorded_at']}#{code}", {}))
        return codes

    def hands_in(self, code: str, by: str = "guard") -> str:
        """A crossing without network, where another one is on record. The conflict's id."""
        asked = {"code": code, "checkpoint": "an-hoa", "decision": "refuse", "reason": self.mark()}
        sent = {**self._fact(asked, by), "offline": {"device": "one", "id": "1"}}
        conflict: Row = {"id": f"{code}-{self._numbers:012d}", "kind": "decided_otherwise", "crossing": sent}
        self.rows[code[:NAME], f"CONFLICT#{person_of(code)}#000"] = conflict
        self.listed += [(each, f"{self.now()}#{conflict['id']}", {}) for each in ("CONFLICTS", "CONFLICTS#an-hoa")]
        self._expose(code, sent["recorded_at"], "an-hoa", "crossed")
        named = {"id": conflict["id"], "kind": conflict["kind"]}
        line = {"code": code, "outcome": "conflict", "crossing": self.fact(code), "conflict": named}
        lines = [{**asked, "id": "1", "recorded_at": self.now()}]
        self.call(Kind.BATCH, by, {"device": "one", "crossings": lines}, 200, {"lines": [line]})
        return str(conflict["id"])

    def settles(self, conflict: str, by: str = "supervisor") -> Row:
        code, fact = conflict[:16], self._fact({"decision": "refuse", "reason": self.mark(), "conflict": conflict}, by)
        self.rows[code[:NAME], f"SETTLEMENT#{person_of(code)}#{conflict}"] = fact
        correction = {name: value for name, value in fact.items() if name != "conflict"}
        at = fact["recorded_at"]
        self.rows[code[:NAME], f"CORRECTION#{person_of(code)}#000"] = correction
        self.listed = [row for row in self.listed if not row[1].endswith(conflict)]
        self.listed.append(
            ("CHANGES", f"{at}#{code}#CORRECTION", {"code": code, "corrected_at": at, "decision": "refuse"})
        )
        answer = {"settlement": fact, "standing": self.fact(code), "corrections": [correction]}
        asked = {"decision": "refuse", "reason": fact["reason"]}
        self.call(Kind.SETTLE, by, asked, 201, answer, about=conflict)
        return fact

    def checks(self, code: str, verdict: str, **shown: Any) -> Call:
        return self.call(Kind.CHECK, "health", None, 200, {"verdict": verdict, "health": {}, **shown}, about=code)

    def state(self, code: str, state: str, **shown: Any) -> Call:
        return self.call(Kind.STATE, "public", None, 200, {"state": state, **shown}, about=code)

    def manifest(self, verdicts: Mapping[str, str]) -> Call:
        passes = [{"code": code, "verdict": verdict} for code, verdict in verdicts.items()]
        return self.call(Kind.MANIFEST, "guard", None, 200, {"passes": passes}, about=next(iter(verdicts)))

    def syncs(self, *facts: tuple[str, Row], complete: bool = False) -> Call:
        corrections = [
            {"code": code, "decision": fact["decision"], "corrected_at": fact["recorded_at"]}
            for code, fact in facts
            if "decision" in fact
        ]
        revocations = [
            {"code": code, "revoked_at": fact["recorded_at"]} for code, fact in facts if "decision" not in fact
        ]
        answer = {"complete": complete, "cursor": "a", "revocations": revocations, "corrections": corrections}
        return self.call(Kind.SYNC, "device", None, 200, {**answer, "arrivals": []})

    def posts(self, subject: str, checkpoint: str | None) -> None:
        record = self.staff.setdefault(subject, {"postings": []})
        record["postings"].insert(0, {"checkpoint": checkpoint, "since": self.now()})
        answer = {"checkpoint": checkpoint, "since": self.now()}
        self.call(Kind.POST, "administrator", {"checkpoint": checkpoint}, 200, answer, about=subject)

    def _fact(self, content: Row, by: str) -> Row:
        return {**content, "recorded_at": self.now(), "recorded_by": by}

    def _expose(self, code: str, at: str, checkpoint: str, kind: str) -> None:
        asked = self.rows[code[:NAME], "DECLARATION"]["form"]
        person = [asked["traveller"], *asked["companions"]][person_of(code)]
        moment = datetime.fromisoformat(at)
        local = moment + timedelta(hours=7)
        where = f"#{checkpoint}" if kind == "crossed" else ""
        side = "#KNOWN" if "declared_by" in self.rows[code[:NAME], "DECLARATION"] else ""
        places = [
            f"PERSON#hash of {person['identity']['number']}{side}",
            f"COMMUNE#{asked['trip']['destination']['unit']['code']}#{local:%Y-%m-%d}",
            f"PLATE#hash of {asked['trip']['transport']['plate']}{side}",
            f"CHECKPOINT#{checkpoint}#{local:%Y-%m-%dT%H}",
            *([f"PHONE#hash of {person['phone']}{side}"] if person.get("phone") else []),
            *([f"CHECKPOINT#{checkpoint}#{local:%Y-%m-%dT%H}{side}"] if side and kind == "declared" else []),
        ]
        self.exposures += [(place, f"{moment:%Y-%m-%dT%H:%M:%SZ}#{code}#{kind}{where}") for place in places]

    def _send(self, code: str, event: str, text: str) -> None:
        asked = self.rows[code[:NAME], "DECLARATION"]["form"]
        person = [asked["traveller"], *asked["companions"]][person_of(code)]
        phone = person.get("phone") or (asked["traveller"]["phone"] if event == "pass_revoked" else None)
        if not asked["consent"].get("messages", True):
            return
        if phone and f"{code} {event}" not in self.messages:
            self.messages[f"{code} {event}"] = "sent"
            self.texts.setdefault(phone, []).append(text)

    def phone_of(self, code: str) -> str:
        return str(self.rows[code[:NAME], "DECLARATION"]["form"]["traveller"]["phone"])

    def form_of(self, code: str) -> Row:
        return deepcopy(self.rows[code[:NAME], "DECLARATION"]["form"])

    def mark_of(self, code: str) -> str:
        return mark_of(self.form_of(code))


def _asked(fact: Row) -> Row:
    return {name: fact[name] for name in ("code", "checkpoint", "decision", "reason")}
