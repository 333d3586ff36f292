"""On this machine's address a browser gets what the cloud's distribution would give it: pages and API under one origin.

AWS clients ask the engine at the same address. They sign their requests, so theirs are known by that.
"""

from collections.abc import MutableMapping
from typing import Any

from infra.local.compression import compressed
from infra.local.engine import HOST
from infra.local.pages import BASE_PATH, Application, Receive, Scope, Send
from infra.packaging.paths import is_missing, page_of_missing, redirected

_THE_ENGINES = ("_ministack", "_aws", BASE_PATH, "oauth2", "login", "logout")
"""First parts of paths that the engine serves itself. No page may have one of these names."""


def one_origin(distribution: Application, others: Application) -> Application:
    """An application in which `distribution` answers a browser that asks this machine's address, and `others` the rest.

    `distribution` is the engine: it takes a request for a distribution by its host.
    """

    files = compressed(distribution)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_a_browsers(scope) and (domain := _domain()):
            headers = [each for each in scope["headers"] if each[0] != b"host"]
            scope = {**scope, "headers": [*headers, (b"host", domain.encode())]}
            await _led(files, scope, receive, send)
        else:
            await others(scope, receive, send)

    return answer


async def _led(distribution: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """What the distribution's function of paths does."""

    async def send_as_missing(message: MutableMapping[str, Any]) -> None:
        is_page = message["type"] == "http.response.start" and message["status"] == 200
        await send({**message, "status": 404} if is_page else message)

    if (location := redirected(scope["path"])) is not None:
        headers = [(b"location", location.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 301, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
    elif is_missing(scope["path"]):
        path = page_of_missing()
        await distribution({**scope, "path": path, "raw_path": path.encode()}, receive, send_as_missing)
    else:
        await distribution(scope, receive, send)


def _is_a_browsers(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    path = scope["path"]
    return (
        headers.get(b"host", b"").decode("latin-1").partition(":")[0] in (HOST, "localhost")
        and path.removeprefix("/").partition("/")[0] not in _THE_ENGINES
        and ".well-known" not in path
        and not headers.get(b"authorization", b"").startswith(b"AWS4")
        and b"x-amz-target" not in headers
        and b"X-Amz-" not in scope["query_string"]
    )


def _domain() -> str | None:
    """Of the only distribution."""
    from ministack.services import cloudfront

    return next((str(each["DomainName"]) for each in cloudfront._distributions.values()), None)
