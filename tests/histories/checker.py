"""Compares a history with the tables: no fact is lost, none is doubled, none contradicts an answer.

| what | where |
|---|---|
| Each fact was asked for, once, by a call that was not refused. Each success has its fact. | `attempts`, `facts` |
| A call without an answer left all of its facts or none. | `facts` |
| There is an order of the facts and the answers that explains all of them. | `answers`, `orders` |
| A device's syncs show every correction and revocation. | `syncs` |
| Who recorded at a checkpoint was posted there. | `posts` |
| Each departure is there once, and gates wait for who has not left. | `departures` |
| Each pass has one arrival, and gates read it. | `arrivals` |
| A permit has one decision, one revocation, one crossing a minute. A revoked one lets nobody in. | `permits` |
| Each fact has its exposures and its messages, once. | `effects` |
"""

from collections.abc import Iterable, Iterator, Sequence

from tests.histories.answers import Answers
from tests.histories.arrivals import Arrivals
from tests.histories.attempts import Attempts
from tests.histories.calls import Call, Kind
from tests.histories.departures import departures
from tests.histories.effects import effects
from tests.histories.facts import Facts
from tests.histories.orders import contradictions
from tests.histories.permits import Permits
from tests.histories.posts import Posts
from tests.histories.syncs import read_syncs
from tests.histories.tables import Stored, Tables, as_stored, contains, mark_of, plain, stored


def faults(calls: Iterable[Call], tables: Tables, *, kills: int) -> list[str]:
    """Everything that is wrong, a line each. `kills` is how many workers that send texts were killed: each may have
    sent one text a second time."""
    history = list(calls)
    records, found = stored(tables)
    ours = ours_of(history, records)
    found += _declarations(history, ours)
    attempts, posts = Attempts(history), Posts(history, tables.staff)
    facts = Facts(ours, attempts)
    answers = Answers(history, facts, attempts, posts)
    arrivals, permits = Arrivals(history, facts, posts), Permits(history, tables, facts, posts)
    found += [*facts.faults, *answers.faults, *arrivals.faults, *permits.faults]
    found += read_syncs(history, facts, [*arrivals.written(), *permits.revocations()])
    found += contradictions(facts.moments)
    found += posts.faults()
    found += departures(history, ours)
    found += effects(list(ours.values()), tables, kills=kills)
    return found


def ours_of(history: Sequence[Call], records: dict[str, Stored]) -> dict[str, Stored]:
    """The declarations of this history, with their codes: others may have used the tables, too."""
    marks = {mark_of(call.asked) for call in history if call.kind is Kind.DECLARE}
    answered = {
        call.answer["declaration"]: [plain(each["code"]) for each in call.answer["passes"]]
        for call in history
        if call.kind is Kind.DECLARE and call.succeeded
    }
    ours = {name: record for name, record in records.items() if record.mark in marks}
    for name, record in ours.items():
        # Of a declaration whose answer was lost only the exposures tell the codes.
        record.codes = answered.get(name, record.exposed)
    return ours


def _declarations(history: Sequence[Call], records: dict[str, Stored]) -> Iterator[str]:
    """Each idempotency key has one declaration at most, and each declaration the form that was sent."""
    declares = [call for call in history if call.kind is Kind.DECLARE]
    forms = {mark_of(call.asked): call.asked for call in declares}
    names: dict[str, list[str]] = {}
    for name, record in records.items():
        names.setdefault(record.mark, []).append(name)
        if not contains(record.declaration["form"], as_stored(forms[record.mark])):
            yield f"{name}: the form on record is not the one that was sent"
    for mark, of_form in names.items():
        if len(of_form) > 1:  # no form of a race is sent under two keys
            yield f"doubled: the form {mark} is on record as {sorted(of_form)}"
    by_key: dict[tuple[str, str], set[str]] = {}
    for call in declares:
        if call.key:
            by_key.setdefault((call.caller, call.key), set()).update(names.get(mark_of(call.asked), []))
    for of_key in by_key.values():
        if len(of_key) > 1:
            yield f"doubled: one idempotency key has the declarations {sorted(of_key)}"
