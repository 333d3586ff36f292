"""Citizens prove their phone, and get a token that says so."""

from datetime import datetime

from chalicelib.handlers.entry.answers import VERIFICATION, ProvenPhone
from chalicelib.http.answers import Answer
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models import errors
from chalicelib.models.entry.errors import (
    OneTimeCodeWrong,
    TriesUsedUp,
    VerificationsUsedUp,
    VerificationTooSoon,
    VerificationUnknown,
)
from chalicelib.models.entry.verifications import APART, VerificationAnswerForm, VerificationForm
from chalicelib.observability import count
from chalicelib.services.entry.verifications import answer_verification, request_verification
from chalicelib.wiring.entry import verifier


class RequestedVerification(Shape):
    """A verification that waits for its answer."""

    id: str
    """Its code: send the answer to it."""
    expires_at: datetime
    """Until then it can be answered."""
    resend_after: datetime
    """From then on another text to this phone can be asked for."""


@serve(
    "POST",
    "/v1/phone-verifications",
    summary="Ask for a one-time code",
    tag="travellers",
    status=202,
    writes=True,
    errors=(VerificationTooSoon, VerificationsUsedUp, errors.ServiceUnavailable),
)
def request_phone_verification(call: Call[VerificationForm]) -> Answer[RequestedVerification]:
    """Send a code of six digits to a phone, by SMS. It can be answered for ten minutes. A phone gets one a minute, and
    five in 24 hours. The answer does not reveal whether this phone has declared."""
    try:
        record = request_verification(call.body, verifier=verifier())
    except (VerificationTooSoon, VerificationsUsedUp):
        count("Verifications_refused")
        raise
    count("Verifications_requested")
    verification = record.verification
    return Answer(
        RequestedVerification(
            id=str(record.code),
            expires_at=verification.expires_at,
            resend_after=verification.requested_at + APART,
        )
    )


@serve(
    "POST",
    "/v1/phone-verifications/{id}/answer",
    summary="Answer with the one-time code",
    tag="travellers",
    writes=True,
    errors=(VerificationUnknown, TriesUsedUp, OneTimeCodeWrong, errors.ServiceUnavailable),
    parameters=(VERIFICATION,),
)
def answer_phone_verification(call: Call[VerificationAnswerForm]) -> Answer[ProvenPhone]:
    """The right code gets a citizen token: the phone is proven. Five answers are possible, right or wrong. If the
    answer to a right one is lost, send it again."""
    try:
        token = answer_verification(call.path["id"], call.body, verifier=verifier())
    except (OneTimeCodeWrong, TriesUsedUp):
        count("Verifications_wrong")
        raise
    count("Verifications_answered")
    return Answer(ProvenPhone(citizen_token=token.text, expires_at=token.expires_at))
