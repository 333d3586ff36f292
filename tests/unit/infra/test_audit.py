"""Known vulnerabilities, from a database that a test serves."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from infra.__main__ import FAILED, main
from infra.packaging import audit, lock


@contextmanager
def database(answer: bytes, status: int = 200) -> Iterator[tuple[str, list[Any]]]:
    """A database that gives one answer, and the queries that it was sent."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def results(*vulnerable: str) -> bytes:
    each = [{"vulns": [{"id": "PYSEC-1"}]} if pin in vulnerable else {} for pin in lock.pins()]
    return json.dumps({"results": each}).encode()


def test_a_package_that_is_known_to_be_vulnerable_fails_the_build(capsys: pytest.CaptureFixture[str]) -> None:
    pin = lock.pins()[3]
    with database(results(pin)) as (url, asked):
        assert main(["audit", "--database", url]) == FAILED
    assert f"{pin}: PYSEC-1" in capsys.readouterr().err
    names = [f"{query['package']['name']}=={query['version']}" for query in asked[0]["queries"]]
    assert names == lock.pins()


def test_every_package_is_judged_or_none_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    with database(results()) as (url, _):
        assert main(["audit", "--database", url]) == 0
    assert f"none is known of the {len(lock.pins())} packages" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "status"), [(b"", 503), (b"<html>", 200), (b"{}", 200), (b'{"results": [{}]}', 200), (b"[]", 200)]
)
def test_without_data_nothing_is_judged_and_nothing_fails(
    answer: bytes, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with database(answer, status) as (url, _):
        assert main(["audit", "--database", url]) == 0
    assert "NOTHING WAS JUDGED" in capsys.readouterr().out


def test_a_database_that_is_not_there_judges_nothing() -> None:
    with pytest.raises(audit.NoData):
        audit.known(lock.pins(), "http://127.0.0.1:9/")
