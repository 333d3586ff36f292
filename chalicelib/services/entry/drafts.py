"""Drafts: keep a form that is filled in ahead, and make the declaration of it when it is confirmed.

What can be judged days ahead is judged when a draft is saved. What holds only at the moment (the time of arrival, open
checkpoints, health answers, consent) is judged when it is confirmed, by `declarations.declare`, as in any form.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import DECLARATION_BITS, DRAFT, Code, plain_characters
from chalicelib.models.entry.drafts import (
    MOST_DAYS_AHEAD,
    MOST_DRAFTS,
    Appended,
    ConfirmationForm,
    Draft,
    DraftForm,
    has_answers,
)
from chalicelib.models.entry.errors import DraftConfirmed, DraftsUsedUp, DraftUnknown, IdempotencyKeyReused
from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.people import hashed
from chalicelib.models.people.citizens import Citizen
from chalicelib.services.entry.declarations import (
    Caller,
    Declared,
    Office,
    declare,
    pointer_of,
    problems_of_person,
    problems_of_proof,
    problems_of_route,
)
from chalicelib.services.entry.ports import Drafts


class DraftDesk(NamedTuple):
    """What drafts need."""

    office: Office
    drafts: Drafts


class SavedDraft(NamedTuple):
    """A draft, and whether it was stored before."""

    draft: Draft
    repeated: bool = False


def save_draft(form: DraftForm, *, citizen: Citizen, idempotency_key: str, desk: DraftDesk) -> SavedDraft:
    """Keep a form under the citizen's phone. The same key and form again get the draft that is kept.

    Raises
    ------
    InvalidInput
        With every field that cannot be accepted.
    IdempotencyKeyReused
        The key came with another form before, or its draft has been changed, deleted or confirmed since.
    DraftsUsedUp
        The phone has `MOST_DRAFTS`.
    """
    phone = citizen.phone_hash
    code = Code.of(desk.office.keyed_hash.bits(DECLARATION_BITS, "draft", phone, idempotency_key), DRAFT)
    kept = desk.drafts.find(phone, str(code))
    if kept is None:
        draft = _draft(str(code), form, citizen, desk)
        appended = desk.drafts.append(phone, draft)
        if appended is Appended.STORED:
            return SavedDraft(draft)
        if appended is Appended.NO_ROOM:
            raise DraftsUsedUp(most=MOST_DRAFTS)
        kept = desk.drafts.find(phone, str(code))
    if kept is None or kept.form != form:
        raise IdempotencyKeyReused
    return SavedDraft(kept, repeated=True)


def list_drafts(citizen: Citizen, *, desk: DraftDesk) -> list[Draft]:
    """The drafts of a phone, by the day that they are expected on."""
    drafts = desk.drafts.of_phone(citizen.phone_hash)
    return sorted(drafts, key=lambda each: (each.form.trip.expected_day, each.saved_at, each.id))


def find_draft(text: str, *, citizen: Citizen, desk: DraftDesk) -> Draft:
    """The citizen's draft with this id. Raises `DraftUnknown`, also for a draft of another phone."""
    draft = desk.drafts.find(citizen.phone_hash, plain_characters(text))
    if draft is None:
        raise DraftUnknown
    return draft


def change_draft(text: str, form: DraftForm, *, citizen: Citizen, desk: DraftDesk) -> Draft:
    """Replace the form of a draft. Raises `DraftUnknown` and `InvalidInput`."""
    kept = find_draft(text, citizen=citizen, desk=desk)
    changed = _draft(kept.id, form, citizen, desk)
    if not desk.drafts.replace(citizen.phone_hash, kept, changed):
        raise DraftUnknown
    return changed.model_copy(update={"slot": kept.slot})


def delete_draft(text: str, *, citizen: Citizen, desk: DraftDesk) -> Draft:
    """Delete a draft, and give it a last time. Raises `DraftUnknown`."""
    kept = find_draft(text, citizen=citizen, desk=desk)
    if not desk.drafts.delete(citizen.phone_hash, kept):
        raise DraftUnknown
    return kept


def confirm_draft(text: str, form: ConfirmationForm, *, citizen: Citizen, desk: DraftDesk) -> Declared:
    """Make the declaration of a draft, which leaves. A repetition gets the first declaration.

    The draft's id is the declaration's idempotency key. So if this is interrupted after the declaration was stored, the
    repetition finds it, whatever is left of the draft.

    Raises
    ------
    DraftUnknown
        The phone has no such draft.
    DraftConfirmed
        It was confirmed with other answers, or changed during its confirmation.
    InvalidInput
        Pointers to health answers, arrival and consent are into this form; others name a field of the draft.
    """
    phone, name = citizen.phone_hash, plain_characters(text)
    draft = desk.drafts.find(phone, name)
    if draft is None:
        return _confirmed_before(phone, name, form, desk)
    if len(form.health) != (persons := len(draft.form.persons)):
        raise InvalidInput([FieldProblem("/health", "health_answers_do_not_fit", {"persons": persons})])
    try:
        declared = declare(
            draft.confirmed(form), caller=Caller("draft", citizen=citizen), idempotency_key=name, office=desk.office
        )
    except InvalidInput as refused:
        raise InvalidInput([_within_confirmation(each, persons) for each in refused.problems]) from None
    except IdempotencyKeyReused:
        raise DraftConfirmed from None
    desk.drafts.confirm(phone, draft, declared.code)
    return declared


def _confirmed_before(phone: str, name: str, form: ConfirmationForm, desk: DraftDesk) -> Declared:
    code = desk.drafts.confirmed_as(phone, name)
    stored = desk.office.declarations.find_declaration(code) if code else None
    if code is None or stored is None:
        raise DraftUnknown
    if not has_answers(stored.form, form):
        raise DraftConfirmed
    return Declared(code, stored, repeated=True)


def _draft(name: str, form: DraftForm, citizen: Citizen, desk: DraftDesk) -> Draft:
    office = desk.office
    now = office.clock().astimezone(ZoneInfo(office.province.time_zone)).replace(microsecond=0)
    problems = list(_problems(form, citizen, now, office))
    if problems:
        raise InvalidInput(problems)
    of_persons = [office.keyed_hash.text(hashed.PERSON, each.identifying_text) for each in form.persons]
    return Draft(id=name, slot=0, form=form, saved_at=now, hashed=of_persons)


def _problems(form: DraftForm, citizen: Citizen, now: datetime, office: Office) -> Iterator[FieldProblem]:
    if form.traveller.phone is None:
        yield FieldProblem("/traveller/phone", "phone_missing")
    for number, person in enumerate(form.persons):
        yield from problems_of_person(person, number, now)
    yield from problems_of_proof(form.traveller.phone, citizen, office.keyed_hash)
    day, today = form.trip.expected_day, now.date()
    if day < today:
        yield FieldProblem("/trip/expected_day", "draft_day_past")
    if day > today + timedelta(days=MOST_DAYS_AHEAD):
        yield FieldProblem("/trip/expected_day", "draft_day_too_far_ahead", {"days": MOST_DAYS_AHEAD})
    yield from problems_of_route(form.trip, office.in_force.current(), office.province)
    if form.trip.stay_until and form.trip.stay_until < today:
        yield FieldProblem("/trip/stay_until", "stay_ends_in_past")


def _within_confirmation(problem: FieldProblem, persons: int) -> FieldProblem:
    """A problem of the declaration's form, where it is in the confirmation's; unchanged if it is in the draft."""
    if problem.pointer == "/trip/expected_arrival":
        return problem._replace(pointer="/expected_arrival")
    for number in range(persons):
        within = f"{pointer_of(number)}/health/"
        if problem.pointer.startswith(within):
            return problem._replace(pointer=f"/health/{number}/{problem.pointer.removeprefix(within)}")
    return problem
