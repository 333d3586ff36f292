"""What citizens and their tokens need."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib.settings import settings

if TYPE_CHECKING:
    from chalicelib.adapters.citizen_tokens import CitizenTokens
    from chalicelib.models.people.citizens import Citizen, CitizenToken

from chalicelib import wiring


def citizen_of(token: str) -> Citizen:
    """The citizen whose token this is. Raises `CitizenTokenRefused` or `CitizenTokenExpired`."""
    return _tokens().read(token, wiring.clock())


def issue_citizen_token(phone_hash: str) -> CitizenToken:
    return _tokens().issue(phone_hash, wiring.clock())


@cache
def _tokens() -> CitizenTokens:
    from chalicelib.adapters.citizen_tokens import CitizenTokens

    return CitizenTokens(wiring.keyed_hash(), lifetime=settings().citizen_token_lifetime)
