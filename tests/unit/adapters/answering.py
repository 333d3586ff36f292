"""A server on the loopback that plays a provider: it keeps what it is asked, and answers what a test tells it to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, NamedTuple


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    """Names in small letters."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Provider:
    url: str
    answers: list[bytes] = field(default_factory=list)
    """The bodies of the next answers; the last one stays."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    held: Event = field(default_factory=Event)
    """No answer is sent before it is set."""

    def answers_with(self, *answers: Any) -> None:
        """JSON, or bytes as they are."""
        self.answers[:] = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in answers]

    @property
    def last(self) -> Asked:
        return self.asked[-1]


@contextmanager
def answering() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            provider.asked.append(Asked(self.command, self.path, headers, body))
            provider.held.wait(10)
            answer = provider.answers.pop(0) if len(provider.answers) > 1 else provider.answers[0]
            self.send_response(provider.status)
            for name, value in {**provider.headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that did not wait for its answer."""

    with Server(("127.0.0.1", 0), Handler) as server:
        provider = Provider(f"http://127.0.0.1:{server.server_port}")
        provider.held.set()
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            provider.held.set()
            server.shutdown()
            thread.join()
