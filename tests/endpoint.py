"""A partner's endpoint, which speaks HTTP, verifies signatures by the documented example, and misbehaves on request."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any, NamedTuple

Behaviour = Callable[[BaseHTTPRequestHandler], None]
"""How a request is answered."""


class Received(NamedTuple):
    """A request. Names of headers are in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> Any:
        return json.loads(self.body)


def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if status != 204:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def redirects(to: str) -> Behaviour:
    return answers(307, Location=to)


def waits(seconds: float) -> Behaviour:
    """It answers well, late."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        sleep(seconds)
        answers(204)(handler)

    return behave


def closes(handler: BaseHTTPRequestHandler) -> None:
    """It ends the connection without an answer."""
    handler.close_connection = True


def talks_nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    handler.close_connection = True


def never_ends(handler: BaseHTTPRequestHandler) -> None:
    """It sends more than anyone wants to read."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b"x" * 10_000)
    handler.close_connection = True


@dataclass
class PartnerEndpoint:
    """What it got, and how it answers: by `behaviour`, as long as that is not changed."""

    behaviour: Behaviour = field(default_factory=lambda: answers(204))
    received: list[Received] = field(default_factory=list)
    url: str = ""

    def of(self, code: str) -> list[Received]:
        """The requests about a pass, by its code as it is shown."""
        return [each for each in self.received if each.content["data"]["code"] == code]


@contextmanager
def serving() -> Iterator[PartnerEndpoint]:
    endpoint = PartnerEndpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            endpoint.received.append(Received(self.path, headers, body))
            try:
                endpoint.behaviour(self)
            except OSError:
                self.close_connection = True  # the sender has gone

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as inherited
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            return  # the sender has gone

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/webhooks?app=one"
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
