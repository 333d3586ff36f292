"""Staff's bearer tokens.

Verified here, in the function that serves, and not in an authorizer of the gateway: a token costs no second function
(and no second cold start at the gate), and a refusal has the same shape and language as every other error.
"""

from chalicelib.models import errors
from chalicelib.models.staff.errors import IssuerUnreachable, RoleMissing, TokenMissing, TokenRefused
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.observability import note
from chalicelib.wiring.staff import issuer

STAFF_ERRORS = (
    TokenMissing,
    TokenRefused,
    RoleMissing,
    IssuerUnreachable,
    errors.ServiceUnavailable,
)
"""The errors of every route that has roles."""


def admitted(authorization: str, roles: frozenset[Role]) -> Principal:
    """The member of staff whose token an Authorization header (RFC 6750) carries, if they have one of the roles.

    Raises `TokenMissing`, `TokenRefused`, `IssuerUnreachable` or `RoleMissing`.
    """
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenMissing
    principal = issuer().principal(token.strip())
    note(staff=principal.subject)
    if not principal.may(roles):
        raise RoleMissing(roles=", ".join(sorted(roles)))
    return principal
