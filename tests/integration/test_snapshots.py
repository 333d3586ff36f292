"""A function that starts from a snapshot, in a process of its own, with the hooks called as Lambda's runtime does.

The process finds AWS and the issuer's keys on this machine. Before the snapshot it may connect to nothing.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_hex
from threading import Thread
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.adapters.pass_keys import KeyRing
from chalicelib.data import read_bytes
from chalicelib.models.staff.staff import Posting, StaffRecord
from chalicelib.wiring.entry import entries
from infra import ROOT
from infra.operation.keys import new_key
from tests.forms import form
from tests.issuer import AUDIENCE, ISSUER, serving
from tests.tables import REGION

SECRETS = {
    "/signing-keys": KeyRing(keys=[new_key(datetime.now(UTC) - timedelta(hours=1))]).model_dump_json(),
    "/hash-key": token_hex(32),
}
OF_ONE_PROCESS = {
    *("Credentials", "Keys", "Client", "SSLSocket", "HTTPConnection"),
    *("KeyRing", "KeyStore", "SigningKey", "KeyedHash", "Issuer", "Entries", "InForceSource"),
}
"""Classes of what no snapshot may have."""

PROCESS = """
import gc, json, random, socket, sys

handler, requests, of_one_process = sys.argv[1], json.loads(sys.argv[2]), set(json.loads(sys.argv[3]))

def ours():
    return {name for name in sys.modules if name.startswith("chalicelib")}

class Context:
    aws_request_id = function_name = "snapshot"
    function_version, memory_limit_in_mb, invoked_function_arn = "1", 512, "arn"
    def get_remaining_time_in_millis(self):
        return 20_000

def connect(*_):
    raise AssertionError("a connection before the snapshot")

real = socket.socket.connect, socket.getaddrinfo
socket.socket.connect = socket.getaddrinfo = connect
import app
from snapshot_restore_py import get_after_restore, get_before_snapshot

at_start = ours()
for function, arguments, named in reversed(get_before_snapshot()):
    function(*arguments, **named)
in_snapshot = ours()
gc.unfreeze()  # frozen objects are not listed
kept = sorted({type(each).__name__ for each in gc.get_objects()} & of_one_process)
random.seed(1)
expected = random.random()
random.seed(1)
socket.socket.connect, socket.getaddrinfo = real
for function, arguments, named in get_after_restore():
    function(*arguments, **named)
random_again = random.random() == expected
answers = []
out, sys.stdout = sys.stdout, sys.stderr  # where the logs go
for request in requests:
    if answers and request["body"] == "{qr}":
        request["body"] = json.dumps({"qr": json.loads(answers[-1]["body"])["passes"][0]["token"]})
    answers.append(getattr(app, handler)(request, Context()))
json.dump({
    "hot": sorted(in_snapshot - at_start),
    "kept": kept,
    "random_again": random_again,
    "statuses": [answer["statusCode"] for answer in answers],
    "imported": sorted(ours() - in_snapshot),
}, out)
out.flush()
"""


@contextmanager
def local_aws() -> Iterator[str]:
    """The few answers of AWS that these requests need. What is put can be found. Gives its URL."""
    rows: list[Any] = []

    def item(row: str, body: str) -> dict[str, Any]:
        version = json.loads(body).get("version", "")
        return {"partition": {"S": "CURRENT"}, "row": {"S": row}, "body": {"S": body}, "version": {"S": version}}

    shipped = ("provinces", "tay-ninh")
    checkpoints = json.loads(read_bytes(*shipped, "checkpoints.json"))
    reference = [
        item("POLICY", read_bytes(*shipped, "policy.json").decode()),
        *(item(f"CHECKPOINT#{each['id']}", json.dumps(each)) for each in checkpoints),
    ]
    since = datetime.now(UTC) - timedelta(days=1)
    posting = Posting(checkpoint="an-hoa", since=since, posted_by="supervisor")
    guard = StaffRecord(subject="staff-1", name="Lan", postings=[posting]).model_dump_json()

    def answered(operation: str, request: Any) -> dict[str, Any]:
        if operation == "GetParameters":
            found = [{"Name": name, "Value": SECRETS[name]} for name in request["Names"]]
            return {"Parameters": found, "InvalidParameters": []}
        if operation == "PutItem":
            rows.append(request["Item"])
            return {}
        if operation == "GetItem":
            return {"Item": {"partition": {"S": "STAFF"}, "row": {"S": "staff-1"}, "body": {"S": guard}}}
        items = reference if request["TableName"] == "reference" else rows
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(answered(self.headers["X-Amz-Target"].partition(".")[2], request)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def request(path: str, body: str, token: str | None = None) -> dict[str, Any]:
    """A POST as the gateway hands it over."""
    headers = {"content-type": "application/json", "idempotency-key": "5e2f4a86-0f5d-4b0e-9d3a-2b1c7f8a9e10"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    return {
        "requestContext": {"resourcePath": path, "httpMethod": "POST", "path": f"/api{path}", "requestId": "1"},
        "headers": headers,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": body,
        "isBase64Encoded": False,
    }


@pytest.fixture(scope="module", params=["app", "gate"])
def restored(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a process saw of itself, as the public's function and as the gates'."""
    return run(request.param)


def run(handler: str) -> dict[str, Any]:
    with serving() as issuer, local_aws() as url:
        declaration = json.dumps(form(datetime.now(UTC)))
        token = issuer.token("checkpoint")
        requests = {
            "app": [request("/v1/declarations", declaration)],
            "gate": [
                request("/v1/checkpoint/declarations", declaration, token),
                request("/v1/checkpoint/checks", "{qr}", token),
            ],
        }[handler]
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "ENTRIES_TABLE": "entries",
            "REFERENCE_TABLE": "reference",
            "TRACING_TABLE": "tracing",
            "SIGNING_KEYS_PARAMETER": "/signing-keys",
            "HASH_KEY_PARAMETER": "/hash-key",
            "PUBLIC_URL": "https://pass.example",
            "STAFF_ISSUER": ISSUER,
            "STAFF_KEYS_URL": issuer.keys_url,
            "STAFF_AUDIENCE": AUDIENCE,
        }
        command = [sys.executable, "-c", PROCESS, handler, json.dumps(requests), json.dumps(sorted(OF_ONE_PROCESS))]
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert ran.returncode == 0, ran.stderr
    seen: dict[str, Any] = json.loads(ran.stdout)
    return {**seen, "log": ran.stderr}


def test_the_snapshot_has_our_modules(restored: dict[str, Any]) -> None:
    assert set(restored["hot"]) >= {
        "chalicelib.handlers.entry.declarations",
        "chalicelib.handlers.gate.checks",
        "chalicelib.http.auth",
        "chalicelib.storage.entry.entries",
    }


def test_the_snapshot_has_no_secret_and_nothing_that_was_read(restored: dict[str, Any]) -> None:
    """It connects to nothing: the process would have failed."""
    assert restored["kept"] == []


def test_a_request_after_the_restoring_is_answered_and_imports_nothing_of_ours(restored: dict[str, Any]) -> None:
    assert set(restored["statuses"]) <= {200, 201}, restored["log"]
    assert restored["imported"] == []


def test_copies_do_not_share_random_numbers(restored: dict[str, Any]) -> None:
    assert not restored["random_again"]


def test_the_classes_that_no_snapshot_may_have_exist() -> None:
    """So that a new name of one of them is noticed."""
    sources = "\n".join(file.read_text() for file in Path(ROOT, "chalicelib").rglob("*.py"))
    others = {"Credentials", "SSLSocket", "HTTPConnection"}
    assert [each for each in OF_ONE_PROCESS - others if f"class {each}" not in sources] == []


def test_what_wiring_keeps_is_forgotten(aws: dict[str, str]) -> None:
    kept = wiring.keyed_hash(), entries()
    assert kept == (wiring.keyed_hash(), entries())
    wiring.forget()
    assert wiring.keyed_hash() is not kept[0]
    assert entries() is not kept[1]


def test_other_starts_do_not_import_the_hooks() -> None:
    command = [sys.executable, "-c", "import sys, app; print({'chalicelib.snapshots'} & sys.modules.keys())"]
    for start in ("on-demand", "provisioned-concurrency"):
        environment = {"PATH": os.environ["PATH"], "AWS_LAMBDA_INITIALIZATION_TYPE": start}
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
        assert ran.stdout.strip() == "set()"
