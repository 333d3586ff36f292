"""Citizens' bearer tokens: the proof of a phone, on routes that take or need one.

A token that is not good is refused, also where it may be left out: to go on without it would give the caller less than
they asked for, and they would not know.
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
