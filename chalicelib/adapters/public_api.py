"""The public address of a stage, as an app outside asks it: names are looked up, and TLS is checked."""

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.adapters import tls
from chalicelib.models.entry.rehearsals import Answered, RehearsalFailed

if TYPE_CHECKING:
    import urllib3

_CONNECT_TIMEOUT, _READ_TIMEOUT = 3.0, 10.0
"""Seconds. A function that starts takes some of them."""


def ask(base: str, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]) -> Answered:
    """Send one request, once. Raises `RehearsalFailed` if there is no answer."""
    from urllib3.exceptions import HTTPError

    sent = {**headers, "user-agent": "tay-ninh-pass", "accept": "application/json"}
    raw = None
    if body is not None:
        sent["content-type"] = "application/json"
        raw = json.dumps(body).encode()
    try:
        answer = _pool().request(method, f"{base}{path}", body=raw, headers=sent, retries=False, redirect=False)
    except HTTPError as error:
        # Not the text: it has the path.
        raise RehearsalFailed(f"no answer: {type(error).__name__}") from None
    try:
        members = json.loads(answer.data)
    except ValueError:
        members = None
    return Answered(answer.status, members if isinstance(members, dict) else {})


@cache
def _pool() -> "urllib3.PoolManager":
    import urllib3

    timeout = urllib3.Timeout(connect=_CONNECT_TIMEOUT, read=_READ_TIMEOUT)
    return urllib3.PoolManager(timeout=timeout, ssl_context=tls.context())
