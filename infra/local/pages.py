"""Pages that a browser shows may call the API on this machine, and nothing else of the engine.

The engine does what every request with a known key asks for, checks no signature of those in a URL, and runs the code
of any function. A page of any site can send such a request to this machine, and the engine lets it read the answer. So
what a page sends is refused. Browsers say it: by `Origin`, on all that may change something, and by `Sec-Fetch-Site`.
A page whose own name leads to this machine (DNS rebinding) has that name in `Host`.

    https://fetch.spec.whatwg.org/#origin-header
    https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from infra.local.engine import HOST

BASE_PATH = "api"
"""The path of the API's address on this machine."""

_NAMES = (HOST, "localhost", "::1")
"""Of this machine."""
_REFUSED = b"Pages may call the API on this machine, and nothing else.\n"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]
"""As ASGI 3 defines it: https://asgi.readthedocs.io/en/latest/specs/main.html"""


def closed_to_pages(application: Application) -> Application:
    """The application without what pages send. The API stays open: it says itself which pages may call it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or _is_let_in(scope["path"], scope["headers"]):
            await application(scope, receive, send)
        elif scope["type"] == "http":
            headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(_REFUSED)).encode())]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": _REFUSED})
        else:
            await send({"type": "websocket.close"})

    return answer


def _is_let_in(path: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    sent = {name.lower(): value.decode("latin-1") for name, value in headers}
    name = _hostname(sent.get(b"host", ""))
    if name not in _NAMES:
        return False
    # By another name of this machine the engine has no API under this path.
    if name == HOST and path.startswith(f"/{BASE_PATH}/"):
        return True
    return b"origin" not in sent and sent.get(b"sec-fetch-site") != "cross-site"


def _hostname(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
