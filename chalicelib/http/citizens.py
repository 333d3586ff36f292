"""Citizens' bearer tokens: the proof of a phone, on routes that take one.

The token may be left out. One that is not good is refused: to go on without it would give the caller less than they
asked for, and they would not know.
"""

from chalicelib.models.people.citizens import Citizen
from chalicelib.models.people.errors import CitizenTokenRefused
from chalicelib.wiring.people import citizen_of


def sent_by(authorization: str) -> Citizen:
    """The citizen whose token an Authorization header (RFC 6750) carries.

    Raises `CitizenTokenRefused` or `CitizenTokenExpired`.
    """
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise CitizenTokenRefused
    return citizen_of(token.strip())
