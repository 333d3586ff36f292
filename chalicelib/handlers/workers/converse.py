"""Converse: events of the Official Account get a reply, and Zalo's receipts are stored."""

from typing import Any

from chalice.app import SQSEvent

from chalicelib.handlers.workers.batches import handle_in_parallel
from chalicelib.models.conversations.events import read_event
from chalicelib.models.messaging.messages import Receipt
from chalicelib.services.conversations.replies import answer
from chalicelib.services.messaging.receipts import take_receipt
from chalicelib.wiring.conversations import responder
from chalicelib.wiring.messaging import messages


def converse(batch: SQSEvent) -> dict[str, Any]:
    """Handle all events of a batch in parallel: each waits for Zalo."""
    # Built before there are threads.
    responder()
    messages()
    return handle_in_parallel(batch, "converse", _handle)


def _handle(body: str) -> str:
    """Returns the metric that counts the outcome."""
    match read_event(body):
        case None:
            return "Conversation_dropped"
        case Receipt() as receipt:
            return take_receipt(receipt, messages=messages()).metric(receipt)
        case contribution:
            return f"Reply_{answer(contribution, responder=responder())}"
