"""The tokens of the Official Account, which authenticate us at Zalo."""

from pydantic import AwareDatetime, Field

from chalicelib.models.messaging.messages import PermanentRefusal
from chalicelib.models.records import Record

TOKEN = r"^[!-~]{1,2000}$"
"""Tokens are sent in headers."""


class TokenPair(Record):
    """An access token, and the refresh token, which is exchanged once for the next pair."""

    access_token: str = Field(pattern=TOKEN, repr=False)
    refresh_token: str = Field(pattern=TOKEN, repr=False)
    expires_at: AwareDatetime
    """When the access token ends."""


class TokenRefused(Exception):
    """Zalo does not accept this access token."""


class RefreshRefused(Exception):
    """Zalo gives no new pair for this refresh token. The message is Zalo's code."""


class TokensMissing(Exception):
    """No pair is stored, or the stored text is not a pair."""


class TokenUnavailable(PermanentRefusal):
    """There is no valid access token until an operator stores a new pair: Zalo accepts none of our messages."""
