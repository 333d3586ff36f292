"""AWS and the staff's issuer over TLS, in a process of their own: `python -m bench.server ANSWERS CERTIFICATE`.

It listens on a free port of the loopback, prints the port, and keeps connections alive. It ends when its standard input
is closed, which also happens when its parent process dies. `GET /jwks` is the issuer's key set. `GET /calls` gives the
operations that were called since it was asked the last time.
"""

import asyncio
import json
import ssl
import sys
from email.utils import formatdate
from http import HTTPStatus
from zlib import crc32

from bench.answers import Answers


class Connection(asyncio.Protocol):
    """Requests of one client, answered in their order."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while True:
            head, found, rest = self._received.partition(b"\r\n\r\n")
            if not found:
                return
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            self._received = rest[length:]
            status, body = self._answer(first, headers, rest[:length])
            self._send(status, body)
            if headers.get("connection", "").lower() == "close":
                self._transport.close()
                return

    def _answer(self, first: str, headers: dict[str, str], body: bytes) -> tuple[HTTPStatus, bytes]:
        method, path, _ = first.split(" ")
        if (method, path) == ("GET", "/jwks"):
            return HTTPStatus.OK, self._answers.jwks.encode()
        if (method, path) == ("GET", "/calls"):
            calls = json.dumps(self._answers.calls)
            self._answers.calls.clear()
            return HTTPStatus.OK, calls.encode()
        try:
            return HTTPStatus.OK, self._answers.answer(headers["x-amz-target"], body)
        except (LookupError, ValueError) as error:
            refusal = {"__type": "bench#UnknownOperationException", "message": repr(error)}
            return HTTPStatus.BAD_REQUEST, json.dumps(refusal).encode()

    def _send(self, status: HTTPStatus, body: bytes) -> None:
        """With the headers that DynamoDB sends."""
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            "Server: Server\r\n"
            f"Date: {formatdate(usegmt=True)}\r\n"
            "Content-Type: application/x-amz-json-1.0\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Connection: keep-alive\r\n"
            "x-amzn-RequestId: 0000000000000000000000000000000000000000000000000000\r\n"
            f"x-amz-crc32: {crc32(body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + body)


async def _serve(answers: Answers, certificate: str) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0, ssl=context)
    loop.add_reader(sys.stdin.fileno(), ended.set)
    print(server.sockets[0].getsockname()[1], flush=True)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(_serve(Answers.read(sys.argv[1]), sys.argv[2]))
