"""The tokens of the Official Account, by which Zalo knows us."""

from pydantic import AwareDatetime, Field

from chalicelib.models.messaging.messages import PermanentRefusal
from chalicelib.models.records import Record

TOKEN = r"^[!-~]{1,2000}$"
"""Tokens are sent in headers."""


class TokenPair(Record):
    """An access token, and the refresh token that gets the next pair, once."""

    access_token: str = Field(pattern=TOKEN, repr=False)
    refresh_token: str = Field(pattern=TOKEN, repr=False)
    expires_at: AwareDatetime
    """When the access token ends."""


class TokenRefused(Exception):
    """Zalo does not take this access token, any more or at all."""


class RefreshRefused(Exception):
    """Zalo gives no new pair for this refresh token. The message is Zalo's code."""


class TokensMissing(Exception):
    """No pair is stored, or what is stored is none."""


class TokenUnavailable(PermanentRefusal):
    """We have no access token, and get none until an operator stores a new pair: Zalo takes no message of ours."""
