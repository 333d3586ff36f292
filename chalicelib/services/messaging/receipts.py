"""Receipts: what a provider says about a message that it took."""

from chalicelib.models.messaging.messages import Receipt
from chalicelib.services.messaging.ports import Receipts


def take_receipt(receipt: Receipt, *, messages: Receipts) -> None:
    """Record it with its message. One that leads to no message is dropped: the message has left, or is another
    system's."""
    messages.take_receipt(receipt)
