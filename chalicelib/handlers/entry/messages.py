"""Messages sent to the holder of a pass, for the holder and for staff who help."""

from datetime import datetime
from typing import Literal

from chalicelib import wiring
from chalicelib.handlers.entry.answers import CODE
from chalicelib.handlers.entry.pass_answers import SECRET
from chalicelib.http.answers import Answer
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped, PassSecretWrong, PassUnknown
from chalicelib.models.entry.records import pass_of
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.fields import with_offset
from chalicelib.models.messaging.messages import Channel, DeliveryOutcome
from chalicelib.models.staff.roles import SEE_HEALTH_ANYWHERE, SEE_PERSONS
from chalicelib.observability import audit
from chalicelib.services.entry import passes
from chalicelib.services.entry.messages import (
    MessageSubject,
    PassMessage,
    messages_about,
    without_decision,
    without_others,
)
from chalicelib.wiring.entry import entries
from chalicelib.wiring.messaging import messages
from chalicelib.wiring.staff import sees_health


class ShownMessage(Shape):
    """A message about a pass, without its text and the phone."""

    subject: MessageSubject
    """Its subject."""
    channel: Channel | None = None
    """The channel; left out if it was not sent."""
    outcome: DeliveryOutcome | None = None
    """Whether it was sent, or the reason why not; left out while it is being sent."""
    # Partners have a schema `DeliveryState`, of webhooks.
    state: Literal["sent", "failed", "delivered", "seen"] | None = None
    """The latest known state of a sent message."""
    sent_at: datetime | None = None
    """When it was sent."""
    state_at: datetime | None = None
    """The time of this state."""


class PassMessages(Shape):
    """The messages about a pass."""

    messages: list[ShownMessage]
    """In the order of sending; messages that were not sent are last."""


@serve(
    "GET",
    "/v1/passes/{code}/messages",
    summary="Messages about a pass",
    tag="travellers",
    errors=(CodeMistyped, PassUnknown, PassSecretWrong, ServiceUnavailable),
    parameters=(CODE, SECRET),
)
def list_own_messages(call: Call) -> Answer[PassMessages]:
    """For the holder. People with the same phone get one message about their declaration: it is listed under the first
    of them. A message is listed from the first attempt to send it. If the form declined messages or has no phone, there
    are none."""
    secret = call.headers.get("x-pass-secret", "")
    opened = passes.open_pass(call.path["code"], secret, records=entries(), keyed_hash=wiring.keyed_hash())
    return Answer(_shown(messages_about(opened.held, find=messages().about)))


@serve(
    "GET",
    "/v1/checkpoint/passes/{code}/messages",
    summary="Messages to the holder of a pass",
    tag="checkpoint",
    roles=SEE_PERSONS,
    looks=True,
    errors=(CodeMistyped, PassUnknown),
    parameters=(CODE,),
)
def list_messages(call: Call) -> Answer[PassMessages]:
    """To help a person who has got no message. People with the same phone get one message about their declaration: it
    is listed under the first of them. `admitted` reveals the decision at the gate. So it is left out wherever the
    crossing is left out: for roles that do not see health answers, and if the person's data is restricted. `other` is
    only for health officers: it may be about a stay, or warn a contact of a case. Every request is audited."""
    code = Code.parse(call.path["code"])
    held = pass_of(code, entries().find(code))
    audit(call.principal, action="look up messages", codes=[str(code)], why="messages about a pass")
    found = messages_about(held, find=messages().about)
    if held.is_restricted or not sees_health(call.principal):
        found = without_decision(found)
    if not call.principal.may(SEE_HEALTH_ANYWHERE):
        found = without_others(found)
    return Answer(_shown(found))


def _shown(found: list[PassMessage]) -> PassMessages:
    return PassMessages(
        messages=[
            ShownMessage(
                subject=subject,
                channel=message.channel,
                outcome=message.outcome,
                state=message.state and message.state.value,
                sent_at=_here(message.sent_at),
                state_at=_here(message.state_at),
            )
            for subject, message in found
        ]
    )


def _here(moment: datetime | None) -> datetime | None:
    return None if moment is None else with_offset(moment, wiring.offset())
