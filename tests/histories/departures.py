"""Who has left: each departure once, and only if somebody asked for it; and the list of those who have not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.histories.attempts import PASSING
from tests.histories.calls import Call, Kind
from tests.histories.effects import HERE
from tests.histories.posts import NOT_POSTED
from tests.histories.tables import NAME, Stored, contains, person_of

_LEFT, _NOT_ADMITTED = "departure_already_recorded", "pass_not_admitted"


def departures(history: Sequence[Call], records: Mapping[str, Stored]) -> Iterator[str]:
    """What is wrong, a line each. No card is kept in a race, so that a pass has one departure at most."""
    sent: dict[str, list[Call]] = {}
    for call in history:
        if call.kind is Kind.LEAVE:
            sent.setdefault(call.asked["code"], []).append(call)
            yield from _answer(call, records)
        elif call.kind is Kind.CHECK and call.succeeded:
            left = call.answer.get("left")
            if left and not any(contains(each, left) for each in _on_record(call.about, records)):
                yield f"{call}: shows a departure that is not on record"
    for record in records.values():
        for person, code in enumerate(record.codes):
            yield from _facts(record, person, sent.get(code, []))


def _facts(record: Stored, person: int, sent: Sequence[Call]) -> Iterator[str]:
    code, facts = record.codes[person], record.departures.get(person, [])
    if len(facts) > 1:
        yield f"doubled: {code} has {len(facts)} departures"
    senders = {call.caller for call in sent if not call.refused}
    for fact in facts:
        if fact["recorded_by"] not in senders:
            yield f"the departure of {code} is on record, and nobody asked for it"
    if _is_awaited(record, person) and code not in record.awaited:
        yield f"lost: {code} has not left, and gates do not wait for it"


def _on_record(code: str, records: Mapping[str, Stored]) -> list[Any]:
    """The departures of a pass, with what an answer adds: every way out is admitted."""
    facts = records[code[:NAME]].departures.get(person_of(code), []) if code[:NAME] in records else []
    return [{**each, "direction": "out", "decision": "admit"} for each in facts]


def _answer(call: Call, records: Mapping[str, Stored]) -> Iterator[str]:
    code = call.asked["code"]
    record = records.get(code[:NAME])
    if record is None:
        return
    person = person_of(code)
    if call.succeeded or call.problem == _LEFT:
        shown = call.answer if call.succeeded else call.answer["departure"]
        if not any(contains(each, shown) for each in _on_record(code, records)):
            yield f"lost: {call}, and the departure of {code} is not on record as it is shown"
    elif call.problem == _NOT_ADMITTED:
        decided = [record.crossings.get(person, {}), *record.corrections.get(person, [])]
        if not any(each.get("decision") == "refuse" for each in decided):
            yield f"{call}: {code} was never refused"
    elif call.refused and call.problem not in ("pass_unknown", PASSING, *NOT_POSTED):
        yield f"{call}: nothing explains this refusal"


def _is_awaited(record: Stored, person: int) -> bool:
    """Whether somebody was admitted for the day and has not left."""
    crossing = record.crossings.get(person)
    if crossing is None or person in record.departures:
        return False
    decided = [crossing, *record.corrections.get(person, [])][-1]["decision"]
    day = datetime.fromisoformat(crossing["recorded_at"]).astimezone(HERE).date()
    return bool(decided == "admit" and record.declaration["form"]["trip"].get("stay_until") == day.isoformat())
