"""The checker of histories finds permits and crossings by permit that are lost, doubled or contradicted."""

from collections.abc import Callable
from json import dumps, loads
from typing import Any, NamedTuple

import pytest

from tests.histories.calls import Kind
from tests.histories.checker import faults
from tests.unit.histories.made_permits import MadePermits


class Codes(NamedTuple):
    """Permits by their states."""

    granted: str
    refused: str
    revoked: str
    asked: str


@pytest.fixture
def made() -> MadePermits:
    return MadePermits.with_posts()


def found(made: MadePermits) -> list[str]:
    return faults(made.history(), made.tables(), kills=0)


def everything(made: MadePermits) -> Codes:
    """A history with each kind of fact and of answer, all of them right."""
    granted, refused, revoked = (made.asks(person) for person in (1, 2, 3))
    made.may_not_ask(1)
    made.checks_permit(granted, "not_granted")
    made.may_not_cross(granted, "permit_not_admissible", verdict="not_granted")
    made.may_not_revoke(granted, "permit_not_in_force")
    decision = made.decides(granted)
    made.may_not_decide(granted, decision)
    made.decides(refused, "refuse")
    made.may_not_revoke(refused, "permit_not_in_force")
    made.decides(revoked)
    fact = made.crosses_by_permit(granted)
    made.sees_crossing(fact, "other guard")
    made.may_not_cross(granted, "permit_crossing_differs", permit_crossing={**fact, "decision": "admit"})
    made.calls[-1].asked["decision"] = "refuse"
    made.crosses_by_permit(granted, direction="out")
    made.crosses_by_permit(revoked)
    made.a_minute_passes()
    before = made.now()
    made.a_minute_passes()
    made.checks_permit(revoked, "valid")
    withdrawn = made.revokes_permit(revoked)
    made.may_not_revoke(revoked, "permit_already_revoked", permit_revocation=withdrawn)
    made.checks_permit(revoked, "revoked")
    made.may_not_cross(revoked, "permit_not_admissible", verdict="revoked")
    made.crosses_by_permit(revoked, verdict="revoked", decision="refuse")
    made.a_minute_passes()
    made.crosses_by_permit(revoked, crossed_at=before)  # a device sends it later
    made.crosses_by_permit(revoked, direction="out")
    asked = made.asks(2)
    return Codes(granted, refused, revoked, asked)


def test_permits_in_which_all_is_right_have_no_fault(made: MadePermits) -> None:
    everything(made)
    assert found(made) == []


def test_answers_that_overlap_may_come_in_any_order_that_explains_them(made: MadePermits) -> None:
    code = made.asks()
    made.decides(code)
    with made.at_once():
        made.revokes_permit(code)
        made.crosses_by_permit(code)
        made.checks_permit(code, "valid")
        made.checks_permit(code, "revoked")
    assert found(made) == []


def test_a_call_without_an_answer_left_its_fact_or_none(made: MadePermits) -> None:
    code = made.asks()
    made.decides(code)
    made.calls[-1] = made.calls[-1]._replace(status=502, answer={})
    made.crosses_by_permit(code)
    made.calls[-1] = made.calls[-1]._replace(status=0, answer=None)
    made.call(Kind.REVOKE_PERMIT, "health", {"reason": made.mark()}, 0, None, about=code)
    made.checks_permit(code, "valid")
    assert found(made) == []


def change(made: MadePermits, key: tuple[str, str], **changes: Any) -> None:
    made.permits[key] = dumps({**loads(made.permits[key]), **changes})


def crossing_of(made: MadePermits, code: str) -> tuple[str, str]:
    """The key of its first crossing."""
    return next(key for key in made.permits if key[0] == f"CROSSINGS#{code}")


def lose_a_permit(made: MadePermits, of: Codes) -> None:
    del made.permits[of.asked, "PERMIT"]


def lose_a_decision(made: MadePermits, of: Codes) -> None:
    del made.permits[of.granted, "DECISION"]


def lose_a_revocation(made: MadePermits, of: Codes) -> None:
    del made.permits[of.revoked, "REVOCATION"]


def lose_a_crossing(made: MadePermits, of: Codes) -> None:
    del made.permits[crossing_of(made, of.granted)]


def lose_an_exposure(made: MadePermits, of: Codes) -> None:
    made.exposures.pop()


def lose_a_change_for_gates(made: MadePermits, of: Codes) -> None:
    made.permits = {key: body for key, body in made.permits.items() if key[0] != "CHANGES"}


def lose_its_place_in_a_list(made: MadePermits, of: Codes) -> None:
    made.permits = {key: body for key, body in made.permits.items() if key[0] != "LIST#asked"}


def leave_it_out_of_a_sync(made: MadePermits, of: Codes) -> None:
    made.syncs(complete=True)


def open_two_for_a_person(made: MadePermits, of: Codes) -> None:
    made.asks(1)


def record_a_crossing_twice(made: MadePermits, of: Codes) -> None:
    (partition, name), body = next((key, body) for key, body in made.permits.items() if key[0].startswith("CROSSINGS#"))
    again = name.replace("T20", "T21")
    made.permits[partition, again] = body.replace("T20", "T21", 1)


def explain_an_exposure_by_nothing(made: MadePermits, of: Codes) -> None:
    place, moment = made.exposures[-1]
    made.exposures.append((place, moment.replace("an-hoa", "an-tinh")))


def keep_the_person_of_a_revoked_one(made: MadePermits, of: Codes) -> None:
    made.permits["PERSON#hash", "OPEN##"] = of.revoked


def leave_what_nobody_asked_for(made: MadePermits, of: Codes) -> None:
    made.permit_crossing(of.granted)


def leave_what_was_refused(made: MadePermits, of: Codes) -> None:
    fact = made.permit_crossing(of.granted)
    made.may_not_cross(of.granted, "permit_not_admissible", verdict="revoked")
    made.calls[-1].asked["reason"] = fact["reason"]


def name_another_officer(made: MadePermits, of: Codes) -> None:
    change(made, (of.granted, "DECISION"), recorded_by="supervisor")


def show_another_decision(made: MadePermits, of: Codes) -> None:
    made.may_not_decide(of.granted, {"outcome": "refuse"})


def decide_twice(made: MadePermits, of: Codes) -> None:
    """Two officers hear that theirs is the decision."""
    asked = {"decision": "refuse", "reason": made.mark()}
    answer = {"decision": "refuse", "decided_by": "supervisor", "decided_at": made.now()}
    made.call(Kind.DECIDE_PERMIT, "supervisor", asked, 201, answer, about=of.granted)


def admit_after_the_revocation(made: MadePermits, of: Codes) -> None:
    made.a_minute_passes()
    made.crosses_by_permit(of.revoked)


def admit_before_the_decision(made: MadePermits, of: Codes) -> None:
    made.crosses_by_permit(of.asked)
    made.decides(of.asked)


def admit_by_a_refused_one(made: MadePermits, of: Codes) -> None:
    made.crosses_by_permit(of.refused)


def admit_later_than_a_known_revocation(made: MadePermits, of: Codes) -> None:
    """A device sends a crossing of a time at which the permit was revoked already."""
    at = made.now()
    made.a_minute_passes()
    made.crosses_by_permit(of.revoked, crossed_at=at)


def show_valid_after_the_revocation(made: MadePermits, of: Codes) -> None:
    made.checks_permit(of.revoked, "valid")


def show_revoked_before_the_revocation(made: MadePermits, of: Codes) -> None:
    made.checks_permit(of.granted, "revoked")
    made.revokes_permit(of.granted)


def show_not_granted_after_the_decision(made: MadePermits, of: Codes) -> None:
    made.checks_permit(of.granted, "not_granted")


def show_unknown_after_the_request(made: MadePermits, of: Codes) -> None:
    made.checks_permit(of.asked, "unknown")


def repeat_another_decision(made: MadePermits, of: Codes) -> None:
    fact = loads(made.permits[crossing_of(made, of.granted)])
    made.sees_crossing(fact, "other guard")
    made.calls[-1].asked["decision"] = "refuse"


def refuse_the_same_decision(made: MadePermits, of: Codes) -> None:
    fact = loads(made.permits[crossing_of(made, of.granted)])
    made.may_not_cross(of.granted, "permit_crossing_differs", permit_crossing=fact)


def refuse_the_only_one_of_a_person(made: MadePermits, of: Codes) -> None:
    made.may_not_ask(9)


def cross_where_nobody_was_posted(made: MadePermits, of: Codes) -> None:
    made.a_minute_passes()
    made.crosses_by_permit(of.granted, checkpoint="an-tinh")


Plant = Callable[[MadePermits, Codes], None]

_FOUND: dict[Plant, str] = {
    lose_a_permit: "lost: the permit",
    lose_a_decision: "lost: the decision about",
    lose_a_revocation: "lost: the revocation of the permit",
    lose_a_crossing: "lost: the crossing",
    lose_an_exposure: "lost: no exposure",
    lose_a_change_for_gates: "gates read the revocations",
    lose_its_place_in_a_list: "offices read that",
    leave_it_out_of_a_sync: "sync by device",
    open_two_for_a_person: "are open for one person",
    record_a_crossing_twice: "is on record 2 times",
    explain_an_exposure_by_nothing: "an exposure that nothing explains",
    keep_the_person_of_a_revoked_one: "is kept from another permit",
    leave_what_nobody_asked_for: "nobody asked for it",
    leave_what_was_refused: "its call was refused",
    name_another_officer: "names another than",
    show_another_decision: "is another than the one on record",
    decide_twice: "lost: the decision about",
    admit_after_the_revocation: "but that was over",
    admit_before_the_decision: "but that was over",
    admit_by_a_refused_one: "and no fact on record says so",
    admit_later_than_a_known_revocation: "but that was over",
    show_valid_after_the_revocation: "but that was over",
    show_revoked_before_the_revocation: "but that was over",
    show_not_granted_after_the_decision: "but that was over",
    show_unknown_after_the_request: "but that was over",
    repeat_another_decision: "it shows is another one",
    refuse_the_same_decision: "the crossing on record is the same",
    refuse_the_only_one_of_a_person: "no other permit of the person",
    cross_where_nobody_was_posted: "recorded, and no posting",
}


@pytest.mark.parametrize(
    ("plant", "says"),
    [pytest.param(plant, says, id=getattr(plant, "__name__", "")) for plant, says in _FOUND.items()],
)
def test_what_is_wrong_with_permits_is_found(made: MadePermits, plant: Plant, says: str) -> None:
    plant(made, everything(made))
    assert [each for each in found(made) if says in each], found(made)
