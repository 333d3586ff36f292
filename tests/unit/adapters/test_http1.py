"""HTTP/1.1: what is sent and read, compared with `http.client`."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.adapters.http1 import Answer, Connection, Malformed

MOST = 1_000_000
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Amz-Crc32: 7\r\n\r\n{}"


@contextmanager
def answered(*pieces: bytes, then_ends: bool = True) -> Iterator[Connection]:
    """A connection to a server that sends these pieces one by one and ignores the request."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        finished = threading.Event()

        def serve() -> None:
            own, _ = server.accept()
            with own, suppress(OSError):  # the client may leave first
                own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                own.recv(65536)
                for piece in pieces:
                    own.sendall(piece)
                if not then_ends:
                    finished.wait(5)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        host, port = server.getsockname()
        connection = Connection(host, port, secure=False, connect_timeout=2, read_timeout=2, longest=4)
        try:
            yield connection
        finally:
            connection.close()
            finished.set()
            thread.join(5)


def ask(connection: Connection, most: int = MOST) -> Answer:
    return connection.exchange("POST", "/", {"host": "here.example"}, b"{}", most=most)


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_has_no_body_is_not_waited_for(status: int) -> None:
    """It needs no Content-Length (RFC 9112, 6.3)."""
    with answered(f"HTTP/1.1 {status} x\r\n\r\n".encode(), then_ends=False) as connection:
        assert ask(connection) == Answer(status, {}, b"")
        assert connection.is_kept


class Socket:
    """What `HTTPResponse` reads from."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, _: str) -> BytesIO:
        return BytesIO(self._raw)


def by_http_client(raw: bytes) -> tuple[int, dict[str, str], bytes]:
    response = HTTPResponse(Socket(raw), method="POST")  # type: ignore[arg-type]
    response.begin()
    # It leaves blanks at a value's end, which are no part of it (RFC 9110, 5.5).
    return response.status, {name.lower(): value.strip() for name, value in response.getheaders()}, response.read()


TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFG0123456789-", min_size=1, max_size=12).filter(
    lambda name: name.lower() not in ("content-length", "transfer-encoding", "connection")
)
VALUE = st.text("abc XYZ09:;=,/\t", max_size=20)


@given(
    status=st.integers(200, 599).filter(lambda status: status not in (204, 304)),
    reason=st.text("abc ", max_size=10),
    headers=st.dictionaries(TOKEN, VALUE, max_size=5),
    body=st.binary(max_size=200),
    cut=st.integers(1, 400),
)
def test_an_answer_is_read_as_http_client_reads_it_however_it_is_cut(
    status: int, reason: str, headers: dict[str, str], body: bytes, cut: int
) -> None:
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
    raw = "\r\n".join([*lines, f"Content-Length: {len(body)}", "\r\n"]).encode() + body
    with answered(raw[:cut], raw[cut:]) as connection:
        answer = ask(connection)
    expected = by_http_client(raw)
    assert (answer.status, answer.body) == (expected[0], expected[2])
    assert {**answer.headers} == expected[1]


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=4), st.integers(1, 200))
def test_an_answer_in_chunks_is_read_as_http_client_reads_it(chunks: list[bytes], cut: int) -> None:
    parts = [f"{len(chunk):x};name=value\r\n".encode() + chunk + b"\r\n" for chunk in chunks]
    raw = CHUNKED + b"".join(parts) + b"0\r\n\r\n"
    with answered(raw[:cut], raw[cut:]) as connection:
        assert ask(connection).body == by_http_client(raw)[2] == b"".join(chunks)
        assert connection.is_kept


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"])
def test_an_answer_that_ends_with_its_connection_is_read(head: bytes) -> None:
    with answered(head, b"a" * 100_000, b"b") as connection:
        assert ask(connection).body == b"a" * 100_000 + b"b"
        assert not connection.is_kept


def test_an_answer_byte_by_byte_is_read() -> None:
    with answered(*(bytes([each]) for each in OK)) as connection:
        assert ask(connection) == (200, {"content-length": "2", "x-amz-crc32": "7"}, b"{}")


def test_a_request_is_one_that_a_server_understands() -> None:
    seen: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            seen.append((self.path, dict(self.headers), body, self.client_address))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        connection = Connection(
            "127.0.0.1", server.server_port, secure=False, connect_timeout=2, read_timeout=2, longest=4
        )
        for body in (b"", b"x" * 300_000):
            answer = connection.exchange("POST", "/a", {"host": "here.example", "x-one": "1"}, body, most=MOST)
            assert (answer.status, answer.body, connection.is_kept, connection.is_open()) == (200, b"", True, True)
        connection.close()
        server.shutdown()
    assert [(path, len(body)) for path, _, body, _ in seen] == [("/a", 0), ("/a", 300_000)]
    assert seen[0][3] == seen[1][3]
    assert {name: seen[0][1][name] for name in ("host", "x-one", "accept-encoding")} == {
        "host": "here.example",
        "x-one": "1",
        "accept-encoding": "identity",
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        CHUNKED + b"2\r\n{}0\r\n\r\n",
        CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"2\r\n{}\r\n",
        CHUNKED + b"2\r\n{}\r\n0\r\nTrailer: x\r\n\r\n",
        CHUNKED + b"2\r\n{}\r\n0\r\n\r\nmore",
        CHUNKED + b"f4241\r\n",
        CHUNKED + b"x" * 1000,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 1_000_001,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n folded: x\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno colon\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000001\r\n\r\n" + b"x" * 10,
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000,
    ],
)
def test_what_is_no_answer_is_refused(raw: bytes) -> None:
    with answered(raw) as connection, pytest.raises((Malformed, ConnectionResetError)):
        ask(connection)


PIECES = [
    b"HTTP/1.1 200 OK\r\n",
    b"Content-Length: 2\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"\r\n",
    b"{}",
    b"0\r\n\r\n",
]


@given(
    st.binary(max_size=300)
    | st.binary(max_size=100).map(lambda raw: OK[:30] + raw)
    | st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=6).map(lambda rest: PIECES[0] + b"".join(rest))
)
@example(OK)
@example(CHUNKED + b"0\r\n\r\n")
@example(OK.replace(b"X-Amz-Crc32", b"\0"))
@example(OK.replace(b"X-Amz-Crc32: 7", b"X: 7\rY: 8"))
@example(OK.replace(b"X-Amz-Crc32: 7", b"X: 7\nY: 8"))
def test_whatever_a_server_says_is_refused_or_read_as_http_client_reads_it(raw: bytes) -> None:
    with answered(raw) as connection:
        try:
            answer = ask(connection)
        except Malformed:
            assert raw not in (OK, CHUNKED + b"0\r\n\r\n")
            return
    status, headers, body = by_http_client(raw)
    assert (answer.status, answer.body) == (status, body)
    assert answer.headers.keys() == headers.keys()


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (OK, True),
        (OK.replace(b"X-Amz-Crc32: 7", b"Connection: keep-alive"), True),
        (OK.replace(b"X-Amz-Crc32: 7", b"connection: Close"), False),
        (OK.replace(b"X-Amz-Crc32: 7", b"Connection: keep-alive, close"), False),
        (OK.replace(b"HTTP/1.1", b"HTTP/1.0"), False),
    ],
)
def test_a_connection_is_kept_unless_the_answer_says_otherwise(raw: bytes, kept: bool) -> None:
    with answered(raw, then_ends=False) as connection:
        ask(connection)
        assert (connection.is_kept, connection.is_open()) == (kept, True)


def test_a_connection_that_the_server_ended_is_not_open() -> None:
    with answered(OK) as connection:
        ask(connection)
        end = threading.Event()
        for _ in range(100):
            if not connection.is_open():
                return
            end.wait(0.02)
    pytest.fail("it looks open")


def test_a_server_that_drips_is_left_after_the_longest_time() -> None:
    with answered(*(bytes([each]) for each in OK), then_ends=False) as connection:
        connection._longest = 0
        with pytest.raises(TimeoutError, match="too long"):
            ask(connection)


def test_a_server_that_says_nothing_is_left_after_the_time_out() -> None:
    with answered(OK[:20], then_ends=False) as connection:
        connection._sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            ask(connection)
