"""Zalo, with the province's secrets."""

from __future__ import annotations

import json
from functools import cache

from chalicelib.models.messaging.errors import ZaloNotSetUp
from chalicelib.settings import needed, settings
from chalicelib.wiring import read_secrets


def phone_of(access_token: str, phone_token: str) -> str:
    """See `adapters.zalo.phone_of`. Raises `ZaloNotSetUp`, too."""
    from chalicelib.adapters import zalo

    return zalo.phone_of(
        access_token,
        phone_token,
        app_secret=_secrets()["app_secret"],
        url=settings().zalo_graph_url,
        proxy_url=settings().zalo_proxy_url,
    )


def is_signed(body: bytes, header: str) -> bool:
    """Whether the header is Zalo's signature of this body. Raises `ZaloNotSetUp`."""
    from chalicelib.adapters import zalo

    return zalo.is_signed(body, header, app_id=settings().zalo_app_id, oa_secret=_secrets()["oa_secret"])


def send_reply(user_id: str, text: str) -> str:
    """See `adapters.zalo.send_reply`."""
    from chalicelib.adapters import zalo

    # Read each time: it is replaced each day.
    tokens = _read("zalo_tokens_parameter")
    return zalo.send_reply(
        user_id,
        text,
        tokens["access_token"],
        url=settings().zalo_openapi_url,
        proxy_url=settings().zalo_proxy_url,
    )


@cache
def _secrets() -> dict[str, str]:
    if not settings().zalo_app_id:
        raise ZaloNotSetUp
    return _read("zalo_parameter")


def _read(parameter: str) -> dict[str, str]:
    read: dict[str, str] = json.loads(read_secrets([parameter])[needed(parameter)])
    return read
