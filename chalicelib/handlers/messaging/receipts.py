"""The SMS provider sends receipts of messages.

The query has a phone number. So no log has queries: neither our log lines nor the gateway's (`infra/template.yaml`).
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

_TOKEN = parameter("path", "token", "The secret in the address that the provider calls.")


class SmsReceiptQuery(Query):
    """The provider's parameters, including any that it adds in the future."""

    model_config = ConfigDict(extra="allow")


class TakenReceipt(Shape):
    """The answer to a receipt."""

    taken: bool
    """Whether it changed the recorded state."""


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
    """eSMS calls this route. Each message is sent with its address."""
    if not hmac.compare_digest(call.path["token"].encode(), receipts_token().encode()):
        raise errors.NotFound
    receipt = receipt_of(call.query.model_extra or {})
    if receipt is not None:
        count(take_receipt(receipt, messages=messages()).metric(receipt))
    return Answer(TakenReceipt(taken=receipt is not None))
