"""The local distribution as browsers reach the cloud's: over TLS, many files at once on one connection (HTTP/2)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import urllib3
from hypercorn.asyncio import serve
from hypercorn.config import Config

from tests.unit.certified import certified

HOST = "127.0.0.1"
_NOT_PASSED_ON = (b"connection", b"date", b"keep-alive", b"server", b"transfer-encoding")
"""HTTP/2 has none of them, or the front has its own."""


@contextmanager
def over_http2(address: str) -> Iterator[str]:
    """The address at which a browser gets all that is at `address`. Browsers do not trust its certificate."""
    with TemporaryDirectory() as folder:
        with socket() as free:
            free.bind((HOST, 0))
            port: int = free.getsockname()[1]
        _, chain = certified(HOST, Path(folder))
        config = Config()
        config.bind = [f"{HOST}:{port}"]
        config.certfile = config.keyfile = str(chain)
        config.errorlog = None
        loop, stop = asyncio.new_event_loop(), asyncio.Event()
        # Connections that a browser left open end with the front.
        loop.set_exception_handler(lambda _loop, _context: None)
        front = serve(_passing_on(address), config, shutdown_trigger=stop.wait)
        thread = Thread(target=loop.run_until_complete, args=(front,), daemon=True)
        thread.start()
        try:
            yield f"https://{HOST}:{port}"
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()


def _passing_on(address: str) -> Callable[..., Awaitable[None]]:
    pool = urllib3.PoolManager(maxsize=20)
    host = urlsplit(address).netloc

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        target = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        headers = {name.decode(): value.decode() for name, value in scope["headers"] if not name.startswith(b":")}
        got = await asyncio.to_thread(
            pool.request,
            scope["method"],
            f"http://{host}{target}",
            body=body,
            headers={**headers, "host": host},
            decode_content=False,
            redirect=False,
        )
        passed = [(name.lower().encode(), value.encode()) for name, value in got.headers.items()]
        passed = [each for each in passed if each[0] not in _NOT_PASSED_ON]
        await send({"type": "http.response.start", "status": got.status, "headers": passed})
        await send({"type": "http.response.body", "body": got.data})

    return answer
