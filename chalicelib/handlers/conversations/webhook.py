"""Zalo sends the events of the Official Account."""

import json

from chalicelib.http.answers import Answer
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import Shape
from chalicelib.models import errors
from chalicelib.models.conversations.errors import ZaloSignatureWrong
from chalicelib.models.messaging.errors import ZaloNotSetUp
from chalicelib.observability import count
from chalicelib.wiring.queues import queue_conversation
from chalicelib.wiring.zalo import is_signed

_SIGNATURE = parameter(
    "header",
    "X-ZEvent-Signature",
    "`mac=` and the SHA-256, in hexadecimal digits, of the app's id, the body, its `timestamp` and the secret of the "
    "Official Account, one after the other.",
)


class ReceivedEvent(Shape):
    """The answer to an event."""

    queued: bool
    """False for the empty object with which Zalo tests the address."""


@serve(
    "POST",
    "/v1/zalo/webhook",
    summary="Hand over an event",
    tag="zalo",
    errors=(ZaloNotSetUp, ZaloSignatureWrong, errors.ServiceUnavailable),
    parameters=(_SIGNATURE,),
)
def receive_zalo_event(call: Call[bytes]) -> Answer[ReceivedEvent]:
    """Zalo calls this route when a person writes to the province's Official Account, follows it, or has got a message.
    The event is queued, and a worker answers. An empty object needs no signature, and does nothing."""
    signature = call.headers.get("x-zevent-signature", "")
    if not signature and call.body.strip() == b"{}":
        return Answer(ReceivedEvent(queued=False))
    if not is_signed(call.body, signature):
        count("Conversation_forged")
        raise ZaloSignatureWrong
    # A text that was cut inside a character ends with half of it, which the worker could not parse.
    whole = json.dumps(json.loads(call.body), ensure_ascii=False).encode(errors="replace")
    # In ASCII: a queue refuses characters that are not allowed in XML.
    queue_conversation(json.dumps(json.loads(whole), separators=(",", ":")))
    count("Conversation_received")
    return Answer(ReceivedEvent(queued=True))
