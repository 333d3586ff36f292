"""What the stand-ins share: an HTTP server in threads, faults, counters, and calls back to the system under test."""

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import urllib3

from tests.standins.faults import Fault, Kind, Schedule, never

HOST = "127.0.0.1"
_LARGEST = 1_000_000
"""Bytes of a body."""
_CALLS_BACK_AT_ONCE = 16
_ANSWERS_WITHIN = 20.0
"""Seconds that the system under test may take for a call back. A provider gives less; a loaded machine needs more."""


class Request(NamedTuple):
    """A request. Names of headers are in small letters."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def form(self) -> dict[str, Any]:
        """The body's JSON object; empty if it is none."""
        with suppress(ValueError):
            content = json.loads(self.body)
            if isinstance(content, dict):
                return content
        return {}


class Answer(NamedTuple):
    """An answer, and what happens once it was sent."""

    body: bytes
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    is_lost: bool = False
    """Whether the connection ends and nothing is sent."""
    afterwards: Callable[[], object] = tuple


class Refused(Exception):
    """The provider refuses a call with its code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class CallBack(NamedTuple):
    """A call of the provider to the system under test."""

    name: str
    statuses: tuple[int, ...]
    """Of each attempt; 0: no answer."""

    @property
    def was_taken(self) -> bool:
        return self.statuses[-1] == 200


def compact(content: object) -> bytes:
    """JSON in UTF-8 on one line, as the providers write it."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


class StandIn:
    """A provider. A subclass says which operations it has, and does them."""

    OPERATIONS: ClassVar[Mapping[tuple[str, str], str]]
    """The name of each operation, by method and path without a slash at the end."""

    def __init__(self, seed: int = 0, clock: Callable[[], datetime] | None = None) -> None:
        self.url = ""
        self.calls: Counter[str] = Counter()
        """By operation. So are the others."""
        self.well: Counter[str] = Counter()
        self.failed_by: Counter[tuple[str, str]] = Counter()
        self.troubled_by: Counter[tuple[str, str]] = Counter()
        self.called_back: list[CallBack] = []
        self.lock = threading.RLock()
        self.ending = threading.Event()
        self.clock = clock or (lambda: datetime.now(UTC))
        self._seed = seed
        self._ids = 0
        self._schedules: dict[str, tuple[Schedule, int]] = {}
        self._answering = 0
        """Calls that were done, and whose answer, with what comes afterwards, is not."""
        self._answered = threading.Condition(self.lock)
        self._calling_back: set[Future[CallBack]] = set()
        self._pool = ThreadPoolExecutor(_CALLS_BACK_AT_ONCE, thread_name_prefix="calls-back")
        self._http = urllib3.PoolManager(maxsize=_CALLS_BACK_AT_ONCE, timeout=_ANSWERS_WITHIN, retries=False)

    def misbehave(self, operation: str, schedule: Schedule) -> None:
        """From now on, calls of an operation go wrong by a schedule: the next one has the number 1."""
        if operation not in self.OPERATIONS.values():
            raise ValueError(operation)
        with self.lock:
            self._schedules[operation] = (schedule, self.calls[operation])

    def behave(self) -> None:
        """From now on, everything goes well."""
        with self.lock:
            self._schedules.clear()

    def settle(self, within: float = 30.0) -> None:
        """Wait until all calls that were done are answered and all calls back have ended, within some seconds."""
        with self._answered:
            if not self._answered.wait_for(lambda: not self._answering, within):
                raise TimeoutError(f"{self._answering} calls are not answered")
            calling_back = set(self._calling_back)
        unfinished = wait(calling_back, within).not_done
        if unfinished:
            raise TimeoutError(f"{len(unfinished)} calls back have not ended")

    def do(self, operation: str, request: Request, fault: Fault | None) -> Answer:
        """Do what a call asks for. Raises `Refused`."""
        raise NotImplementedError

    def refusal(self, operation: str, code: int) -> Answer:
        """The answer with an error."""
        raise NotImplementedError

    def show(self, request: Request) -> Answer:
        """The answer to any other request: the provider has none, the stand-in has pages for developers."""
        return Answer(b"not found", 404, "text/plain")

    def new_id(self, length: int = 20) -> str:
        """The next of a sequence of hexadecimal ids, the same for the same seed."""
        with self.lock:
            self._ids += 1
            return sha256(f"{self._seed}:{self._ids}".encode()).hexdigest()[:length]

    def answer(self, request: Request) -> Answer | None:
        """The answer to a request; None ends the connection."""
        operation = self.OPERATIONS.get((request.method, request.path.rstrip("/")))
        if operation is None:
            return self.show(request)
        with self.lock:
            self.calls[operation] += 1
            schedule, before = self._schedules.get(operation, (never, 0))
            fault = schedule(self.calls[operation] - before)
        if fault is not None and not fault.is_done:
            with self.lock:
                self.failed_by[operation, fault.reason] += 1
            return self._wrong(operation, fault)
        try:
            answer = self.do(operation, request, fault)
        except Refused as refused:
            with self.lock:
                self.failed_by[operation, str(refused.code)] += 1
            return self.refusal(operation, refused.code)
        with self.lock:
            self._answering += 1
            self.well[operation] += 1
            if fault is not None:
                self.troubled_by[operation, fault.reason] += 1
        if fault is not None and fault.kind is Kind.SLOW:
            self.ending.wait(fault.seconds)
        lost = fault is not None and fault.kind is Kind.LOST
        return answer._replace(is_lost=lost, afterwards=partial(self._finish, answer))

    def _finish(self, answer: Answer) -> None:
        answer.afterwards()
        with self._answered:
            self._answering -= 1
            self._answered.notify_all()

    def call_back(
        self, name: str, send: Callable[[urllib3.PoolManager, int], int], pauses: tuple[float, ...], after: float = 0.0
    ) -> Future[CallBack] | None:
        """Call the system under test beside, some seconds later, until it answers 200 or no pause is left. `send` gets
        the number of attempts before this one, and returns the status. None: the stand-in has ended."""

        def run() -> CallBack:
            statuses: list[int] = []
            for pause in (after, *pauses):
                if self.ending.wait(pause):
                    break
                try:
                    statuses.append(send(self._http, len(statuses)))
                except urllib3.exceptions.HTTPError:
                    statuses.append(0)
                if statuses[-1] == 200:
                    break
            made = CallBack(name, tuple(statuses) or (0,))
            with self.lock:
                self.called_back.append(made)
            return made

        with self.lock:
            if self.ending.is_set():
                return None
            self._calling_back = {each for each in self._calling_back if not each.done()}
            future = self._pool.submit(run)
            self._calling_back.add(future)
            return future

    def end(self) -> None:
        """Answer no more, and call back no more."""
        with self.lock:
            self.ending.set()
        self._pool.shutdown(cancel_futures=True)
        self._http.clear()

    def _wrong(self, operation: str, fault: Fault) -> Answer | None:
        match fault.kind:
            case Kind.SILENT:
                self.ending.wait(fault.seconds or None)
                return None
            case Kind.EMPTY:
                return Answer(b"")
            case Kind.GARBLED:
                return Answer(b'{"error":0,"message":"Succ')
            case Kind.HTML:
                return Answer(b"<!DOCTYPE html><title>Maintenance</title>", content_type="text/html")
            case Kind.STATUS:
                return Answer(b"<html><h1>Bad Gateway</h1></html>", fault.code, "text/html")
            case Kind.ERROR:
                return self.refusal(operation, fault.code)
            case _:
                return None


class _Handler(BaseHTTPRequestHandler):
    standin: ClassVar[StandIn]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LARGEST:
            self._end()
            return
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(length))
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        answer = self.standin.answer(Request(self.command, url.path, query, headers, body))
        if answer is None or answer.is_lost:
            self._end()
        else:
            with suppress(OSError):  # the client has gone
                self._send(answer)
        if answer is not None:
            answer.afterwards()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """Nothing: the terminal is the developer's."""

    def _end(self) -> None:
        """End the connection now."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(answer.body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: the client has gone."""


@contextmanager
def served(standin: StandIn, port: int) -> Iterator[None]:
    """Serve a stand-in on a port of the loopback interface (0: any), for as long as the `with` lasts."""
    server = _Server((HOST, port), type("Handler", (_Handler,), {"standin": standin}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    standin.url = f"http://{HOST}:{server.server_address[1]}"
    try:
        yield
    finally:
        standin.end()
        server.shutdown()
        server.server_close()
        thread.join()
