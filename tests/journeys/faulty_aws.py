"""AWS that fails on request: a small HTTP proxy between one function and the engine.

A function finds AWS by `AWS_ENDPOINT_URL`; `in_front_of` has it find this instead. Every request goes on to the engine
as it came and every answer comes back, but for the calls that a test has asked to go wrong (`FaultyAws.when`), in the
words and the protocol in which AWS itself says so.
"""

import json
import socket
import sys
import threading
import zlib
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

import psutil
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.accounts import LOCAL_KEY, REGION, engine
from infra.local.stack import Stack
from infra.stacks import resources

EVERY_CALL: range = range(1, 1_000_000)
MOST_TRIES = 1000
"""To which a queue can be set (SQS)."""

_TIMEOUT = 30.0
"""Seconds."""
_LOOKS = 10
"""For the worker that made a call."""


@dataclass(frozen=True)
class Answer:
    """What the function hears."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def json(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content

    def saying(self, body: dict[str, Any]) -> "Answer":
        """The same with another JSON body."""
        raw = json.dumps(body).encode()
        kept = [each for each in self.headers if each[0].lower() not in ("content-length", "x-amz-crc32")]
        return Answer(self.status, [*kept, ("Content-Length", str(len(raw))), _checksum(raw)], raw)


@dataclass(frozen=True)
class Call:
    """One request of the function. `operation` is `sqs:SendMessageBatch`, `dynamodb:PutItem`, `sns:Publish`."""

    operation: str
    parameters: Mapping[str, Any]
    _line: tuple[str, str]
    _headers: Sequence[tuple[str, str]]
    _body: bytes
    _engine: str
    _caller: Callable[[], psutil.Process | None]

    def forward(self) -> Answer:
        """Have the engine do it."""
        return _sent(self._engine, self._line, self._headers, self._body)

    def forward_with(self, **changed: Any) -> Answer:
        """Have the engine do something like it, with some parameters changed (for services that speak JSON).

        Who changes what was signed must sign it: it is done with the rights of the account, not with the function's.
        """
        body = json.dumps({**self.parameters, **changed}).encode()
        kept = {name: value for name, value in self._headers if name.lower() in ("content-type", "x-amz-target")}
        request = AWSRequest(self._line[0], self._engine + self._line[1], data=body, headers=kept)
        service = self.operation.partition(":")[0]
        SigV4Auth(Credentials(LOCAL_KEY, LOCAL_KEY), service, REGION).add_auth(request)
        headers = [
            *request.headers.items(),
            ("Host", urlsplit(self._engine).netloc),
            ("Content-Length", str(len(body))),
        ]
        answer = _sent(self._engine, self._line, headers, body)
        if answer.status != HTTPStatus.OK:
            raise AssertionError(f"{self.operation}, changed, was not done: {answer.body!r}")
        return answer

    def caller(self) -> psutil.Process | None:
        """The worker that made this call; None when it has ended since."""
        return self._caller()


Fault = Callable[[Call], Answer | None]
"""What happens to a call instead of going on. None: the connection ends without an answer."""


def refuses(code: str, status: int = 400) -> Fault:
    """Nothing is done, and the service says why."""

    def fault(call: Call) -> Answer:
        service = call.operation.partition(":")[0]
        if service == "sns":
            kind = "Sender" if status < 500 else "Receiver"
            return _answer(
                status,
                "text/xml",
                '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error>'
                f"<Type>{kind}</Type><Code>{escape(code)}</Code><Message>as the test asked</Message>"
                "</Error><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>",
            )
        namespace = {"dynamodb": "com.amazonaws.dynamodb.v20120810", "sqs": "com.amazonaws.sqs"}[service]
        return _answer(
            status,
            "application/x-amz-json-1.0",
            json.dumps({"__type": f"{namespace}#{code}", "message": "as the test asked"}),
        )

    return fault


def fails_for(*entries: int) -> Fault:
    """`SendMessageBatch` takes all but some of its entries, counted from 0."""

    def fault(call: Call) -> Answer:
        given = call.parameters["Entries"]
        failed = [
            {"Id": each["Id"], "Code": "InternalError", "SenderFault": False}
            for number, each in enumerate(given)
            if number in entries
        ]
        taken = [each for number, each in enumerate(given) if number not in entries]
        answer = call.forward_with(Entries=taken)
        return answer.saying({**answer.json(), "Failed": failed})

    return fault


def leaves_over(call: Call) -> Answer:
    """`BatchWriteItem` does the first half and hands the rest back, as a table does that is written to too fast. Of a
    single write it does nothing."""
    ((table, writes),) = call.parameters["RequestItems"].items()
    half = len(writes) // 2
    if not half:
        body = {"UnprocessedItems": {table: writes}}
        return _answer(HTTPStatus.OK, "application/x-amz-json-1.0", json.dumps(body))
    answer = call.forward_with(RequestItems={table: writes[:half]})
    return answer.saying({**answer.json(), "UnprocessedItems": {table: writes[half:]}})


def loses_the_answer(call: Call) -> None:
    """It is done, and nobody hears of it."""
    call.forward()


def kills_before(call: Call) -> None:
    """The worker dies, and it is not done."""
    _kill(call.caller())


def kills_after(call: Call) -> None:
    """It is done, and the worker dies before it hears of it."""
    # Once it is done, a test may go on, and the engine may end the worker first. So it is looked up before.
    caller = call.caller()
    call.forward()
    _kill(caller)


def waits_for(ready: Callable[[], object], patience: float = 10.0) -> Fault:
    """It is done, late: when `ready`, or when patience (in seconds) has ended."""

    def fault(call: Call) -> Answer:
        end = monotonic() + patience
        while not ready() and monotonic() < end:
            sleep(0.02)
        return call.forward()

    return fault


@dataclass
class Rule:
    """A fault for some calls of one operation. `met` are the calls that it befell."""

    operation: str
    fault: Fault
    calls: Container[int]
    where: Callable[[Call], bool]
    met: list[Call] = field(default_factory=list)
    _seen: int = 0

    def counts(self, call: Call) -> bool:
        """Count a call, and say whether it is one that goes wrong."""
        if call.operation != self.operation or not self.where(call):
            return False
        self._seen += 1
        return self._seen in self.calls


class FaultyAws:
    """What one function takes for AWS."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.rules: list[Rule] = []
        # A rule that is asked under the lock may ask what was answered.
        self._lock = threading.RLock()
        self._answered: list[tuple[Call, int]] = []
        self._under_way, self._ended = 0, monotonic()
        self.broken: list[BaseException] = []
        """Mistakes of this stand-in itself; a test that leaves any proved nothing."""
        self._server = _server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def serving(self) -> Iterator["FaultyAws"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def when(
        self,
        operation: str,
        fault: Fault,
        *,
        calls: Container[int] = EVERY_CALL,
        where: Callable[[Call], bool] = lambda _: True,
    ) -> Rule:
        """From now on, let calls of an operation go wrong: those whose number is in `calls`, counted from 1 among the
        calls of this operation for which `where` is true."""
        rule = Rule(operation, fault, calls, where)
        with self._lock:
            self.rules.append(rule)
        return rule

    def recovers(self) -> None:
        """From now on nothing goes wrong."""
        with self._lock:
            self.rules.clear()

    def answered(self, operation: str, where: Callable[[Call], bool] = lambda _: True) -> list[int]:
        """The statuses with which calls were answered, faults and all, since `forget`. 0: it was not answered."""
        with self._lock:
            return [status for call, status in self._answered if call.operation == operation and where(call)]

    def idle(self) -> float:
        """Seconds since the last call ended; 0 while one is under way."""
        with self._lock:
            return 0.0 if self._under_way else monotonic() - self._ended

    def forget(self) -> None:
        with self._lock:
            self._answered.clear()

    def answer(self, call: Call) -> Answer | None:
        with self._lock:
            # Every rule counts every call, so that its numbers mean the same whatever other rules there are.
            rule = next(iter([each for each in self.rules if each.counts(call)]), None)
            if rule:
                rule.met.append(call)
            self._under_way += 1
        answer = None
        try:
            answer = rule.fault(call) if rule else call.forward()
        finally:
            with self._lock:
                self._answered.append((call, answer.status if answer else 0))
                self._under_way -= 1
                self._ended = monotonic()
        return answer

    def call(self, handler: BaseHTTPRequestHandler) -> Call:
        """The request that a handler has before it."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        target = handler.headers.get("X-Amz-Target", "")
        # ".../Credential=<key>/<day>/<region>/<service>/aws4_request, ..." (Signature Version 4)
        service = handler.headers.get("Authorization", "////").split("/")[3]
        parameters = json.loads(body) if target else dict(parse_qsl(body.decode(errors="replace")))
        operation = target.rpartition(".")[2] or parameters.get("Action", handler.path)
        return Call(
            f"{service}:{operation}",
            parameters,
            (handler.command, handler.path),
            handler.headers.items(),
            body,
            self._stack["endpoint_url"],
            lambda: self._caller(handler.connection),
        )

    def _caller(self, connection: socket.socket) -> psutil.Process | None:
        # Two connections to different places may have the same port at their near end.
        ends = connection.getpeername(), connection.getsockname()
        # While a process ends, the system may say nothing of its connections and still keep them.
        for _ in range(_LOOKS):
            for process in psutil.Process(self._stack["engine_pid"]).children(recursive=True):
                with suppress(psutil.Error):
                    if ends in [(tuple(each.laddr), tuple(each.raddr)) for each in process.net_connections("tcp")]:
                        return process
            if _ended(connection):
                return None
        raise LookupError(f"no worker has the connection from {ends[0]}")


@contextmanager
def in_front_of(stack: Stack, function: str, **variables: str) -> Iterator[FaultyAws]:
    """Have a function find a `FaultyAws` where it looks for AWS, for as long as the `with` lasts.

    `function` is its name in the template. `variables` are put into its environment for the same time. Whatever the
    function does at the moment it does not finish, at the beginning as at the end.
    """
    with FaultyAws(stack).serving() as aws, environment(stack, function, AWS_ENDPOINT_URL=aws.url, **variables):
        yield aws


@contextmanager
def environment(stack: Stack, function: str, **variables: str) -> Iterator[None]:
    """Change a function's environment for as long as the `with` lasts."""
    account = engine(stack["endpoint_url"], stack["region"])
    name, functions = resources(account, stack["stack_name"])[function], account.client("lambda")
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    configure(functions, name, {**before, **variables})
    try:
        yield
    finally:
        configure(functions, name, before)


def configure(functions: Any, name: str, variables: Mapping[str, str]) -> None:
    """Give a function an environment, in a new version if the gateway invokes its alias. Its workers end."""
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    for alias in functions.list_aliases(FunctionName=name)["Aliases"]:
        version = functions.publish_version(FunctionName=name)["Version"]
        functions.update_alias(FunctionName=name, Name=alias["Name"], FunctionVersion=version)


@contextmanager
def redelivery(stack: Stack, *queues: str, after: int, tries: int | None = None) -> Iterator[None]:
    """Change when queues give a message out again, for as long as the `with` lasts.

    Parameters
    ----------
    after
        Seconds that a worker has to finish a message. Few of them save a test the wait for a worker that is gone.
    tries
        How often a message is given out before it is a dead letter; as ever if it is not given. On a busy machine a
        worker may take longer to start than it has to finish, so messages need more tries than workers die.
    """
    sqs = engine(stack["endpoint_url"], stack["region"]).client("sqs")
    before = {}
    for queue in queues:
        url, names = stack["outputs"][f"{queue}Url"], ["VisibilityTimeout", "RedrivePolicy"]
        before[url] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        policy = json.loads(before[url]["RedrivePolicy"])
        changed = {
            "VisibilityTimeout": str(after),
            "RedrivePolicy": json.dumps({**policy, "maxReceiveCount": tries or policy["maxReceiveCount"]}),
        }
        sqs.set_queue_attributes(QueueUrl=url, Attributes=changed)
    try:
        yield
    finally:
        for url, attributes in before.items():
            sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def _server(aws: FaultyAws) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        # HTTP/1.0, so one request a connection: nothing of ours stays open when the function's worker stays.
        timeout = _TIMEOUT

        def do_POST(self) -> None:
            answer = aws.answer(aws.call(self))
            if answer is None:
                return  # which closes the connection
            try:
                self.send_response_only(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)
            except OSError:
                return  # the worker has gone

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as inherited
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            error = sys.exc_info()[1]
            # A worker that is ended in the middle of a call, or an engine that ends, is none of our mistakes.
            if error is not None and not isinstance(error, OSError | HTTPException):
                aws.broken.append(error)

    return Server(("127.0.0.1", 0), Handler)


def _kill(worker: psutil.Process | None) -> None:
    """End a worker, as an instance that is lost ends. The engine may have ended it already."""
    if worker:
        with suppress(psutil.NoSuchProcess):
            worker.kill()


def _ended(connection: socket.socket) -> bool:
    """Whether the other end has closed the connection, as the system does for a process that ends."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def _sent(url: str, line: tuple[str, str], headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
    where = urlsplit(url)
    connection = HTTPConnection(str(where.hostname), where.port, timeout=_TIMEOUT)
    try:
        connection.putrequest(*line, skip_host=True, skip_accept_encoding=True)
        for name, value in _end_to_end(headers):
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.status, _end_to_end(answer.getheaders()), answer.read())
    finally:
        connection.close()


def _end_to_end(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [each for each in headers if each[0].lower() not in ("connection", "keep-alive", "transfer-encoding")]


def _answer(status: int, kind: str, text: str) -> Answer:
    body = text.encode()
    return Answer(status, [("Content-Type", kind), ("Content-Length", str(len(body))), _checksum(body)], body)


def _checksum(body: bytes) -> tuple[str, str]:
    # DynamoDB's answers have it, and clients check it.
    return "x-amz-crc32", str(zlib.crc32(body))
