"""What SNS answers to a text, in the words of messaging."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.adapters import aws
from chalicelib.adapters.sns import send_sms
from chalicelib.models.messaging.messages import PermanentRefusal, RequestRejected, TemporaryFailure, Throttled


def refusal(code: str, about: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"about {about} +84912345678"}}, "Publish")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        *((refusal(code), Throttled) for code in ("Throttled", "Throttling", "ThrottledException")),
        *((refusal(code), PermanentRefusal) for code in ("OptedOut", "InvalidParameter")),
        (refusal("InvalidParameter", "AWS.SNS.SMS.SenderID"), RequestRejected),  # an operator must fix SmsSender
        *((refusal(code), TemporaryFailure) for code in ("InternalError", "SomethingNew")),
        (ReadTimeoutError(endpoint_url="https://sns"), TemporaryFailure),
    ],
)
def test_a_failure_says_what_to_do_next_and_names_no_number(
    monkeypatch: pytest.MonkeyPatch, answer: Exception, kind: type[Exception]
) -> None:
    class Sns:
        def publish(self, **_: Any) -> None:
            raise answer

    monkeypatch.setattr(aws, "client", lambda *_, **__: Sns())
    with pytest.raises(kind) as raised:
        send_sms("+84912345678", "text", sender="", region="ap-southeast-1")
    assert type(raised.value) is kind
    assert "912345678" not in str(raised.value)
