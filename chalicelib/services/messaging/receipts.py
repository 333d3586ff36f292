"""Receipts: providers say what became of the messages that they took."""

from typing import TYPE_CHECKING

from chalicelib.models.messaging.messages import Receipt, ReceiptOutcome

if TYPE_CHECKING:
    from chalicelib.services.messaging.ports import Messages


def take_receipt(receipt: Receipt, *, messages: "Messages") -> ReceiptOutcome:
    """Record what a receipt says, whenever and however often it comes. The caller counts the outcome.

    A receipt of a message that is not settled settles it as sent, whatever its state: the provider has it. That is so
    if the receipt is faster than the provider's answer, and if the answer was lost or the worker died. So nobody sends
    that message again, and nobody sends again what a receipt says has failed.
    """
    return messages.take_receipt(receipt)
