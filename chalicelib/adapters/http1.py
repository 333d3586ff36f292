"""HTTP/1.1 (RFC 9112) as far as our adapters need it: one request after the other on a connection that is kept.

A request goes out in one piece. `http.client` takes three times as long for an exchange, and its import, with all of
`email`, 8 ms of a cold start. The tests compare what is read with what `http.client` reads.
"""

import socket
from collections.abc import Mapping
from select import POLLIN, poll
from time import monotonic
from typing import NamedTuple

from chalicelib.adapters import tls

_MOST_OF_HEAD = 16 * 1024
_MOST_OF_LINE = 256
_PIECE = 64 * 1024
"""Bytes."""
_WITHOUT_BODY = (204, 304)
"""Statuses of answers that end with their head (RFC 9112, 6.3)."""
_DIGITS = {10: "0123456789", 16: "0123456789abcdefABCDEF"}


_NAME = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""Characters of a header's name: a token of RFC 9110. Parsers differ about others."""


class Malformed(Exception):
    """The answer cannot be read. The connection must be closed."""


class Answer(NamedTuple):
    """`headers` have their names in small letters. If a name occurs several times, the last value is kept."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """A connection to a host, with TLS if it is `secure`. Times are in seconds: `connect_timeout` for connecting with
    the handshake, `read_timeout` between two pieces of an answer, `longest` for the whole of an exchange.

    With an `address` it connects to that, and looks up no name.

    It raises `OSError`, of which `TimeoutError` and `ssl.SSLError` are kinds, or `Malformed`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        secure: bool,
        connect_timeout: float,
        read_timeout: float,
        longest: float,
        address: str = "",
    ) -> None:
        sock = socket.create_connection((address or host, port), connect_timeout)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sock = tls.context().wrap_socket(sock, server_hostname=host) if secure else sock
        except BaseException:
            sock.close()
            raise
        self._sock.settimeout(read_timeout)
        self._longest, self._end = longest, 0.0
        self.is_kept = True
        """Whether another request may follow."""

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes, *, most: int) -> Answer:
        """The answer to a request. `headers` include the host; a body of more than `most` bytes is refused."""
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        head = "\r\n".join([*lines, "accept-encoding: identity", f"content-length: {len(body)}", "\r\n"])
        self._end = monotonic() + self._longest
        self._sock.sendall(head.encode("ascii") + body)
        received = self._sock.recv(_PIECE)
        while (end := received.find(b"\r\n\r\n")) < 0:
            if len(received) > _MOST_OF_HEAD:
                break
            received += self._more()
        if not 0 <= end <= _MOST_OF_HEAD:
            raise Malformed("the head of the answer is too long")
        version, status, answered = _head_of(received[:end])
        options = answered.get("connection", "").lower().replace(",", " ").split()
        self.is_kept = version == "HTTP/1.1" and "close" not in options
        rest = received[end + 4 :]
        if status in _WITHOUT_BODY and not rest:
            return Answer(status, answered, b"")
        return Answer(status, answered, self._body(answered, rest, most))

    def _body(self, headers: Mapping[str, str], received: bytes, most: int) -> bytes:
        """RFC 9112, 6.3. `received` is what came with the head."""
        if "transfer-encoding" in headers:
            if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
                raise Malformed("it cannot be known where the answer ends")
            return self._chunks(received, most)
        if "content-length" in headers:
            size = _number(headers["content-length"], 10)
            if size > most:
                raise Malformed("the answer is too long")
            body, rest = self._exactly(size, received)
            if rest:
                raise Malformed("there is more than the answer")
            return body
        if self.is_kept:
            raise Malformed("the answer does not say how long it is")
        while piece := self._received():
            received += piece
            if len(received) > most:
                raise Malformed("the answer is too long")
        return received

    def _chunks(self, received: bytes, most: int) -> bytes:
        """RFC 9112, 7.1."""
        body = b""
        while True:
            while b"\r\n" not in received and len(received) < _MOST_OF_LINE:
                received += self._more()
            line, found, received = received.partition(b"\r\n")
            size = _number(line.partition(b";")[0].strip().decode("latin-1"), 16) if found else most
            if len(body) + size > most:
                raise Malformed("the answer is too long")
            chunk, received = self._exactly(size + 2, received)
            if not chunk.endswith(b"\r\n"):
                raise Malformed("a chunk without its end")
            body += chunk[:-2]
            if not size:
                if received:
                    raise Malformed("there is more than the answer")
                return body

    def _exactly(self, size: int, received: bytes) -> tuple[bytes, bytes]:
        """The first `size` bytes, and the bytes after them."""
        pieces, missing = [received], size - len(received)
        while missing > 0:
            pieces.append(self._more())
            missing -= len(pieces[-1])
        whole = b"".join(pieces) if len(pieces) > 1 else received
        return whole[:size], whole[size:]

    def is_open(self) -> bool:
        """Whether the server has neither closed it nor sent bytes that answer no request."""
        # Not `select`, which takes no descriptor above 1,023.
        poller = poll()
        poller.register(self._sock, POLLIN)
        return not poller.poll(0)

    def close(self) -> None:
        self._sock.close()

    def _more(self) -> bytes:
        piece = self._received()
        if not piece:
            raise Malformed("the connection ended before the answer did")
        return piece

    def _received(self) -> bytes:
        if monotonic() > self._end:
            raise TimeoutError("the answer takes too long")
        return self._sock.recv(_PIECE)


def _head_of(raw: bytes) -> tuple[str, int, dict[str, str]]:
    """Version, status and headers."""
    # Parsers differ about these (RFC 9112, 2.2; RFC 9110, 5.5).
    if b"\0" in raw or not raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n"):
        raise Malformed("a CR, LF or NUL inside a line")
    first, *lines = raw.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    status = rest[:3]
    if version not in ("HTTP/1.1", "HTTP/1.0") or not (
        status.isascii() and status.isdecimal() and rest[3:4] in ("", " ")
    ):
        raise Malformed("not an answer of HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or not _NAME.issuperset(name):
            raise Malformed("a header that is none")
        headers[name.lower()] = value.strip()
    return version, int(status), headers


def _number(text: str, base: int) -> int:
    """A length: ASCII digits only, so that all parsers read the same number."""
    if not 0 < len(text) < 10 or not set(text) <= set(_DIGITS[base]):
        raise Malformed("a length that is none")
    return int(text, base)
