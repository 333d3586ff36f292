"""Whether gates' devices learn of every correction, revocation and arrival, in the order that the record has."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tests.histories.calls import Call, Kind
from tests.histories.facts import Facts
from tests.histories.orders import Moment
from tests.histories.tables import contains, plain

_Change = tuple[str, str]
"""A code, and when it was changed."""


def read_syncs(history: Sequence[Call], facts: Facts, others: Iterable[tuple[str, Any, Moment]]) -> Iterator[str]:
    """Put what each device knows after a sync in order with the facts. Each device is one caller who syncs again and
    again, with the cursor of the answer before. `others` are arrivals and revocations of permits: code, fact, moment.
    """
    changes = dict(_changes(facts))
    changes |= {(code, fact["recorded_at"]): (fact, moment) for code, fact, moment in others}
    known: dict[str, set[_Change]] = {}
    for call in sorted(history, key=lambda each: each.began):
        if call.kind is not Kind.SYNC or not call.succeeded:
            continue
        shown = {(plain(each["code"]), each["revoked_at"]): each for each in call.answer["revocations"]}
        shown |= {(plain(each["code"]), each["corrected_at"]): each for each in call.answer["corrections"]}
        shown |= {(plain(each["code"]), each["arrived_at"]): each for each in call.answer["arrivals"]}
        of_permits = call.answer.get("permit_revocations", [])
        shown |= {(plain(each["code"]), each["revoked_at"]): each for each in of_permits}
        before = set() if call.answer["complete"] else known.get(call.caller, set())
        known[call.caller] = before | shown.keys()
        moment = facts.moment(str(call), call.began, call.ended)
        for change, (fact, written) in changes.items():
            if change not in known[call.caller]:
                moment.before(written)
            elif change in shown:
                written.before(moment)
                if not contains(fact, {"decision": shown[change].get("decision")} if "decision" in fact else {}):
                    yield f"{call}: {change[0]} was corrected to another decision"
        ours = {code for code, _ in changes}
        for code, _ in shown.keys() - changes.keys():
            if code in ours:
                yield f"{call}: shows a change of {code} that is not on record"


def _changes(facts: Facts) -> Iterator[tuple[_Change, tuple[Any, Moment]]]:
    for record in facts.records.values():
        for person, code in enumerate(record.codes):
            corrections = record.corrections.get(person, [])
            for fact, moment in zip(corrections, facts.corrections(code), strict=True):
                yield (code, fact["recorded_at"]), (fact, moment)
            revoked = facts.revocation(code)
            if revoked is not None:
                fact = record.revocations[person]
                yield (code, fact["recorded_at"]), (fact, revoked)
