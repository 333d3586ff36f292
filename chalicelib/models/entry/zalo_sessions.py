"""Zalo sessions: a person in the mini app allows Zalo to send us their phone number."""

from typing import Annotated

from pydantic import Field

from chalicelib.models.records import Record

_Token = Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^[!-~]+$")]


class ZaloSessionForm(Record):
    """Two tokens that the mini app got from Zalo. Both are secrets: they are sent on to Zalo and never stored."""

    access_token: Annotated[_Token, Field(examples=["access-token-of-the-mini-app"])]
    """From `getAccessToken`."""
    phone_token: Annotated[_Token, Field(examples=["token-of-getPhoneNumber"])]
    """From `getPhoneNumber`. It works once, for two minutes."""

    def __repr__(self) -> str:
        """Without the tokens."""
        return "ZaloSessionForm()"
