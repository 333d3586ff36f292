"""Requests to providers of messages: one attempt, with limits for the time and the size of the answer."""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from chalicelib.adapters import tls
from chalicelib.models.messaging.messages import TemporaryFailure, Throttled

if TYPE_CHECKING:
    import urllib3

_CONNECT_TIMEOUT, _READ_TIMEOUT = 3.0, 5.0
"""Seconds: for a connection with its TLS handshake, and between two pieces of an answer."""
_LARGEST = 64 * 1024
"""Bytes of an answer."""


def ask(method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, *, proxy: str = "") -> bytes:
    """The body of the answer. Redirects are not followed.

    Raises `Throttled` or `TemporaryFailure`: there is no answer, it is too large, or its status is not 200. The
    provider may have handled the request anyway.
    """
    from urllib3.exceptions import HTTPError

    try:
        answer = _pool(proxy).request(
            method,
            url,
            body=body,
            headers={"user-agent": "tay-ninh-pass", **headers},
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            received = answer.read(_LARGEST + 1)
        except BaseException:
            answer.close()
            raise
        if len(received) > _LARGEST:
            answer.close()
    except HTTPError as error:
        # Do not log the texts of these errors: they contain the URL and the proxy.
        raise TemporaryFailure(type(error).__name__) from None
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Throttled("HTTP 429")
    if answer.status != HTTPStatus.OK:
        raise TemporaryFailure(f"HTTP {answer.status}")
    if len(received) > _LARGEST:
        raise TemporaryFailure("too large")
    return received


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object of an answer. Raises `TemporaryFailure`."""
    try:
        read = from_json(raw)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise TemporaryFailure("unreadable")
    return read


@cache
def _pool(proxy: str) -> "urllib3.PoolManager":
    # Imported here: most functions send nothing.
    import urllib3

    how: dict[str, Any] = {
        "timeout": urllib3.Timeout(connect=_CONNECT_TIMEOUT, read=_READ_TIMEOUT),
        "ssl_context": tls.context(),
    }
    return urllib3.ProxyManager(proxy, **how) if proxy else urllib3.PoolManager(**how)
