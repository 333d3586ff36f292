"""Zalo as far as the routes need it: it names the phone of a token, and takes replies."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

APP_ID, APP_SECRET, OA_SECRET, ACCOUNT_TOKEN = "360846524940903967", "app-secret", "oa-secret", "account-token"
USER = "246845883529197922"


def signature_of(body: bytes) -> str:
    """The header by which an event is Zalo's."""
    timestamp = json.loads(body)["timestamp"]
    return "mac=" + hashlib.sha256(f"{APP_ID}{body.decode()}{timestamp}{OA_SECRET}".encode()).hexdigest()


@dataclass
class Zalo:
    """What it answers, and what it got. A phone token works once."""

    url: str = ""
    phones: dict[tuple[str, str], str] = field(default_factory=dict)
    """Numbers, by access token and phone token."""
    error: int = 0
    """What every request is refused with."""
    garbage: bytes = b""
    """What every request is answered, if it is not empty."""
    replies: list[tuple[str, str]] = field(default_factory=list)
    """Of the account: user and text."""

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        if self.error:
            return {"error": self.error, "message": "about 84912345678"}
        if path == "/v2.0/me/info":
            return self._phone(headers)
        if path == "/v3.0/oa/message/cs" and headers["access_token"] == ACCOUNT_TOKEN:
            sent = json.loads(body)
            self.replies.append((sent["recipient"]["user_id"], sent["message"]["text"]))
            return {"error": 0, "message": "Success", "data": {"message_id": "m-1", "user_id": USER}}
        return {"error": -216, "message": "Access token is invalid"}

    def _phone(self, headers: dict[str, str]) -> dict[str, Any]:
        if headers["secret_key"] != APP_SECRET:
            return {"error": 100, "message": "Invalid secret"}
        number = self.phones.pop((headers["access_token"], headers["code"]), None)
        if number is None:
            return {"error": 100, "message": "Invalid code"}
        return {"data": {"number": number}, "error": 0, "message": "Success"}


@contextmanager
def serving() -> Iterator[Zalo]:
    zalo = Zalo()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = zalo.garbage or json.dumps(zalo.answer(self.path, headers, body)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815 - the base class looks for it

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as inherited
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    zalo.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield zalo
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
