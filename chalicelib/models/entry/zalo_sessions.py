"""Zalo sessions: a person in the mini app lets Zalo name their phone number."""

from typing import Annotated

from pydantic import Field

from chalicelib.models.records import Record

_Token = Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^[!-~]+$")]


class ZaloSessionForm(Record):
    """What the mini app got of Zalo. Both are secrets: they are sent on to Zalo, and stored nowhere."""

    access_token: Annotated[_Token, Field(examples=["access-token-of-the-mini-app"])]
    """By `getAccessToken`."""
    phone_token: Annotated[_Token, Field(examples=["token-of-getPhoneNumber"])]
    """By `getPhoneNumber`. It works once, for two minutes."""

    def __repr__(self) -> str:
        """Without the tokens."""
        return "ZaloSessionForm()"
