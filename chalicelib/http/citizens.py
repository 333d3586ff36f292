"""Citizens' bearer tokens: the proof of a phone, on routes that take or need one.

An invalid token is refused, even on routes where it is optional: without it the caller would silently get less than
requested.
"""

from chalicelib.http.requests import bearer_token
from chalicelib.models.people.citizens import Citizen
from chalicelib.models.people.errors import CitizenTokenMissing, CitizenTokenRefused
from chalicelib.wiring.people import citizen_of


def sent_by(authorization: str | None) -> Citizen:
    """The citizen whose token an Authorization header carries. None: the request has no such header.

    Raises `CitizenTokenMissing`, `CitizenTokenRefused` or `CitizenTokenExpired`.
    """
    if authorization is None:
        raise CitizenTokenMissing
    token = bearer_token(authorization)
    if token is None:
        raise CitizenTokenRefused
    return citizen_of(token)
