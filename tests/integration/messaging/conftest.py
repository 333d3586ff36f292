"""A stage with an app at Zalo and an account at eSMS: one server on the loopback plays both."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from chalicelib import settings
from chalicelib.models.messaging.tokens import TokenPair
from tests.integration.conftest import Clock
from tests.tables import client
from tests.unit.adapters.answering import Provider, answering

ROOM = "/tay-ninh-pass/test"


@pytest.fixture
def provider(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with answering() as provider:
        for host in ("ZALO_GRAPH", "ZALO_OPENAPI", "ZALO_BUSINESS", "ZALO_OAUTH", "ESMS"):
            monkeypatch.setenv(f"{host}_URL", f"{provider.url}/{host.lower()}")
        for name in ("zalo", "zalo-tokens", "esms"):
            monkeypatch.setenv(f"{name.replace('-', '_').upper()}_PARAMETER", f"{ROOM}/{name}")
        monkeypatch.setenv("ZALO_APP_ID", "360846524940903967")
        monkeypatch.setenv("ESMS_BRANDNAME", "TAYNINH")
        settings.settings.cache_clear()
        put_secret("zalo", json.dumps({"app_secret": "app-secret", "oa_secret": "oa-secret"}))
        put_secret("esms", json.dumps({"api_key": "api-key", "secret_key": "secret-key"}))
        yield provider


@pytest.fixture
def stored(clock: Clock) -> Callable[[timedelta], TokenPair]:
    """Store a pair whose access token ends after a time."""

    def store(life: timedelta) -> TokenPair:
        made: datetime = clock() + life
        pair = TokenPair(access_token="access-1", refresh_token="refresh-1", expires_at=made)
        put_secret("zalo-tokens", pair.model_dump_json())
        return pair

    return store


def put_secret(name: str, value: str) -> None:
    client("ssm").put_parameter(Name=f"{ROOM}/{name}", Value=value, Type="SecureString", Overwrite=True)


def tokens() -> TokenPair:
    """What is stored."""
    answer = client("ssm").get_parameter(Name=f"{ROOM}/zalo-tokens", WithDecryption=True)
    return TokenPair.model_validate_json(answer["Parameter"]["Value"])
