"""SMS through eSMS, which reaches Vietnam's operators under a registered brand name.

    https://developers.esms.vn/en/esms-api/send-sms-api/send-otp-customer-care-message
    https://developers.esms.vn/en/esms-api/table-of-error-codes
    https://developers.esms.vn/en/esms-api/callback-url

It accepts a message with a `RequestId` once: a repetition gets the code 124 and is not sent. No exception of
this module has a person's data in its text.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from pydantic_core import to_json

from chalicelib.adapters.provider_http import ask, read_object
from chalicelib.models.messaging.messages import (
    Channel,
    DeliveryState,
    Outgoing,
    PermanentRefusal,
    Receipt,
    RequestRejected,
    TemporaryFailure,
)

_TAKEN, _TAKEN_BEFORE = "100", "124"
_WRONG_PHONE = "108"
_OURS = frozenset({"101", "102", "103", "104", "118", "119", "131", "132", "140", "146", "177", "300"})
"""Keys, prices, balance, brand name, kind of message, length, our address, template, an operator that does not know the
brand name. All other codes are taken as temporary, including 99: eSMS documents it both as a failed connection and as a
blocked number."""

_CUSTOMER_CARE = "2"
"""The kind of message for a customer's own matter."""

_STATES = {"1": DeliveryState.SENT, "2": DeliveryState.SENT, "4": DeliveryState.FAILED, "7": DeliveryState.SENT}
"""Values of `SendStatus`: awaits approval, waits, was rejected, is with the operator."""
_DONE = "5"
"""The operator has reported. Whether the phone has it is in `SendSuccess`."""
_LONGEST_TRACKING = 48


class Esms(NamedTuple):
    """An account at eSMS. `callback_url` gets the receipts of messages."""

    url: str
    api_key: str
    secret_key: str
    brandname: str
    callback_url: str

    def __repr__(self) -> str:
        return f"Esms({self.brandname})"

    def send_sms(self, outgoing: Outgoing) -> str:
        """Send a text to a phone. Returns eSMS's id of the message, which is empty if eSMS had accepted it before.

        Raises `PermanentRefusal`, `RequestRejected` or `TemporaryFailure`, of which `Throttled` is one.
        """
        content = {
            "ApiKey": self.api_key,
            "SecretKey": self.secret_key,
            "Phone": _as_dialled(outgoing.phone),
            "Content": outgoing.text,
            "Brandname": self.brandname,
            "SmsType": _CUSTOMER_CARE,
            "IsUnicode": "0" if outgoing.text.isascii() else "1",
            "RequestId": outgoing.tracking,
            "CallbackUrl": self.callback_url,
        }
        url = f"{self.url}/MainService.svc/json/SendMultipleMessage_V4_post_json/"
        answer = read_object(ask("POST", url, {"content-type": "application/json"}, to_json(content)))
        code = answer.get("CodeResult")
        if not isinstance(code, str | int):
            raise TemporaryFailure("unreadable")
        code = str(code)
        if code in (_TAKEN, _TAKEN_BEFORE):
            return str(answer.get("SMSID") or "")
        raise _kind(code)(code[:20])


def receipt_of(params: Mapping[str, str], at: datetime) -> Receipt | None:
    """The receipt in the query of eSMS's callback, which has no time. None if it is not about our message, or has an
    unknown state."""
    tracking, status = params.get("RequestId", ""), params.get("SendStatus", "")
    if status == _DONE:
        # One message has one phone.
        state = DeliveryState.DELIVERED if params.get("SendSuccess") == "1" else None
        if params.get("SendFailed") == "1":
            state = DeliveryState.FAILED
    else:
        state = _STATES.get(status)
    if state is None or not 0 < len(tracking) <= _LONGEST_TRACKING:
        return None
    return Receipt(Channel.SMS, tracking, state, at)


def _kind(code: str) -> type[Exception]:
    if code == _WRONG_PHONE:
        return PermanentRefusal
    return RequestRejected if code in _OURS else TemporaryFailure


def _as_dialled(phone: str) -> str:
    """A Vietnamese number as it is dialled in Vietnam."""
    return f"0{phone.removeprefix('+84')}" if phone.startswith("+84") else phone.removeprefix("+")
