"""Drafts: what is kept, and what a confirmation makes of it, whatever dies in between."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.entry.codes import DRAFT, Code
from chalicelib.models.entry.drafts import ConfirmationForm, Draft, DraftForm
from chalicelib.models.entry.errors import DraftConfirmed, DraftUnknown, IdempotencyKeyReused
from chalicelib.models.errors import InvalidInput
from chalicelib.models.people import hashed
from chalicelib.models.people.citizens import Citizen
from chalicelib.services.entry.drafts import (
    DraftDesk,
    change_draft,
    confirm_draft,
    delete_draft,
    find_draft,
    list_drafts,
    save_draft,
)
from tests.forms import NOW, form
from tests.unit.fakes.entry import Drafts
from tests.unit.world import World


@pytest.fixture
def desk(world: World) -> DraftDesk:
    return DraftDesk(world.office(), Drafts())


@pytest.fixture
def citizen(world: World) -> Citizen:
    return Citizen(world.keyed_hash.text(hashed.PHONE, "+84912345678"))


def draft_form(companions: int = 0, **trip: Any) -> DraftForm:
    sent = form(companions=companions)
    for each in (sent["traveller"], *sent["companions"]):
        del each["health"]
    del sent["consent"], sent["trip"]["expected_arrival"]
    sent["trip"] |= {"expected_day": "2021-07-22", **trip}
    return DraftForm.model_validate_json(json.dumps(sent))


def confirmation(companions: int = 0, **changes: Any) -> ConfirmationForm:
    sent = form(companions=companions)
    people = [sent["traveller"], *sent["companions"]]
    body = {
        "health": [each["health"] for each in people],
        "expected_arrival": sent["trip"]["expected_arrival"],
        "consent": sent["consent"],
        **changes,
    }
    return ConfirmationForm.model_validate_json(json.dumps(body))


def saved(desk: DraftDesk, citizen: Citizen, companions: int = 0, **trip: Any) -> Draft:
    return save_draft(draft_form(companions, **trip), citizen=citizen, idempotency_key="key", desk=desk).draft


def test_a_draft_has_a_code_that_is_no_pass_s(desk: DraftDesk, citizen: Citizen) -> None:
    draft = saved(desk, citizen)
    assert Code.parse(draft.id).person == DRAFT
    assert find_draft(draft.id.lower(), citizen=citizen, desk=desk) == draft
    with pytest.raises(DraftUnknown):
        find_draft("?", citizen=citizen, desk=desk)


def test_a_confirmed_draft_is_the_declaration_of_the_whole_form(
    world: World, desk: DraftDesk, citizen: Citizen
) -> None:
    draft = saved(desk, citizen, 2)
    declared = confirm_draft(draft.id, confirmation(2), citizen=citizen, desk=desk)
    same = world.declare(form(companions=2))
    assert declared.declaration.form == same.declaration.form
    assert declared.declaration.origin == "proven"
    assert list_drafts(citizen, desk=desk) == []


def test_a_confirmation_that_was_interrupted_is_finished(world: World, desk: DraftDesk, citizen: Citizen) -> None:
    """The declaration was stored, and the draft did not leave."""
    draft = saved(desk, citizen)
    first = confirm_draft(draft.id, confirmation(), citizen=citizen, desk=desk)
    assert isinstance(desk.drafts, Drafts)
    desk.drafts.kept[citizen.phone_hash][0] = draft
    world.clock.advance(hours=2)
    again = confirm_draft(draft.id, confirmation(), citizen=citizen, desk=desk)
    assert (again.code, again.declaration, again.repeated) == (first.code, first.declaration, True)
    assert list_drafts(citizen, desk=desk) == []
    assert world.entries.declarations.keys() == {first.code.declaration}


def test_a_draft_that_is_changed_during_its_confirmation_makes_no_second_declaration(
    world: World, desk: DraftDesk, citizen: Citizen
) -> None:
    draft = saved(desk, citizen)
    confirm_draft(draft.id, confirmation(), citizen=citizen, desk=desk)
    assert isinstance(desk.drafts, Drafts)
    desk.drafts.kept[citizen.phone_hash][0] = draft.model_copy(update={"form": draft_form(stay_until="2021-07-30")})
    with pytest.raises(DraftConfirmed):
        confirm_draft(draft.id, confirmation(), citizen=citizen, desk=desk)
    assert len(world.entries.declarations) == 1


def test_a_confirmation_with_other_answers_is_refused(desk: DraftDesk, citizen: Citizen) -> None:
    draft = saved(desk, citizen)
    confirm_draft(draft.id, confirmation(), citizen=citizen, desk=desk)
    arrival = (NOW + timedelta(minutes=40)).isoformat()
    with pytest.raises(DraftConfirmed):
        confirm_draft(draft.id, confirmation(expected_arrival=arrival), citizen=citizen, desk=desk)


def test_a_problem_of_the_draft_keeps_its_pointer(world: World, desk: DraftDesk, citizen: Citizen) -> None:
    """The checkpoint was closed after the draft was saved."""
    draft = saved(desk, citizen, checkpoint="an-tinh")
    with pytest.raises(InvalidInput) as refused:
        confirm_draft(draft.id, confirmation(), citizen=citizen, desk=desk)
    assert [(each.pointer, each.code) for each in refused.value.problems] == [("/trip/checkpoint", "checkpoint_closed")]
    changed = change_draft(draft.id, draft_form(), citizen=citizen, desk=desk)
    assert confirm_draft(changed.id, confirmation(), citizen=citizen, desk=desk).declaration
    assert len(world.entries.declarations) == 1


def test_a_key_makes_one_draft(desk: DraftDesk, citizen: Citizen) -> None:
    first = save_draft(draft_form(), citizen=citizen, idempotency_key="key", desk=desk)
    again = save_draft(draft_form(), citizen=citizen, idempotency_key="key", desk=desk)
    assert (again.draft, first.repeated, again.repeated) == (first.draft, False, True)
    with pytest.raises(IdempotencyKeyReused):
        saved(desk, citizen, companions=1)
    delete_draft(first.draft.id, citizen=citizen, desk=desk)
    with pytest.raises(IdempotencyKeyReused):
        saved(desk, citizen)


@pytest.mark.parametrize(("day", "accepted"), [("21", False), ("22", True), ("05", True), ("06", False)])
def test_a_day_is_at_most_14_days_ahead(desk: DraftDesk, citizen: Citizen, day: str, accepted: bool) -> None:
    expected = f"2021-08-{day}" if day.startswith("0") else f"2021-07-{day}"
    try:
        saved(desk, citizen, expected_day=expected)
    except InvalidInput:
        assert not accepted
    else:
        assert accepted


def test_persons_are_found_by_keyed_hashes(world: World, desk: DraftDesk, citizen: Citizen) -> None:
    draft = saved(desk, citizen, 1)
    texts = [each.identifying_text for each in draft.form.persons]
    assert draft.hashed == [world.keyed_hash.text(hashed.PERSON, text) for text in texts]
