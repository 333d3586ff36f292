"""Our connection to DynamoDB and the parameter store, compared with botocore's, which it replaces."""

import json
import os
import resource
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters import aws_json, tls
from chalicelib.adapters.aws_json import DYNAMODB, PARAMETER_STORE, Client, Keys, Service, find_keys
from infra.accounts import calls
from tests.unit.certified import certified

REGION = "ap-southeast-1"
KEYS = Keys("AKID", "secret", None)
SERVICES = pytest.mark.parametrize("service", [DYNAMODB, PARAMETER_STORE], ids=lambda service: service.name)


@dataclass
class Reply:
    """The answer to the next request: a JSON body, or none (`status` 0), after `seconds`."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0
    closes: bool = False
    """Whether the server closes the connection after the answer without a `Connection: close` header."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Reply] = []
        self.always: Reply | None = None
        self.requests: list[tuple[Any, dict[str, str], bytes]] = []
        """The peer, the headers and the body of each."""

    @property
    def url(self) -> str:
        scheme = "https" if isinstance(self.socket, ssl.SSLSocket) else "http"
        return f"{scheme}://127.0.0.1:{self.server_port}"

    @property
    def peers(self) -> int:
        return len({peer for peer, _, _ in self.requests})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer is one packet
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((self.client_address, {k.lower(): v for k, v in self.headers.items()}, body))
        reply = self.server.always or self.server.answers.pop(0)
        sleep(reply.seconds)
        self.close_connection = reply.closes or not reply.status
        if not reply.status:
            return
        raw = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(raw)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    running = Server()
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The upper bound of each pause between our attempts. The test skips our pauses and botocore's."""
    longest: list[float] = []

    def at_once(_: float, most: float) -> float:
        longest.append(most)
        return 0.0

    monkeypatch.setattr(aws_json, "uniform", at_once)
    monkeypatch.setattr("random.random", lambda: 0.0)
    monkeypatch.setattr("botocore.retries.standard.random.random", lambda: 0.0)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    return longest


@pytest.fixture
def ours(server: Server, pauses: list[float]) -> Iterator[Client]:
    with closing(Client(DYNAMODB, REGION, lambda: KEYS)) as client:
        yield client


def botocores(service: str, url: str | None = None, region: str = REGION, **config: Any) -> Any:
    """botocore's client, set as ours is."""
    retries = {"total_max_attempts": 3, "mode": "standard"}
    return Session().create_client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=KEYS.access_key,
        aws_secret_access_key=KEYS.secret_key,
        config=Config(retries=retries, parameter_validation=False, **config),
    )


# ---- signatures and hosts


@SERVICES
@given(
    body=st.binary(max_size=2000),
    token=st.none() | st.text("ab/+=", min_size=1),
    secret=st.text("ab/+=", min_size=1),
    region=st.sampled_from([REGION, "cn-north-1"]),
)
def test_requests_are_signed_as_botocore_signs_them(
    service: Service, body: bytes, token: str | None, secret: str, region: str
) -> None:
    ours = Client(service, region, lambda: Keys("AKID", secret, token))._headers("GetItem", body)
    given = {name: ours[name] for name in ours if name not in ("authorization", "x-amz-security-token")}
    request = AWSRequest("POST", f"https://{ours['host']}/", headers=given, data=body)
    request.context["timestamp"] = ours["x-amz-date"]
    auth = SigV4Auth(Credentials("AKID", secret, token), service.name, region)
    auth._modify_request_before_signing(request)
    request.headers.replace_header("X-Amz-Date", ours["x-amz-date"])
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert ours["authorization"].endswith(f"Signature={signature}")
    assert f"SignedHeaders={auth.signed_headers(auth.headers_to_sign(request))}," in ours["authorization"]
    assert f"Credential={auth.scope(request)}," in ours["authorization"]


@SERVICES
def test_the_hosts_are_botocores_in_every_region_of_every_partition(service: Service) -> None:
    session = Session()
    regions = [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions(service.name, partition)
    ]
    assert len(regions) > 30
    hosts = {region: Client(service, region, lambda: KEYS)._url for region in regions}
    keys = {"aws_access_key_id": "AKID", "aws_secret_access_key": "secret"}
    theirs = {
        region: session.create_client(service.name, region_name=region, **keys).meta.endpoint_url for region in regions
    }
    assert hosts == theirs


@pytest.mark.parametrize(
    ("variables", "host"),
    [
        ({"AWS_ENDPOINT_URL": "http://one.example:8080"}, "http://one.example:8080"),
        (
            {"AWS_ENDPOINT_URL": "http://one.example", "AWS_ENDPOINT_URL_DYNAMODB": "http://two.example"},
            "http://two.example",
        ),
        ({"AWS_ENDPOINT_URL_SSM": "http://two.example"}, f"https://dynamodb.{REGION}.amazonaws.com"),
    ],
)
def test_an_endpoint_of_the_environment_counts_as_with_botocore(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], host: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Client(DYNAMODB, REGION, lambda: KEYS)._url == botocores("dynamodb").meta.endpoint_url == host


# ---- what is sent and answered


def test_requests_and_answers_are_those_of_botocore(server: Server, ours: Client) -> None:
    request = {"TableName": "t", "Key": {"a": {"S": "Nguyễn \U0001f600"}}, "ConsistentRead": True}
    server.always = Reply(body={"Item": {"a": {"S": "ễ"}, "n": {"N": "1"}}}, headers={"x-amzn-RequestId": "id"})
    answered = ours("GetItem", request)
    theirs = calls(botocores("dynamodb", server.url))("GetItem", request)
    assert answered == {name: theirs[name] for name in theirs if name != "ResponseMetadata"}
    (_, own_headers, own), (_, headers, sent) = server.requests
    assert json.loads(own) == json.loads(sent) == request
    for name in ("content-type", "x-amz-target", "host", "accept-encoding"):
        assert own_headers[name] == headers[name]


OPERATIONS = {
    "dynamodb": ("PutItem", "TransactWriteItems", "Query", "BatchWriteItem", "UpdateItem", "DeleteItem"),
    "ssm": ("GetParameters",),
}


def refusals(service: str) -> list[tuple[int, str]]:
    """Statuses and codes of what a service may refuse our operations with, by botocore's description of it."""
    model = Session().get_service_model(service)
    names = {shape.name for each in OPERATIONS[service] for shape in model.operation_model(each).error_shapes}
    return [(500 if "Internal" in name else 400, name) for name in sorted(names)]


OTHERS = [
    *((400, code) for code in sorted(aws_json._THROTTLED | {"RequestTimeout", "RequestTimeoutException"})),
    *((400, code) for code in ("AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException")),
    *((400, code) for code in ("ValidationException", "TransactionConflictException", "SomethingNew")),
    *((status, "SomethingNew") for status in (403, 404, 413, 429, 500, 501, 502, 503, 504, 505)),
]


@SERVICES
def test_what_botocore_sends_again_is_sent_again_as_often_and_refused_in_the_same_words(
    service: Service, server: Server, pauses: list[float]
) -> None:
    theirs = botocores(service.name, server.url)
    operation = OPERATIONS[service.name][0]
    refused = [*refusals(service.name), *OTHERS]
    with closing(Client(service, REGION, lambda: KEYS)) as ours:
        for status, code in refused:
            body = {"__type": f"com.amazonaws.{service.name}#{code}", "message": f"because of {code}"}
            server.always = Reply(status, body)
            seen = [_refused(call, operation, server) for call in (ours, calls(theirs))]
            assert seen[0] == seen[1], (status, code)


@pytest.mark.parametrize("status", [400, 500, 503])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<html><body>Bad Gateway</body></html>",
        b"not JSON",
        {"__type": "Bare"},
        {"__type": "a.b#Named:http://x", "Message": "capital"},
    ],
)
def test_malformed_refusals_have_the_code_that_botocore_gives_them(
    server: Server, ours: Client, status: int, body: Any
) -> None:
    server.always = Reply(status, body)
    (own, own_count), (their, count) = (
        _refused(call, "PutItem", server) for call in (ours, calls(botocores("dynamodb", server.url)))
    )
    assert (own["Code"], own_count) == (their["Code"], count)


def _refused(call: Callable[..., Any], operation: str, server: Server) -> tuple[dict[str, Any], int]:
    """The error, and how often the request was sent."""
    server.requests.clear()
    with pytest.raises(ClientError) as refused:
        call(operation, {})
    assert refused.value.operation_name == operation
    return refused.value.response["Error"], len(server.requests)


def test_what_a_refusal_holds_is_handed_on(server: Server, ours: Client) -> None:
    item = {"a": {"S": "b"}}
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": item, "Message": "failed"}]
    for code, members in (
        ("ConditionalCheckFailedException", {"Item": item}),
        ("TransactionCanceledException", {"CancellationReasons": reasons}),
    ):
        server.always = Reply(400, {"__type": f"x#{code}", "message": "no", **members})
        for call in (ours, calls(botocores("dynamodb", server.url))):
            with pytest.raises(ClientError) as refused:
                call("PutItem" if "Item" in members else "TransactWriteItems", {})
            for name, member in members.items():
                assert refused.value.response[name] == member


# ---- what goes wrong on the way


def test_a_damaged_answer_is_asked_for_again_as_botocore_does(server: Server, ours: Client) -> None:
    for call in (ours, calls(botocores("dynamodb", server.url))):
        damaged = Reply(body={"Item": {"a": {"S": "1"}}}, headers={"x-amz-crc32": "1"})
        whole = {"Item": {"a": {"S": "2"}}}
        server.answers = [
            damaged,
            Reply(body=whole, headers={"x-amz-crc32": str(zlib.crc32(json.dumps(whole).encode()))}),
        ]
        assert call("GetItem", {})["Item"] == whole["Item"]


def test_an_answer_that_stays_damaged_is_not_believed(server: Server, ours: Client) -> None:
    server.always = Reply(body={"Item": {}}, headers={"x-amz-crc32": "1"})
    with pytest.raises(ChecksumError):
        ours("GetItem", {})
    server.always = Reply(body=b'{"Item": ')
    with pytest.raises(HTTPClientError):
        ours("GetItem", {})
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("reply", "raised"),
    [
        pytest.param(Reply(0), ConnectionClosedError, id="no answer"),
        pytest.param(Reply(headers={"Content-Length": "5000"}, closes=True), None, id="half an answer"),
        pytest.param(Reply(seconds=0.4), ReadTimeoutError, id="late"),
    ],
)
def test_a_failure_on_the_way_is_botocores_exception_after_as_many_attempts(
    server: Server, ours: Client, monkeypatch: pytest.MonkeyPatch, reply: Reply, raised: type[BotoCoreError] | None
) -> None:
    monkeypatch.setattr(aws_json, "_READ_TIMEOUT", 0.1)
    server.always = reply
    failures, counts = [], []
    for call in (ours, calls(botocores("dynamodb", server.url, read_timeout=0.1))):
        server.requests.clear()
        with pytest.raises(BotoCoreError) as failed:
            call("GetItem", {})
        failures.append(type(failed.value))
        counts.append(len(server.requests))
    assert counts[0] == counts[1] == 3
    if raised is not None:
        assert failures == [raised, raised]


def test_where_nobody_listens_it_is_botocores_exception(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for call in (Client(DYNAMODB, REGION, lambda: KEYS), calls(botocores("dynamodb"))):
        with pytest.raises(EndpointConnectionError, match=r"http://127\.0\.0\.1:9"):
            call("GetItem", {})
    assert pauses == [0.05, 0.1]


def test_a_connection_that_is_not_accepted_is_given_up_sooner_than_an_answer(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    monkeypatch.setattr(aws_json, "_CONNECT_TIMEOUT", 0.1)
    with Server() as full:  # accepts the connection, and never begins TLS
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{full.server_port}")
        with pytest.raises(ConnectTimeoutError):
            Client(DYNAMODB, REGION, lambda: KEYS)("GetItem", {})


def test_who_is_throttled_waits_longer_and_every_pause_is_random(
    server: Server, ours: Client, pauses: list[float]
) -> None:
    server.always = Reply(400, {"__type": "x#ThrottlingException"})
    _refused(ours, "GetItem", server)
    server.always = Reply(500, {"__type": "x#InternalServerError"})
    _refused(ours, "GetItem", server)
    assert pauses == [1.0, 2.0, 0.05, 0.1]


def test_a_client_may_try_more_often_and_no_pause_is_longer_than_four_seconds(
    server: Server, pauses: list[float]
) -> None:
    server.always = Reply(400, {"__type": "x#ThrottlingException"})
    with closing(Client(PARAMETER_STORE, REGION, lambda: KEYS, attempts=6)) as client, pytest.raises(ClientError):
        client("GetParameters", {})
    assert (len(server.requests), pauses) == (6, [1.0, 2.0, 4.0, 4.0, 4.0])


def test_no_attempt_begins_when_the_request_could_not_be_answered_any_more(
    server: Server, ours: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, 5.0, 10.1])
    monkeypatch.setattr(aws_json, "monotonic", lambda: next(times))
    server.always = Reply(0)
    with pytest.raises(ConnectionClosedError):
        ours("GetItem", {})
    assert len(server.requests) == 2


# ---- connections


def test_connections_are_kept(server: Server, ours: Client) -> None:
    server.answers = [Reply(500), Reply(400, {"__type": "x#ThrottlingException"}), Reply(), Reply()]
    for _ in range(2):
        ours("GetItem", {})
    assert (len(server.requests), server.peers) == (4, 1)


def test_a_connection_that_was_closed_meanwhile_is_no_attempt(
    server: Server, ours: Client, pauses: list[float]
) -> None:
    for _ in range(3):
        server.answers = [Reply(closes=True)]
        ours("GetItem", {})
        sleep(0.05)  # until the end of the connection is here
    assert server.peers == 3
    assert not pauses


def test_threads_share_connections_and_none_gets_anothers_answer(server: Server, ours: Client) -> None:
    class Echo(Reply):
        @property
        def seconds(self) -> float:
            return 0.005

        @seconds.setter
        def seconds(self, _: float) -> None: ...

    def ask(number: int) -> bool:
        return ours("GetItem", {"Number": number}) == {}

    server.always = Echo()
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(200)))
    assert len(server.requests) == 200
    assert {json.loads(body)["Number"] for _, _, body in server.requests} == set(range(200))
    assert server.peers <= 8


def test_a_connection_with_a_high_number_is_kept_too(server: Server, ours: Client) -> None:
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(allowed, 2048), most), most))
    taken = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        server.always = Reply()
        for _ in range(2):
            ours("GetItem", {})
        assert server.peers == 1
    finally:
        for each in taken:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


def test_a_closed_client_opens_new_connections(server: Server, ours: Client) -> None:
    server.always = Reply()
    for _ in range(2):
        ours("GetItem", {})
        ours.close()
    assert server.peers == 2


# ---- TLS


@pytest.fixture
def secure(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The server behind TLS, with a certificate for 127.0.0.1 of an authority that the bundle holds."""
    authority, certificate = certified("127.0.0.1", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority))
    tls.context.cache_clear()
    yield server
    tls.context.cache_clear()


def test_a_server_is_believed_by_the_bundle_of_authorities(secure: Server, pauses: list[float]) -> None:
    secure.always = Reply()
    with closing(Client(DYNAMODB, REGION, lambda: KEYS)) as ours:
        for _ in range(2):
            assert ours("GetItem", {}) == {}
    assert secure.peers == 1


@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_server_that_is_not_who_it_says_gets_no_request(
    secure: Server,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    wrong: str,
) -> None:
    secure.always = Reply()
    if wrong == "name":
        monkeypatch.setenv("AWS_ENDPOINT_URL", secure.url.replace("127.0.0.1", "localhost"))
    else:
        other, _ = certified("127.0.0.1", tmp_path_factory.mktemp("other"))
        monkeypatch.setenv("AWS_CA_BUNDLE", str(other))
    for call in (Client(DYNAMODB, REGION, lambda: KEYS), calls(botocores("dynamodb"))):
        with pytest.raises(SSLError):
            call("GetItem", {})
    assert not secure.requests


# ---- keys


def test_keys_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    assert find_keys()() == Keys("AKID", "secret", None)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert find_keys()() == Keys("AKID", "secret", "token")


def test_keys_that_expire_are_renewed_from_the_containers_endpoint(
    monkeypatch: pytest.MonkeyPatch, nowhere_else: None
) -> None:
    given: list[str] = []

    class Container(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given.append(str(self.headers["Authorization"]))
            key = {"AccessKeyId": f"AKID-{len(given)}", "SecretAccessKey": "s", "Token": "t"}
            raw = json.dumps(
                {**key, "Expiration": "2021-07-22T00:00:00Z" if len(given) == 1 else "2999-01-01T00:00:00Z"}
            ).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Container) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/keys")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "allowed")
        keys = find_keys()
        assert [keys(), keys()] == [Keys("AKID-2", "s", "t")] * 2
        server.shutdown()
    assert given == ["allowed", "allowed"]


def test_without_any_keys_it_says_so(nowhere_else: None) -> None:
    with pytest.raises(NoCredentialsError):
        find_keys()


@pytest.fixture
def nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keys where botocore looks, but for what a test adds."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
