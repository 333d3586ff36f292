"""What eSMS says about a message."""

import pytest

from chalicelib.adapters.esms import receipt_of
from chalicelib.models.messaging.messages import Channel, DeliveryState, Receipt
from tests.forms import NOW


@pytest.mark.parametrize(
    ("status", "reached", "state"),
    [
        ("4", "0", DeliveryState.FAILED),
        ("5", "1", DeliveryState.DELIVERED),
        ("5", "0", DeliveryState.FAILED),
        ("5", "", DeliveryState.FAILED),
        ("7", "0", DeliveryState.SENT),
    ],
)
def test_a_status_is_a_state(status: str, reached: str, state: DeliveryState) -> None:
    params = {"RequestId": "code.declared", "SendStatus": status, "SendSuccess": reached, "phonenumber": "0912345678"}
    assert receipt_of(params, NOW) == Receipt(Channel.SMS, "code.declared", state, NOW)


@pytest.mark.parametrize(
    "params", [{}, {"SendStatus": "5"}, {"RequestId": "a.b", "SendStatus": "1"}, {"RequestId": "a"}]
)
def test_what_has_no_news_is_none(params: dict[str, str]) -> None:
    assert receipt_of(params, NOW) is None
