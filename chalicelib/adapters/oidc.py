"""Bearer tokens of an OpenID Connect issuer: signature, issuer, audience and times are checked, groups become roles."""

from time import time
from typing import Any

import jwt

from chalicelib.adapters import tls
from chalicelib.models.staff.errors import IssuerUnreachable, TokenRefused
from chalicelib.models.staff.staff import Principal, Role

_ALGORITHMS = ["RS256", "ES256"]
_NAMES = ("preferred_username", "username", "cognito:username")
"""Claims with a person's name in the system: the standard's, and those of Cognito's access and ID tokens."""
_LEEWAY = 30
"""Seconds that the issuer's clock and ours may differ."""
_VERIFIED_FOR, _MOST_VERIFIED = 60, 100
"""Seconds that a token need not be verified again, and how many are remembered: a guard at a gate sends theirs with
every scan."""


class Issuer:
    """An issuer and its keys, which are fetched when first needed and kept for five minutes.

    Cognito's access tokens name the client in `client_id`, everyone's ID tokens in `aud`: either must be `audience`.
    """

    def __init__(self, *, issuer: str, keys_url: str, audience: str, groups_claim: str) -> None:
        self._issuer, self._audience, self._groups_claim = issuer, audience, groups_claim
        self._keys = jwt.PyJWKClient(keys_url, cache_keys=True, lifespan=300, timeout=3, ssl_context=tls.context())
        self._verified: dict[str, tuple[float, Principal]] = {}

    def principal(self, token: str) -> Principal:
        """The member of staff of a token. Groups that are no roles of ours are left out.

        Raises
        ------
        TokenRefused
            It is malformed, altered, expired, or of another issuer or audience.
        IssuerUnreachable
            The issuer's keys could not be fetched.
        """
        verified = self._verified.get(token)
        if verified is not None and time() < verified[0]:
            return verified[1]
        try:
            key = self._keys.get_signing_key_from_jwt(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                issuer=self._issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise IssuerUnreachable from error
        except jwt.PyJWTError as error:
            raise TokenRefused from error
        if self._audience not in (claims.get("aud"), claims.get("client_id")):
            raise TokenRefused
        groups = claims.get(self._groups_claim)
        known = {role.value for role in Role}
        roles = (
            frozenset(Role(group) for group in groups if group in known) if isinstance(groups, list) else frozenset()
        )
        names = (claims[claim] for claim in _NAMES if claims.get(claim))
        principal = Principal(subject=str(claims["sub"]), roles=roles, name=next(map(str, names), None))
        if len(self._verified) >= _MOST_VERIFIED:
            self._verified.clear()
        self._verified[token] = min(time() + _VERIFIED_FOR, claims["exp"]), principal
        return principal
