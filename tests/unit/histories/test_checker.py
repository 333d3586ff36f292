"""The checker of histories finds what is lost, doubled or contradicted, and nothing where all is right."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.histories.calls import Kind
from tests.histories.checker import faults
from tests.histories.tables import NAME, mark_of
from tests.unit.histories.made import START, Made


@pytest.fixture
def made() -> Made:
    return Made.with_posts()


def found(made: Made, kills: int = 0) -> list[str]:
    return faults(made.history(), made.tables(), kills=kills)


def everything(made: Made) -> dict[str, Any]:
    """A history with each kind of fact and of answer, all of them right."""
    codes = made.declares(made.form(2), key="a key")
    one, two, three = codes
    made.declared(one[:NAME], made.form_of(one), key="a key")
    reused = {"code": "idempotency_key_reused"}
    made.call(Kind.DECLARE, "public", made.form(), 422, reused, key="a key")
    made.checks(one, "valid", riding_along=[{"code": two, "verdict": "valid"}])
    first = made.crosses(one)
    made.is_refused(one, first, "other guard")
    conflict = made.hands_in(one, "other guard")
    made.checks(one, "used", crossing=first, open_conflicts=[{"id": conflict}])
    settled = made.settles(conflict)
    corrections = made.corrections(one)
    made.checks(one, "used", crossing=first, corrections=corrections)
    revoked = made.revokes(three)
    made.state(three, "revoked")
    made.manifest({one: "used", two: "valid", three: "revoked"})
    made.syncs((one, corrections[0]), (three, revoked), complete=True)
    group = made.declares()
    made.crosses_all(group)
    made.checks(group[0], "used", crossing=made.fact(group[0]))
    proven = made.declares()
    made.crosses(proven[0])
    made.proves(proven[0])
    by_staff = made.declares(by="guard")
    made.scans_the_card_of(by_staff[1])
    made.restricts(by_staff[0])
    made.restricts(by_staff[1])
    made.restricts(by_staff[1], restricted=False)
    made.amends(by_staff[1])
    silent = made.form()
    silent["consent"]["messages"] = False
    made.crosses(made.declares(silent)[0])
    visitors = made.visits()
    left = made.leaves(visitors[0])
    made.call(
        Kind.LEAVE,
        "other guard",
        {"code": visitors[0], "checkpoint": "an-hoa", "direction": "out"},
        409,
        {"code": "departure_already_recorded", "departure": left},
    )
    made.checks(visitors[0], "used", crossing=made.fact(visitors[0]), left={"recorded_at": left["recorded_at"]})
    return {
        "visitors": visitors,
        "codes": codes,
        "group": group,
        "conflict": conflict,
        "settled": settled,
        "first": first,
        "proven": proven,
        "by_staff": by_staff,
        "silent": silent,
    }


def test_a_history_in_which_all_is_right_has_no_fault(made: Made) -> None:
    everything(made)
    assert found(made) == []


def lose_a_declaration(made: Made, of: dict[str, Any]) -> None:
    del made.rows[of["group"][0][:NAME], "DECLARATION"]


def lose_a_crossing(made: Made, of: dict[str, Any]) -> None:
    del made.rows[of["group"][1][:NAME], "CROSSING#1"]


def lose_a_conflict(made: Made, of: dict[str, Any]) -> None:
    del made.rows[of["conflict"][:NAME], "CONFLICT#0#000"]


def lose_a_correction(made: Made, of: dict[str, Any]) -> None:
    del made.rows[of["conflict"][:NAME], "CORRECTION#0#000"]


def lose_a_settlement(made: Made, of: dict[str, Any]) -> None:
    del made.rows[of["conflict"][:NAME], f"SETTLEMENT#0#{of['conflict']}"]


def lose_a_revocation(made: Made, of: dict[str, Any]) -> None:
    del made.rows[of["codes"][2][:NAME], "REVOCATION#2"]


def lose_a_change_for_gates(made: Made, of: dict[str, Any]) -> None:
    made.listed = [row for row in made.listed if not row[1].endswith("CORRECTION")]


def lose_an_exposure(made: Made, of: dict[str, Any]) -> None:
    del made.exposures[-1]


def lose_all_exposures_of_a_person(made: Made, of: dict[str, Any]) -> None:
    made.exposures = [row for row in made.exposures if f"#{of['group'][1]}#" not in row[1]]


def lose_a_departure(made: Made, of: dict[str, Any]) -> None:
    del made.rows[of["visitors"][0][:NAME], "DEPARTURE#0#000"]


def invent_a_departure(made: Made, of: dict[str, Any]) -> None:
    made.leaves(of["visitors"][1])
    made.calls.pop()


def double_a_departure(made: Made, of: dict[str, Any]) -> None:
    name = of["visitors"][0][:NAME]
    made.rows[name, "DEPARTURE#0#001"] = made.rows[name, "DEPARTURE#0#000"]


def lose_a_visitor(made: Made, of: dict[str, Any]) -> None:
    made.listed = [row for row in made.listed if not row[0].startswith("VISITORS#")]


def lose_the_known_side_of_a_proven_one(made: Made, of: dict[str, Any]) -> None:
    made.exposures = [
        (place, moment)
        for place, moment in made.exposures
        if not (place.endswith("#KNOWN") and f"#{of['proven'][0]}#crossed" in moment)
    ]


def lose_a_direction_of_an_alias(made: Made, of: dict[str, Any]) -> None:
    made.exposures = [row for row in made.exposures if row[0] != "PERSON#older#ALIAS"]


def lose_a_row_of_the_restricted(made: Made, of: dict[str, Any]) -> None:
    made.listed = [row for row in made.listed if row[0] != "RESTRICTED"]


def lose_a_restriction(made: Made, of: dict[str, Any]) -> None:
    del made.rows[of["by_staff"][1][:NAME], "RESTRICTION#1#000"]


def lose_a_message(made: Made, of: dict[str, Any]) -> None:
    del made.messages[f"{of['codes'][0]} declaration_submitted"]


def lose_a_text(made: Made, of: dict[str, Any]) -> None:
    made.texts[made.phone_of(of["group"][0])].pop()


def lose_a_posting(made: Made, of: dict[str, Any]) -> None:
    made.staff["guard"]["postings"].clear()


def keep_an_event(made: Made, of: dict[str, Any]) -> None:
    made.rows[of["group"][0][:NAME], "NOTHING#0"] = {}


def leave_a_settled_conflict_in_the_list(made: Made, of: dict[str, Any]) -> None:
    made.listed.append(("CONFLICTS", f"{made.now()}#{of['conflict']}", {}))


def double_a_declaration(made: Made, of: dict[str, Any]) -> None:
    """One key, two forms on record."""
    made.declares(made.form(), key="a key")


def double_a_form(made: Made, of: dict[str, Any]) -> None:
    made.declares(made.form_of(of["codes"][0]), key="a key")


def double_a_crossing(made: Made, of: dict[str, Any]) -> None:
    """Two gates both hear that theirs is recorded."""
    asked = {"code": of["codes"][0], "checkpoint": "an-hoa", "decision": "admit", "reason": "another"}
    made.call(Kind.CROSS, "other guard", asked, 201, {**asked, "recorded_by": "other guard"})


def double_a_conflict(made: Made, of: dict[str, Any]) -> None:
    """What is the crossing of the pass contradicts itself."""
    name, first = of["group"][0][:NAME], made.fact(of["group"][0])
    conflict = {"id": f"{of['group'][0]}-1", "kind": "decided_otherwise", "crossing": first}
    made.rows[name, "CONFLICT#0#000"] = conflict
    made.listed += [(each, f"{made.now()}#{conflict['id']}", {}) for each in ("CONFLICTS", "CONFLICTS#an-hoa")]


def double_a_correction(made: Made, of: dict[str, Any]) -> None:
    name = of["conflict"][:NAME]
    again = {**made.rows[name, "CORRECTION#0#000"], "recorded_at": (START + timedelta(minutes=30)).isoformat()}
    made.rows[name, "CORRECTION#0#001"] = again
    change = {"code": of["codes"][0], "corrected_at": again["recorded_at"], "decision": "refuse"}
    made.listed.append(("CHANGES", f"{again['recorded_at']}#{of['codes'][0]}#CORRECTION", change))


def double_a_text(made: Made, of: dict[str, Any]) -> None:
    made.texts[made.phone_of(of["group"][0])] *= 2


def double_an_exposure(made: Made, of: dict[str, Any]) -> None:
    place, moment = made.exposures[-1]
    made.exposures.append((place, moment.replace("an-hoa", "an-tinh")))


def list_an_unproven_one_as_known(made: Made, of: dict[str, Any]) -> None:
    place, moment = next(row for row in made.exposures if row[0].startswith("PLATE") and of["codes"][0] in row[1])
    made.exposures.append((f"{place}#KNOWN", moment))


def list_what_staff_declared_as_unproven(made: Made, of: dict[str, Any]) -> None:
    made.exposures = [
        (place.removesuffix("#KNOWN") if of["by_staff"][0] in moment else place, moment)
        for place, moment in made.exposures
    ]


def tell_a_partner_about_somebody_elses_pass(made: Made, of: dict[str, Any]) -> None:
    made.told.append(of["codes"][0])


def text_who_declined(made: Made, of: dict[str, Any]) -> None:
    (code,) = (name for name, row in made.rows if row == "DECLARATION" and made.mark_of(name) == mark_of(of["silent"]))
    made.messages[f"{code}000 declaration_submitted"] = "sent"


def text_someone_about_nothing(made: Made, of: dict[str, Any]) -> None:
    made.texts[made.phone_of(of["group"][0])].append(
        "ma QR qua chot co 4 ky tu cuoi " + of["group"][0][-4:] + " da bi thu hoi"
    )


def hash_all_phones_alike(made: Made, of: dict[str, Any]) -> None:
    alike = {"": "PHONE#one", "KNOWN": "PHONE#one#KNOWN"}
    made.exposures = [
        (alike["".join(place.split("#")[2:])] if place.startswith("PHONE") else place, moment)
        for place, moment in made.exposures
    ]


def store_another_form(made: Made, of: dict[str, Any]) -> None:
    made.rows[of["group"][0][:NAME], "DECLARATION"]["form"]["trip"]["transport"]["plate"] = "51B-999.99"


def show_valid_after_the_crossing(made: Made, of: dict[str, Any]) -> None:
    made.state(of["codes"][0], "valid")


def show_used_before_the_crossing(made: Made, of: dict[str, Any]) -> None:
    code = made.declares()[0]
    made.state(code, "used")
    made.crosses(code)


def show_unknown_after_the_declaration(made: Made, of: dict[str, Any]) -> None:
    made.checks(of["codes"][1], "unknown")


def show_expired_before_its_time(made: Made, of: dict[str, Any]) -> None:
    made.state(of["codes"][1], "expired")


def go_back_in_time(made: Made, of: dict[str, Any]) -> None:
    """Two reads during one crossing: the first sees it, the second, which begins later, does not."""
    code = made.declares()[0]
    fact = made.crossing(code)
    asked = {name: fact[name] for name in ("code", "checkpoint", "decision", "reason")}
    began, start = made.seconds, START.timestamp()
    made.state(code, "used")
    made.state(code, "valid")
    crossing = made.call(Kind.CROSS, "guard", asked, 201, fact)
    made.calls[-1] = crossing._replace(began=start + began)


def show_half_a_vehicle(made: Made, of: dict[str, Any]) -> None:
    """Everyone was recorded in one transaction, and a manifest shows one of them without the other."""
    one, two = made.declares()
    with made.at_once():
        made.crosses_all([one, two])
        made.manifest({one: "used", two: "valid"})


def leave_half_a_vehicle(made: Made, of: dict[str, Any]) -> None:
    """The worker died in the middle."""
    codes = made.declares()
    made.call(Kind.GROUP, "guard", made.group(codes), 502, {})
    del made.rows[codes[1][:NAME], "CROSSING#1"]
    made.exposures = [row for row in made.exposures if f"{codes[1]}#crossed" not in row[1]]


def leave_what_was_refused(made: Made, of: dict[str, Any]) -> None:
    code = made.declares()[0]
    fact = made.crossing(code)
    asked = {name: fact[name] for name in ("code", "checkpoint", "decision", "reason")}
    made.call(Kind.CROSS, "guard", asked, 409, {"code": "pass_revoked"})


def leave_what_nobody_asked_for(made: Made, of: dict[str, Any]) -> None:
    made.crossing(of["codes"][1])


def name_another_member_of_staff(made: Made, of: dict[str, Any]) -> None:
    of["first"]["recorded_by"] = "other guard"


def name_another_first_crossing(made: Made, of: dict[str, Any]) -> None:
    made.is_refused(of["codes"][0], {**of["first"], "decision": "isolate"}, "other guard")


def refuse_its_own_crossing(made: Made, of: dict[str, Any]) -> None:
    asked = {name: of["first"][name] for name in ("code", "checkpoint", "decision", "reason")}
    made.call(Kind.CROSS, "guard", asked, 409, {"code": "crossing_already_recorded", "crossing": of["first"]})


def admit_after_the_revocation(made: Made, of: dict[str, Any]) -> None:
    made.crosses(of["codes"][2])


def refuse_before_the_revocation(made: Made, of: dict[str, Any]) -> None:
    asked = {"code": of["codes"][1], "checkpoint": "an-hoa", "decision": "admit", "reason": "early"}
    made.call(Kind.CROSS, "guard", asked, 409, {"code": "pass_revoked"})
    made.revokes(of["codes"][1])


def show_corrections_in_another_order(made: Made, of: dict[str, Any]) -> None:
    code = of["group"][0]
    facts = [made.corrects(code, "isolate"), made.corrects(code, "refuse", "other guard")]
    made.checks(code, "used", crossing=made.fact(code), corrections=facts[::-1])


def show_a_correction_before_it_was_made(made: Made, of: dict[str, Any]) -> None:
    code, look = of["group"][0], len(made.calls)
    made.checks(code, "used", crossing=made.fact(code))
    fact = made.corrects(code, "isolate")
    made.calls[look].answer["corrections"] = [fact]


def tell_gates_another_order(made: Made, of: dict[str, Any]) -> None:
    """The record has corrections by their numbers, gates have them by their times."""
    code = of["group"][0]
    one, two = made.corrects(code, "isolate"), made.corrects(code, "refuse")
    one["recorded_at"], two["recorded_at"] = two["recorded_at"], one["recorded_at"]


def leave_a_change_out_of_a_sync(made: Made, of: dict[str, Any]) -> None:
    made.revokes(of["codes"][1])
    made.syncs()


def settle_what_is_settled(made: Made, of: dict[str, Any]) -> None:
    other = {**of["settled"], "recorded_by": "other", "reason": "other"}
    refused = {"code": "conflict_settled", "settlement": other}
    made.call(Kind.SETTLE, "supervisor", {"decision": "admit", "reason": "x"}, 409, refused, about=of["conflict"])


def show_a_settled_conflict_as_open(made: Made, of: dict[str, Any]) -> None:
    corrections, open_ones = made.corrections(of["codes"][0]), [{"id": of["conflict"]}]
    made.checks(of["codes"][0], "used", crossing=of["first"], corrections=corrections, open_conflicts=open_ones)


def record_where_nobody_was_posted(made: Made, of: dict[str, Any]) -> None:
    made.crosses(of["codes"][1], checkpoint="an-tinh")


def refuse_someone_who_is_posted(made: Made, of: dict[str, Any]) -> None:
    asked = {"code": of["codes"][1], "checkpoint": "an-hoa", "decision": "admit", "reason": "posted"}
    made.call(Kind.CROSS, "guard", asked, 403, {"code": "staff_posted_elsewhere"})


def keep_an_old_posting_for_too_long(made: Made, of: dict[str, Any]) -> None:
    made.posts("guard", "an-tinh")
    made.seconds += 90
    made.crosses(of["codes"][1])


def answer_with_an_error_of_our_own(made: Made, of: dict[str, Any]) -> None:
    made.call(Kind.STATE, "public", None, 500, {"code": "internal_error"}, about=of["codes"][1])


def refuse_without_a_reason_that_is_known(made: Made, of: dict[str, Any]) -> None:
    made.call(Kind.STATE, "public", None, 404, {"code": "not_found"}, about=of["codes"][1])


def use_a_key_that_nobody_has(made: Made, of: dict[str, Any]) -> None:
    made.call(Kind.DECLARE, "public", made.form(), 422, {"code": "idempotency_key_reused"}, key="new")


Plant = Callable[[Made, dict[str, Any]], None]

_LOST: dict[Plant, str] = {
    lose_a_declaration: "is not its declaration",
    lose_a_crossing: "lost: the crossing",
    lose_a_conflict: "lost: the conflict",
    lose_a_correction: "lost: the correction",
    lose_a_settlement: "lost: the settlement",
    lose_a_revocation: "lost: the revocation",
    lose_a_change_for_gates: "gates read",
    lose_an_exposure: "lost: no exposure",
    lose_all_exposures_of_a_person: "lost: no exposure",
    lose_a_departure: "the departure of",
    invent_a_departure: "nobody asked for it",
    double_a_departure: "doubled",
    lose_a_visitor: "gates do not wait for it",
    lose_the_known_side_of_a_proven_one: "lost: no exposure",
    lose_a_direction_of_an_alias: "lost: no exposure",
    lose_a_row_of_the_restricted: "trials leave out",
    lose_a_restriction: "and no number 0",
    lose_a_message: "is lost, and not sent",
    lose_a_text: "lost: 0 texts",
    lose_a_posting: "which is not on record",
    leave_half_a_vehicle: "a part of the vehicle",
}
_DOUBLED: dict[Plant, str] = {
    double_a_declaration: "one idempotency key has the declarations",
    double_a_form: "doubled: the form",
    double_a_crossing: "lost: the crossing another",
    double_a_conflict: "doubled: mark",
    double_a_correction: "and the one before it",
    double_a_text: "texts were sent again",
    double_an_exposure: "an exposure that nothing explains",
    list_an_unproven_one_as_known: "an exposure that nothing explains",
    list_what_staff_declared_as_unproven: "an exposure that nothing explains",
    tell_a_partner_about_somebody_elses_pass: "which no partner declared",
    text_who_declined: "that nothing explains",
    text_someone_about_nothing: "and no message says so",
    hash_all_phones_alike: "one hash of 6 values",
}
_CONTRADICTED: dict[Plant, str] = {
    keep_an_event: "nobody knows such a row",
    leave_a_settled_conflict_in_the_list: "supervisors read",
    store_another_form: "is not the one that was sent",
    show_valid_after_the_crossing: "but that was over",
    show_used_before_the_crossing: "but that was over",
    show_unknown_after_the_declaration: "but that was over",
    show_expired_before_its_time: "its time says otherwise",
    go_back_in_time: "but that was over",
    show_half_a_vehicle: "the last before the first",
    leave_what_was_refused: "its call was refused",
    leave_what_nobody_asked_for: "nobody asked for it",
    name_another_member_of_staff: "names another than",
    name_another_first_crossing: "is another than the one on record",
    refuse_its_own_crossing: "is its own",
    admit_after_the_revocation: "but that was over",
    refuse_before_the_revocation: "but that was over",
    show_corrections_in_another_order: "are others than those on record",
    show_a_correction_before_it_was_made: "but that was over",
    tell_gates_another_order: "not in the order of their numbers",
    leave_a_change_out_of_a_sync: "sync by device",
    settle_what_is_settled: "its settlement is another",
    show_a_settled_conflict_as_open: "is open, and a correction settles it",
    record_where_nobody_was_posted: "recorded, and no posting",
    refuse_someone_who_is_posted: "refused, and no posting",
    keep_an_old_posting_for_too_long: "recorded, and no posting",
    answer_with_an_error_of_our_own: "no lost worker explains",
    refuse_without_a_reason_that_is_known: "nothing explains this refusal",
    use_a_key_that_nobody_has: "no other form has its idempotency key",
}


def _named(plants: dict[Plant, str]) -> list[Any]:
    return [pytest.param(plant, says, id=getattr(plant, "__name__", "")) for plant, says in plants.items()]


@pytest.mark.parametrize(("plant", "says"), _named(_LOST))
def test_what_is_lost_is_found(made: Made, plant: Plant, says: str) -> None:
    plant(made, everything(made))
    assert [each for each in found(made) if says in each], found(made)


@pytest.mark.parametrize(("plant", "says"), _named(_DOUBLED))
def test_what_is_doubled_is_found(made: Made, plant: Plant, says: str) -> None:
    plant(made, everything(made))
    assert [each for each in found(made) if says in each], found(made)


@pytest.mark.parametrize(("plant", "says"), _named(_CONTRADICTED))
def test_what_is_contradicted_is_found(made: Made, plant: Plant, says: str) -> None:
    plant(made, everything(made))
    assert [each for each in found(made) if says in each], found(made)


def test_a_worker_that_was_killed_may_have_sent_one_text_again(made: Made) -> None:
    of = everything(made)
    made.texts[made.phone_of(of["codes"][0])].append(f"ma QR qua chot {of['codes'][0]}")
    assert found(made, kills=1) == []
    assert found(made, kills=0) != []


def test_a_text_that_went_out_from_a_killed_worker_may_be_settled_as_late(made: Made) -> None:
    code = everything(made)["codes"][0]
    made.revokes(code)
    made.messages[f"{code} declaration_submitted"] = "late"
    assert found(made, kills=1) == []
    assert found(made, kills=0) != []


def test_a_call_without_an_answer_left_all_or_nothing(made: Made) -> None:
    codes = made.declares()
    made.call(Kind.GROUP, "guard", made.group(codes), 502, {})
    assert found(made) == []
    nothing = made.declares()
    asked = {"code": nothing[0], "checkpoint": "an-hoa", "decision": "admit", "reason": made.mark()}
    made.call(Kind.CROSS, "guard", asked, 0, None)
    made.state(nothing[0], "valid")
    assert found(made) == []


def test_answers_of_calls_that_overlap_may_come_in_any_order_that_explains_them(made: Made) -> None:
    one, two = made.declares()
    with made.at_once():
        first = made.crosses(one)
        made.is_refused(one, first, "other guard")
        made.state(one, "valid")
        made.state(one, "used")
        made.revokes(two)
        made.crosses(two)
        made.checks(two, "revoked")
    assert found(made) == []


def test_a_correction_may_be_sent_again_after_somebody_elses(made: Made) -> None:
    code = made.declares()[0]
    made.crosses(code)
    mine = made.corrects(code, "isolate")
    made.corrects(code, "admit", "other guard")
    again = made.corrects(code, "isolate")
    again["reason"] = mine["reason"]
    made.calls[-1].asked["reason"] = mine["reason"]
    assert found(made) == []


def test_a_posting_counts_for_a_minute_after_the_next_one(made: Made) -> None:
    made.posts("guard", "an-tinh")
    for code, checkpoint in zip(made.declares(), ("an-hoa", "an-tinh"), strict=True):
        made.crosses(code, checkpoint=checkpoint)
    assert found(made) == []


def test_what_others_left_in_the_tables_is_not_looked_at(made: Made) -> None:
    codes = made.declares()
    made.crossing(codes[0])
    del made.calls[-1]
    del made.rows[codes[0][:NAME], "DECLARATION"]["form"]["traveller"]["identity"]  # erased
    assert found(made) == []
