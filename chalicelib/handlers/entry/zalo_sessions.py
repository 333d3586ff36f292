"""Citizens in the Zalo mini app prove their phone without a one-time code."""

from chalicelib.handlers.entry.answers import ProvenPhone
from chalicelib.http.answers import Answer
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.models import errors
from chalicelib.models.entry.zalo_sessions import ZaloSessionForm
from chalicelib.models.errors import DomainError
from chalicelib.models.messaging.errors import (
    ZaloAddressRefused,
    ZaloAppNotLinked,
    ZaloErrorUnknown,
    ZaloNotPermitted,
    ZaloNotSetUp,
    ZaloParameterRefused,
    ZaloQuotaUsedUp,
    ZaloRequestMalformed,
    ZaloSessionInvalid,
    ZaloUnreachable,
)
from chalicelib.observability import count
from chalicelib.services.entry.zalo_sessions import open_session
from chalicelib.wiring.entry import zalo_verifier

_REFUSALS = (ZaloParameterRefused, ZaloNotPermitted, ZaloSessionInvalid)
"""Errors that the person or the app can fix."""
_FAILURES = (
    *(ZaloNotSetUp, ZaloAppNotLinked, ZaloRequestMalformed, ZaloAddressRefused),
    *(ZaloQuotaUsedUp, ZaloErrorUnknown, ZaloUnreachable),
)


@serve(
    "POST",
    "/v1/zalo/session",
    summary="Prove a phone by Zalo",
    tag="travellers",
    errors=(*_REFUSALS, *_FAILURES, errors.ServiceUnavailable),
)
def open_zalo_session(call: Call[ZaloSessionForm]) -> Answer[ProvenPhone]:
    """For the Zalo mini app: get the same citizen token as with a one-time code. We get the phone number from Zalo; any
    mobile number is accepted. Ask the person first, then send both tokens at once: the phone token works once, for two
    minutes."""
    try:
        token = open_session(call.body, verifier=zalo_verifier())
    except DomainError as error:
        count("Zalo_session_refused" if isinstance(error, _REFUSALS) else "Zalo_session_failed")
        raise
    count("Zalo_session_opened")
    return Answer(ProvenPhone(citizen_token=token.text, expires_at=token.expires_at))
