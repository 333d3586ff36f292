"""Citizens fill in a form days ahead, and confirm it on the road."""

from datetime import datetime
from functools import partial

from chalicelib.handlers.entry.answers import DRAFT
from chalicelib.handlers.entry.idempotency_keys import IDEMPOTENCY_ERRORS, idempotency_key, idempotency_parameter
from chalicelib.handlers.entry.issued_passes import answer_to
from chalicelib.handlers.entry.pass_answers import IssuedPasses
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.drafts import ConfirmationForm, Draft, DraftForm, DraftTrip
from chalicelib.models.entry.errors import DraftConfirmed, DraftsUsedUp, DraftUnknown
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.people.languages import Language
from chalicelib.models.people.persons import PersonDetails
from chalicelib.observability import count
from chalicelib.services.entry import drafts
from chalicelib.wiring.entry import draft_desk


class KeptDraft(Shape):
    """A draft as its phone reads it."""

    id: str
    """Its id: 16 characters."""
    saved_at: datetime
    """When it was saved, or changed last."""
    traveller: PersonDetails
    """The person who will declare."""
    companions: list[PersonDetails]
    """In the form's order."""
    trip: DraftTrip
    """The trip of all of them."""
    language: Language
    """The language of the messages about the declaration."""
    remind: bool
    """Whether a message reminds the traveller of it on its day."""


class KeptDrafts(Shape):
    """The drafts of a phone, five at most."""

    drafts: list[KeptDraft]
    """By the day that they are expected on."""


@serve(
    "POST",
    "/v1/drafts",
    summary="Save a draft",
    tag="travellers",
    status=201,
    headers=("Location", "Idempotent-Replayed"),
    needs_citizen=True,
    writes=True,
    errors=(*IDEMPOTENCY_ERRORS, DraftsUsedUp, ServiceUnavailable),
    parameters=(idempotency_parameter("draft", "the draft", "5e2f4a86-0f5d-4b0e-9d3a-000000000040"),),
)
def save_draft(call: Call[DraftForm]) -> Answer[KeptDraft]:
    """Fill in the form at home, and confirm it on the road. It is checked like a declaration, except for what can be
    judged only on the road. A phone has at most five drafts. A draft is deleted when it is confirmed, or at the end of
    the day after `expected_day`. One message reminds the traveller of it: an hour before `expected_time`, or in the
    morning of `expected_day` if there is no time; with `remind: false` there is none. A draft is not a declaration:
    nobody else sees it, and no gate knows it."""
    saved = drafts.save_draft(call.body, citizen=call.owner, idempotency_key=idempotency_key(call), desk=draft_desk())
    if not saved.repeated:
        count("Drafts_saved")
    headers = {"Location": f"{call.base_url}/v1/drafts/{saved.draft.id}", **replayed(saved.repeated)}
    return Answer(_kept(saved.draft), headers)


@serve(
    "GET",
    "/v1/drafts",
    summary="List the drafts of a phone",
    tag="travellers",
    needs_citizen=True,
    errors=(ServiceUnavailable,),
)
def list_drafts(call: Call) -> Answer[KeptDrafts]:
    """All that this phone has saved and not confirmed."""
    listed = drafts.list_drafts(call.owner, desk=draft_desk())
    return Answer(KeptDrafts(drafts=[_kept(each) for each in listed]))


_of_draft = partial(
    serve,
    path="/v1/drafts/{id}",
    tag="travellers",
    needs_citizen=True,
    errors=(DraftUnknown, ServiceUnavailable),
    parameters=(DRAFT,),
)


@_of_draft("GET", summary="Read a draft")
def get_draft(call: Call) -> Answer[KeptDraft]:
    """Only with the token of the phone that saved it."""
    return Answer(_kept(drafts.find_draft(call.path["id"], citizen=call.owner, desk=draft_desk())))


@_of_draft("PUT", summary="Change a draft", writes=True)
def change_draft(call: Call[DraftForm]) -> Answer[KeptDraft]:
    """Send the whole form. It replaces the former one, and is checked in the same way."""
    return Answer(_kept(drafts.change_draft(call.path["id"], call.body, citizen=call.owner, desk=draft_desk())))


@_of_draft("DELETE", summary="Delete a draft", writes=True)
def delete_draft(call: Call) -> Answer[KeptDraft]:
    """The answer has the deleted draft."""
    return Answer(_kept(drafts.delete_draft(call.path["id"], citizen=call.owner, desk=draft_desk())))


@serve(
    "POST",
    "/v1/drafts/{id}/confirmation",
    summary="Confirm a draft",
    tag="travellers",
    status=201,
    headers=("Location", "Idempotent-Replayed"),
    needs_citizen=True,
    writes=True,
    errors=(DraftUnknown, DraftConfirmed, ServiceUnavailable),
    parameters=(DRAFT,),
)
def confirm_draft(call: Call[ConfirmationForm]) -> Answer[IssuedPasses]:
    """At most one hour before arrival, with the health answers of that moment. It makes the declaration as
    `POST /v1/declarations` does, with the same checks and the same answer, and its origin is `proven`. The draft is
    deleted. No Idempotency-Key is needed: the same confirmation again gets the first answer. The `pointer` of an error
    that begins with `/traveller`, `/companions` or `/trip` names a field of the draft: change the draft first."""
    declared = drafts.confirm_draft(call.path["id"], call.body, citizen=call.owner, desk=draft_desk())
    if not declared.repeated:
        count("Drafts_confirmed")
    return answer_to(declared, call)


def _kept(draft: Draft) -> KeptDraft:
    form = draft.form
    return KeptDraft(
        id=draft.id,
        saved_at=draft.saved_at,
        traveller=form.traveller,
        companions=form.companions,
        trip=form.trip,
        language=form.language,
        remind=form.remind,
    )
