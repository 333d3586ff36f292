"""Health officers inform contacts by a wave of messages."""

from chalicelib.handlers.cases.cases import CASE_PARAMETER, TAG, audit_case
from chalicelib.handlers.cases.contact_answers import Names
from chalicelib.handlers.entry.idempotency_keys import IDEMPOTENCY_ERRORS, idempotency_key, idempotency_parameter
from chalicelib.handlers.staff.waves import ShownWave, shown
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.cases.errors import CaseUnknown, NobodyToTell, TellingTooLarge
from chalicelib.models.cases.forms import TellingForm
from chalicelib.models.cases.tellings import NotReachable
from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.staff.roles import RUN_CASES
from chalicelib.observability import count
from chalicelib.services.cases.tellings import tell
from chalicelib.wiring.cases import teller

_KEY = idempotency_parameter("wave", "the same wave", "5e2f4a86-0f5d-4b0e-9d3a-000000000030")


class ContactToCall(Shape):
    """A contact who can get no message: an officer calls."""

    contact: str
    """The contact's id in this case."""
    why: NotReachable
    """Why no message is sent."""


class ToldWave(Shape):
    """The wave, and the contacts that it cannot reach."""

    wave: ShownWave
    """The wave. It waits until somebody releases it: `POST /v1/waves/{id}/release`."""
    chosen: int
    """How many contacts can get a message. Contacts with the same phone get one message. Another wave made at the same
    moment may already include some of them."""
    told_before: int
    """How many contacts were left out because another wave of this case includes them."""
    not_reachable_by_message: list[ContactToCall]
    """The contacts to call."""


@serve(
    "POST",
    "/v1/cases/{case}/waves",
    summary="Send messages to contacts",
    tag=TAG,
    status=201,
    roles=RUN_CASES,
    looks=True,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(CodeMistyped, CaseUnknown, NobodyToTell, TellingTooLarge, *IDEMPOTENCY_ERRORS),
    parameters=(CASE_PARAMETER, _KEY),
    body_limit=64 * 1024,
)
def tell_contacts(call: Call[TellingForm]) -> Answer[ToldWave]:
    """Make a wave of messages to contacts. Each contact gets one message for each case, over all its waves. The text
    names the day and the kind of place, but not the case or the exact place. Nothing is sent until somebody releases
    the wave."""
    made = tell(
        call.path["case"], call.body, staff=call.principal, idempotency_key=idempotency_key(call), teller=teller()
    )
    wave, telling, names = made.record.wave, made.telling, Names(made.file)
    told = [found for each in telling.chosen if (found := names.of(each.person)) is not None]
    audit_case(call, made.file.case, told, action="tell contacts", why=f"{wave.id}: {call.body.reason}")
    if not made.repeated:
        count("Waves_of_contacts")
    answer = ToldWave(
        wave=shown(made.record),
        chosen=len(telling.chosen),
        told_before=telling.told_before,
        not_reachable_by_message=[ContactToCall(contact=each, why=why) for each, why in telling.not_reachable.items()],
    )
    return Answer(answer, replayed(made.repeated))
