"""A request to a provider ends soon, whatever the provider does, and says nothing about a person."""

from collections.abc import Iterator

import pytest

from chalicelib.adapters import provider_http
from chalicelib.adapters.provider_http import ask, read_object
from chalicelib.models.messaging.messages import TemporaryFailure, Throttled
from tests.unit.adapters.answering import Provider, answering

SECRET = "84912345678"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with answering() as provider:
        provider.answers_with({"said": SECRET})
        yield provider


def ask_it(url: str, proxy: str = "") -> bytes:
    return ask("GET", f"{url}/path?phone={SECRET}", {"code": SECRET}, proxy=proxy)


def failure(url: str, kind: type[TemporaryFailure] = TemporaryFailure, proxy: str = "") -> str:
    with pytest.raises(kind) as raised:
        ask_it(url, proxy)
    assert type(raised.value) is kind
    assert SECRET not in str(raised.value)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    return str(raised.value)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 500, 502, 503, 504])
def test_another_status_than_200_may_pass(provider: Provider, status: int) -> None:
    provider.status = status
    assert failure(provider.url) == f"HTTP {status}"
    assert len(provider.asked) == 1


def test_429_asks_for_fewer(provider: Provider) -> None:
    provider.status = 429
    assert failure(provider.url, Throttled) == "HTTP 429"


def test_a_redirect_is_not_followed(provider: Provider) -> None:
    provider.status, provider.headers = 307, {"Location": f"{provider.url}/elsewhere"}
    failure(provider.url)
    assert len(provider.asked) == 1


def test_a_large_answer_is_given_up(provider: Provider) -> None:
    provider.answers_with(b"x" * (64 * 1024))
    assert len(ask_it(provider.url)) == 64 * 1024
    provider.answers_with(b"x" * (64 * 1024 + 1))
    assert failure(provider.url) == "too large"


def test_a_provider_that_does_not_answer_is_given_up(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_http, "_READ_TIMEOUT", 0.2)
    provider_http._pool.cache_clear()
    provider.held.clear()
    assert failure(provider.url) == "ReadTimeoutError"
    assert len(provider.asked) == 1
    provider_http._pool.cache_clear()


def test_nobody_at_the_address_may_pass() -> None:
    assert failure("http://127.0.0.1:9") == "NewConnectionError"


def test_an_answer_that_ends_early_may_pass(provider: Provider) -> None:
    provider.headers = {"Transfer-Encoding": "chunked"}
    failure(provider.url)


def test_a_certificate_of_nobody_we_trust_may_pass(provider: Provider) -> None:
    """It is a plain server, so there is no certificate at all."""
    assert failure(provider.url.replace("http:", "https:")) == "SSLError"


def test_a_proxy_is_asked_instead_of_the_host(provider: Provider) -> None:
    assert read_object(ask_it("http://graph.example", provider.url)) == {"said": SECRET}
    assert provider.last.path == f"http://graph.example/path?phone={SECRET}"
    assert failure("http://graph.example", proxy="http://127.0.0.1:9") == "ProxyError"


def test_connections_are_kept(provider: Provider) -> None:
    for _ in range(3):
        ask_it(provider.url)
    pool = provider_http._pool("").connection_from_url(provider.url)
    assert (pool.num_connections, pool.num_requests) == (1, 3)


@pytest.mark.parametrize(
    "raw", [b"", b"<html>", b"[]", b"null", b'"x"', b"1", b'{"a":', b"\xff", b"[" * 10_000, b'{"a": 1} x']
)
def test_what_is_no_object_is_unreadable(raw: bytes) -> None:
    with pytest.raises(TemporaryFailure, match=r"^unreadable$"):
        read_object(raw)
