"""eSMS, an SMS provider in Vietnam: what it says about a message that it took.

https://developers.esms.vn/esms-api/callback-url
"""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.models.messaging.messages import Channel, DeliveryState, Receipt

_REJECTED, _DONE, _WITH_THE_OPERATOR = "4", "5", "7"
"""Values of `SendStatus`. Of a message that is done, the counts of phones say how it ended."""


def receipt_of(params: Mapping[str, str], at: datetime) -> Receipt | None:
    """The receipt in the parameters of a callback, which came at this moment; None if there is no news in it.

    `RequestId` is the `tracking` that the message was sent with.
    """
    tracking, status = params.get("RequestId", ""), params.get("SendStatus", "")
    if not tracking:
        return None
    state = {_REJECTED: DeliveryState.FAILED, _WITH_THE_OPERATOR: DeliveryState.SENT}.get(status)
    if status == _DONE:
        reached = params.get("SendSuccess", "").isdigit() and int(params["SendSuccess"]) > 0
        state = DeliveryState.DELIVERED if reached else DeliveryState.FAILED
    return None if state is None else Receipt(Channel.SMS, tracking, state, at)
