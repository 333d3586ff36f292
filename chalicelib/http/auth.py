"""Staff's bearer tokens.

Verified here, in the function that serves, and not in an authorizer of the gateway: a token costs no second function
(and no second cold start at the gate), and a refusal has the same shape and language as every other error.
"""

from datetime import datetime

from chalicelib.http.requests import bearer_token
from chalicelib.models import errors
from chalicelib.models.staff.errors import (
    IssuerUnreachable,
    RoleMissing,
    TokenBlocked,
    TokenExpired,
    TokenMissing,
    TokenRefused,
)
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.observability import note
from chalicelib.wiring.staff import issuer, postings

STAFF_ERRORS = (
    TokenMissing,
    TokenRefused,
    TokenExpired,
    TokenBlocked,
    RoleMissing,
    IssuerUnreachable,
    errors.ServiceUnavailable,
)
"""The errors of every route that has roles."""


def admitted(authorization: str, roles: frozenset[Role]) -> Principal:
    """The member of staff whose token an Authorization header carries, if they have one of the roles.

    Their staff record is at most a minute old.
    Raises `TokenMissing`, `TokenRefused`, `TokenExpired`, `IssuerUnreachable`, `TokenBlocked` or `RoleMissing`.
    """
    token = bearer_token(authorization)
    if token is None:
        raise TokenMissing
    principal = issuer().principal(token)
    note(staff=principal.subject)
    record = postings().of(principal.subject, fresh=False)
    if record is not None and record.blocked_since is not None and not _is_newer(principal, record.blocked_since):
        raise TokenBlocked(since=record.blocked_since)
    # Records show the name that a supervisor wrote.
    principal = principal._replace(name=record.name if record is not None else None)
    if not principal.may(roles):
        raise RoleMissing(roles=errors.Choices("role", sorted(roles)))
    return principal


def _is_newer(principal: Principal, blocked_since: datetime) -> bool:
    """Whether a token was issued after a moment. A token without `iat` counts as issued before."""
    return principal.issued_at is not None and principal.issued_at > blocked_since.timestamp()
