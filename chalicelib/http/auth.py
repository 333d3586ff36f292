"""Staff's bearer tokens.

Verified here, in the function that serves, and not in an authorizer of the gateway: a token costs no second function
(and no second cold start at the gate), and a refusal has the same shape and language as every other error.
"""

import json
import re
from base64 import urlsafe_b64decode
from datetime import datetime

from chalicelib.models import errors
from chalicelib.models.staff.errors import (
    IssuerUnreachable,
    RoleMissing,
    TokenBlocked,
    TokenMissing,
    TokenRefused,
)
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.observability import note
from chalicelib.wiring.staff import issuer, postings

STAFF_ERRORS = (
    TokenMissing,
    TokenRefused,
    TokenBlocked,
    RoleMissing,
    IssuerUnreachable,
    errors.ServiceUnavailable,
)
"""The errors of every route that has roles."""


_SUBJECT = re.compile(r"[\x20-\x7e]{1,255}")
"""Of a token (OpenID Connect Core 1.0, 2): ASCII, 255 characters at most."""


def admitted(authorization: str, roles: frozenset[Role]) -> Principal:
    """The member of staff whose token an Authorization header (RFC 6750) carries, if they have one of the roles.

    What is on record of them is at most a minute old.
    Raises `TokenMissing`, `TokenRefused`, `IssuerUnreachable`, `TokenBlocked` or `RoleMissing`.
    """
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenMissing
    token = token.strip()
    principal = issuer().principal(token)
    if not _SUBJECT.fullmatch(principal.subject):
        raise TokenRefused
    note(staff=principal.subject)
    record = postings().of(principal.subject, fresh=False)
    if record is not None and record.blocked_since is not None and not _issued_after(record.blocked_since, token):
        raise TokenBlocked(since=record.blocked_since.isoformat())
    # The issuer's claims have a name that its owner may change. Records show the one that a supervisor wrote.
    principal = principal._replace(name=record.name if record is not None else None)
    if not principal.may(roles):
        raise RoleMissing(roles=", ".join(sorted(roles)))
    return principal


def _issued_after(moment: datetime, token: str) -> bool:
    """Whether a token that was verified says that it was issued after a moment (`iat`; RFC 7519, 4.1.6)."""
    payload = token.split(".")[1]
    issued = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get("iat")
    return isinstance(issued, int | float) and issued > moment.timestamp()
