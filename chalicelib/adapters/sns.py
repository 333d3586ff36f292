"""SMS through Amazon SNS (`Publish` to a phone number)."""

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters import aws
from chalicelib.models.messaging.messages import PermanentRefusal, RequestRejected, TemporaryFailure, Throttled

_FOR_GOOD = {"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "OptedOut", "ValidationException"}
"""Error codes that say the number or the text will never be taken; every other failure may pass."""

_SENDER = "SenderID"

_SLOWER = {"Throttled", "Throttling", "ThrottledException", "ThrottlingException", "TooManyRequestsException"}
"""Error codes that ask for fewer texts."""


def send_sms(phone: str, text: str, *, sender: str, region: str) -> str:
    """Hand a text to SNS. `phone` in E.164, `text` at most 1,600 characters, `sender` a registered name or empty.

    Returns SNS's message id. Raises `TemporaryFailure`, `Throttled`, `PermanentRefusal`, or `RequestRejected` for the
    sender's name, and none names the number.
    """
    attributes = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
    if sender:
        attributes["AWS.SNS.SMS.SenderID"] = {"DataType": "String", "StringValue": sender}
    try:
        # Once: a text whose answer was lost may be on its way, and the queue decides whether to send it again.
        answer = aws.client("sns", region, attempts=1).publish(
            PhoneNumber=phone, Message=text, MessageAttributes=attributes
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        # Of every phone: "Invalid parameter: SenderID Reason: …". The number is in other messages of this code.
        if code in _FOR_GOOD and _SENDER in error.response["Error"].get("Message", ""):
            raise RequestRejected(_SENDER) from None
        raise _kind(code)(code) from None
    except BotoCoreError as error:
        raise TemporaryFailure(type(error).__name__) from None
    return str(answer["MessageId"])


def _kind(code: str) -> type[Exception]:
    if code in _FOR_GOOD:
        return PermanentRefusal
    return Throttled if code in _SLOWER else TemporaryFailure
