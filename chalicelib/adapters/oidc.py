"""Bearer tokens of an OpenID Connect issuer: signature, issuer, audience and times are checked, groups become roles."""

from collections.abc import Callable, Mapping
from time import time
from typing import Any, TypeGuard

from chalicelib.adapters import jws
from chalicelib.adapters.issuer_keys import IssuerKeys
from chalicelib.models.staff.errors import TokenExpired, TokenRefused
from chalicelib.models.staff.roles import Principal, Role

_LONGEST_SUBJECT = 255
"""Characters, of ASCII (OpenID Connect Core 1.0, 2)."""
_LEEWAY = 30
"""Seconds that the issuer's clock and ours may differ."""
_LAST_SECOND = 253_402_300_799
"""The end of the year 9999."""
_VERIFIED_FOR, _MOST_VERIFIED = 60, 100
"""Seconds that a token need not be verified again, and how many are remembered: a guard at a gate sends theirs with
every scan."""


class Issuer:
    """An issuer and its keys, which are fetched when first needed and kept for five minutes.

    A withdrawn key is believed for six minutes at most: five of its set, one of a token that was verified with it.

    Cognito's access tokens name the client in `client_id`, other issuers' in `aud`: either must be `audience`. Names
    are not taken from a token: its owner may be able to write them.
    """

    def __init__(
        self, *, issuer: str, keys_url: str, audience: str, groups_claim: str, clock: Callable[[], float] = time
    ) -> None:
        self._issuer, self._audience, self._groups_claim, self._clock = issuer, audience, groups_claim, clock
        self._keys = IssuerKeys(keys_url, clock)
        self._verified: dict[str, tuple[float, Principal]] = {}

    def principal(self, token: str) -> Principal:
        """The member of staff of a token. Groups that are no roles of ours are left out.

        Raises
        ------
        TokenRefused
            It is malformed, altered, not valid yet, or of another issuer or audience.
        TokenExpired
            Nothing but its time is wrong: the caller's app can get another one.
        IssuerUnreachable
            The issuer's keys could not be fetched.
        """
        now = self._clock()
        verified = self._verified.get(token)
        if verified is not None and now < verified[0]:
            return verified[1]
        claims = self._claims(token)
        self._require_ours(claims)
        subject, roles = _subject(claims.get("sub")), _roles(claims.get(self._groups_claim))
        issued_at = _second(claims["iat"]) if "iat" in claims else None
        expires_at = _require_current(claims, self._clock())
        principal = Principal(subject, roles, issued_at=issued_at)
        if len(self._verified) >= _MOST_VERIFIED:
            self._verified.clear()
        self._verified[token] = min(now + _VERIFIED_FOR, expires_at), principal
        return principal

    def _claims(self, token: str) -> dict[str, Any]:
        """The claims of a token that the issuer signed."""
        try:
            parsed = jws.parse(token)
            key = self._keys.find(parsed.key_id)
            if key is None:
                raise TokenRefused
            return jws.verify(parsed, key)
        except jws.TokenForged as error:
            raise TokenRefused from error

    def _require_ours(self, claims: Mapping[str, Any]) -> None:
        if claims.get("iss") != self._issuer:
            raise TokenRefused
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if self._audience not in (*audiences, claims.get("client_id")):
            raise TokenRefused
        if not isinstance(claims.get("jti", ""), str):
            raise TokenRefused
        # Cognito's own claim. An ID token tells an app who signed in; it opens nothing.
        if claims.get("token_use", "access") != "access":
            raise TokenRefused


def _require_current(claims: Mapping[str, Any], now: float) -> int:
    """Check that a token is valid now. Returns its expiry, in seconds since 1970."""
    expires_at = _second(claims.get("exp"))
    for claim in ("nbf", "iat"):
        if claim in claims and _second(claims[claim]) > now + _LEEWAY:
            raise TokenRefused
    if expires_at <= now - _LEEWAY:
        raise TokenExpired
    return expires_at


def _second(moment: object) -> int:
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 <= moment <= _LAST_SECOND:
        raise TokenRefused
    return int(moment)


def _subject(subject: object) -> str:
    if not _is_text(subject) or not (len(subject) <= _LONGEST_SUBJECT and subject.isascii() and subject.isprintable()):
        raise TokenRefused
    return subject


def _roles(groups: object) -> frozenset[Role]:
    return frozenset(role for role in Role if role in groups) if isinstance(groups, list) else frozenset()


def _is_text(value: object) -> TypeGuard[str]:
    """A string that is not empty. JSON may contain a lone surrogate, which UTF-8 cannot encode."""
    if not isinstance(value, str) or not value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
