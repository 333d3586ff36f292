"""Receipts: providers report the outcomes of messages that they accepted."""

from typing import TYPE_CHECKING

from chalicelib.models.messaging.messages import Receipt, ReceiptOutcome

if TYPE_CHECKING:
    from chalicelib.services.messaging.ports import Messages


def take_receipt(receipt: Receipt, *, messages: "Messages") -> ReceiptOutcome:
    """Record a receipt. It may be late or repeated. The caller counts the outcome.

    A receipt with any state settles an unsettled message as sent, because the provider has accepted it. This happens if
    the receipt is faster than the provider's answer, or if the answer was lost or the worker failed. So no worker sends
    that message again, even if its receipt reports a failure.
    """
    return messages.take_receipt(receipt)
