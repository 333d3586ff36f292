"""Zalo, for stages that use it."""

from __future__ import annotations

from chalicelib.models.messaging.errors import ZaloNotSetUp
from chalicelib.settings import settings


def phone_of(access_token: str, phone_token: str) -> str:
    """See `wiring.providers.phone_of`. Raises `ZaloNotSetUp`, too."""
    from chalicelib.wiring.providers import phone_of

    _require_app()
    return phone_of(access_token, phone_token)


def is_signed(body: bytes, header: str) -> bool:
    """Whether the header is Zalo's signature of this body. Raises `ZaloNotSetUp`."""
    from chalicelib.adapters.zalo_events import is_signed
    from chalicelib.wiring.providers import account_secret

    _require_app()
    return is_signed(body, header, app_id=settings().zalo_app_id, oa_secret=account_secret())


def _require_app() -> None:
    if not settings().zalo_app_id:
        raise ZaloNotSetUp
