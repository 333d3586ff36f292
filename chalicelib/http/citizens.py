"""Citizens' bearer tokens: the proof of a phone, on routes that take one.

The token may be left out. One that is not good is refused: to go on without it would give the caller less than they
asked for, and they would not know.
"""

from chalicelib.http.requests import bearer_token
from chalicelib.models.people.citizens import Citizen
from chalicelib.models.people.errors import CitizenTokenRefused
from chalicelib.wiring.people import citizen_of


def sent_by(authorization: str) -> Citizen:
    """The citizen whose token an Authorization header carries.

    Raises `CitizenTokenRefused` or `CitizenTokenExpired`.
    """
    token = bearer_token(authorization)
    if token is None:
        raise CitizenTokenRefused
    return citizen_of(token)
