import json
import ssl
import subprocess
import sys
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench import certificates
from bench.answers import Answers
from bench.processes import ROOT, Endpoint, serving


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    answers = Answers({}, {"/hash-key": "00"}, '{"keys": []}')
    answers.add({"declaration": {"S": "A"}, "row": {"S": "1"}})
    answers.add({"declaration": {"S": "A"}, "row": {"S": "2"}})
    (tmp_path / "answers.json").write_text(answers.text())
    return tmp_path


def _connection(endpoint: Endpoint) -> HTTPSConnection:
    assert endpoint.url is not None
    context = ssl.create_default_context(cafile=endpoint.prepared / certificates.AUTHORITIES)
    return HTTPSConnection(urlsplit(endpoint.url).netloc, context=context, timeout=5)


def test_one_connection_serves_many_requests_and_their_operations_are_recorded(prepared: Path) -> None:
    key = {"declaration": {"S": "A"}, "row": {"S": "2"}}
    query = {"ExpressionAttributeValues": {":0": {"S": "A"}, ":1": {"S": "2"}}}
    row = {"declaration": {"S": "A"}, "row": {"S": "2"}}
    expected = {
        "PutItem": ({}, {}),
        "TransactWriteItems": ({}, {}),
        "GetItem": ({"Key": key}, {"Item": row}),
        "BatchGetItem": (
            {"RequestItems": {"entries": {"Keys": [key]}}},
            {"Responses": {"entries": [row]}, "UnprocessedKeys": {}},
        ),
        "Query": (query, {"Items": [row], "Count": 1, "ScannedCount": 1}),
        "GetParameters": (
            {"Names": ["/hash-key"]},
            {"Parameters": [{"Name": "/hash-key", "Value": "00"}], "InvalidParameters": []},
        ),
    }
    with serving(prepared) as endpoint:
        connection = _connection(endpoint)
        connection.connect()
        socket = connection.sock
        for operation, (request, answer) in expected.items():
            connection.request("POST", "/", json.dumps(request), {"X-Amz-Target": f"DynamoDB_20120810.{operation}"})
            assert json.load(connection.getresponse()) == answer, operation
        connection.request("GET", "/jwks")
        assert json.load(connection.getresponse()) == {"keys": []}
        connection.request("GET", "/calls")
        assert json.load(connection.getresponse()) == list(expected)
        assert connection.sock is socket
        connection.close()


def test_it_refuses_what_it_does_not_know(prepared: Path) -> None:
    with serving(prepared) as endpoint:
        connection = _connection(endpoint)
        connection.request("POST", "/", "{}", {"X-Amz-Target": "DynamoDB_20120810.Scan"})
        assert connection.getresponse().status == 400
        connection.close()


def test_it_ends_when_the_bench_fails(prepared: Path) -> None:
    with pytest.raises(ZeroDivisionError), serving(prepared) as endpoint:
        raise ZeroDivisionError
    with pytest.raises(ConnectionRefusedError):
        _connection(endpoint).connect()


def test_it_ends_when_the_bench_is_gone(prepared: Path) -> None:
    certificates.make(prepared)
    files = [str(prepared / "answers.json"), str(prepared / certificates.SERVER)]
    command = [sys.executable, "-m", "bench.server", *files]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:  # noqa: S603
        assert server.stdout is not None
        assert server.stdin is not None
        assert server.stdout.readline()
        server.stdin.close()
        assert server.wait(5) == 0
