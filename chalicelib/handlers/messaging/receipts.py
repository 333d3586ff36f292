"""The SMS provider says what became of a message.

Its parameters include a phone number. No log has a query: neither our lines nor the gateway's (`infra/template.yaml`).
"""

import hmac

from pydantic import ConfigDict

from chalicelib.http.answers import Answer
from chalicelib.http.queries import Query
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import Shape
from chalicelib.models import errors
from chalicelib.observability import count
from chalicelib.services.messaging.receipts import take_receipt
from chalicelib.wiring.messaging import messages, receipts_token
from chalicelib.wiring.providers import receipt_of

_TOKEN = parameter("path", "token", "The secret of the address that the provider was given.")


class SmsReceiptQuery(Query):
    """The provider's own parameters, and those that it adds some day."""

    model_config = ConfigDict(extra="allow")


class TakenReceipt(Shape):
    """A receipt that was read."""

    taken: bool
    """Whether it had any news."""


@serve(
    "GET",
    "/v1/sms/receipts/{token}",
    summary="Hand over a receipt",
    tag="reference",
    described=False,
    errors=(errors.NotFound, errors.ServiceUnavailable),
    parameters=(_TOKEN,),
)
def receive_sms_receipt(call: Call[None, SmsReceiptQuery]) -> Answer[TakenReceipt]:
    """eSMS calls it, at the address that each message is sent with."""
    if not hmac.compare_digest(call.path["token"].encode(), receipts_token().encode()):
        raise errors.NotFound
    receipt = receipt_of(call.query.model_extra or {})
    if receipt is not None:
        count(take_receipt(receipt, messages=messages()).metric(receipt))
    return Answer(TakenReceipt(taken=receipt is not None))
