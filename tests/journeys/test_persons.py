"""Someone has their data erased, on the packaged functions: every table is read directly, and a backup is put back."""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from infra.__main__ import main
from infra.accounts import engine
from infra.local.stack import Stack
from infra.operation.persons import archives
from tests.journeys.actors import Guard, HealthOfficer, Supervisor, Traveller, Witness
from tests.tables import create_table

NUMBER = 7301
KEYS = {"entries": ("declaration", "row"), "tracing": ("place", "moment"), "messages": ("code", "event")}


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """A command that works on the engine changes the environment of its process."""
    with patch.dict(os.environ):
        yield


def test_one_of_a_family_is_erased_and_a_restoration_does_not_bring_them_back(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    traveller, guard, witness = Traveller(stack, NUMBER, full_name="Đỗ Thị Tẩy"), Guard(stack), Witness(stack)
    destination = {"unit": {"list_version": "2021", "code": "25480"}, "address": "Hẻm Thử Nghiệm 7"}
    transport = {"kind": "car", "plate": "70A-730.19"}
    passes = traveller.declares(companions=2, destination=destination, transport=transport)["passes"]
    codes = [each["code"] for each in passes]
    witness.waits_until(lambda: traveller.phone in witness.texts(), "the text")
    link = witness.texts()[traveller.phone][0].rpartition(" ")[2]
    assert traveller.follows(link)["origin"] == "proven"
    assert guard.records(codes[0], reason="thở dốc lúc kiểm tra")[0] == 201
    assert guard.records(codes[1])[0] == 201
    Supervisor(stack).corrects(codes[0], "isolate", "thở dốc lúc kiểm tra")
    HealthOfficer(stack).revokes(codes[0], "thở dốc lúc kiểm tra")
    of_traveller = codes[0].replace("-", "")
    witness.waits_until(lambda: len(witness.texts().get(traveller.phone, [])) >= 2, "the messages")
    witness.waits_until(lambda: of_traveller in witness.codes_exposed("crossed"), "the exposure at the gate")
    witness.waits_until(
        lambda: not any(witness.waiting(queue) for queue in ("TracingQueue", "MessagesQueue")), "the queues to be empty"
    )

    marks = (
        "Đỗ Thị Tẩy",
        f"0720900{NUMBER:05d}",
        traveller.phone,
        "70A73019",
        "Hẻm Thử",
        "thở dốc",
        passes[0]["token"],
    )
    before = _all(witness)
    assert [mark for mark in marks if mark not in before] == []
    dynamodb = engine(stack["endpoint_url"]).client("dynamodb")
    for table in KEYS:
        create_table(table.capitalize(), f"copy-of-{table}", dynamodb)
        for row in _of_declaration(witness, table, of_traveller):
            dynamodb.put_item(TableName=f"copy-of-{table}", Item=row)

    def run(verb: str, *arguments: str) -> int:
        monkeypatch.setattr("sys.stdin", StringIO(f"0720900{NUMBER:05d}\n"))
        return main([*verb.split(), "--endpoint", stack["endpoint_url"], *arguments])

    assert run("persons erase", "--identity", "--yes") == 1  # passes of this hour are still in use
    two_hours_later = datetime.now(UTC) + timedelta(hours=2)
    monkeypatch.setattr(archives, "archive_of", partial(archives.archive_of, clock=lambda: two_hours_later))
    assert run("persons export", "--identity", "--to", str(tmp_path / "person.json")) == 0
    copy = (tmp_path / "person.json").read_text()
    assert [mark for mark in marks if mark not in copy] == []
    assert not any(each in copy for each in codes[1:])
    assert run("persons restrict", "--identity", "--yes") == 0
    seen = guard.scans(codes[0])
    assert (seen["verdict"], seen["restricted"]) == ("revoked", True)
    assert not seen.keys() & {"health", "findings", "crossing"}
    assert traveller.phone not in json.dumps(seen)
    others = _rows_of(witness, codes[1:])
    assert run("persons erase", "--identity", "--yes") == 0

    assert _left(witness, marks, of_traveller) == []
    assert _rows_of(witness, codes[1:]) == others
    assert [guard.scans(each["token"])["verdict"] for each in passes] == ["unknown", "used", "valid"]
    assert guard.scans(codes[2])["riding_along"][0]["code"] == codes[1]
    assert [each["code"] for each in guard.asks("GET", f"/v1/checkpoint/manifest?code={codes[1]}")["passes"]] == codes[
        1:
    ]

    for table, names in KEYS.items():
        for row in _of_declaration(witness, table, of_traveller):
            keys = {name: row[name] for name in names}
            dynamodb.delete_item(TableName=stack["outputs"][f"{table.capitalize()}TableName"], Key=keys)
        assert run(f"restore {table}", "--copy", f"copy-of-{table}") == 0
    witness.waits_until(lambda: not witness.waiting("TracingQueue"), "what the restoration brought to the queue")
    assert _left(witness, marks, of_traveller) == []
    assert [guard.scans(each["token"])["verdict"] for each in passes] == ["unknown", "used", "valid"]
    assert "Tẩy" not in capsys.readouterr().out


def _all(witness: Witness) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for name in KEYS for row in witness.rows(name.capitalize()))


def _left(witness: Witness, marks: tuple[str, ...], code: str) -> list[str]:
    """What the tables still hold of the person."""
    everything = _all(witness)
    facts = re.compile(r"#0(#|$)")
    own = [
        row["row"]["S"]
        for row in witness.rows("Entries")
        if row["declaration"]["S"] == code[:13] and (facts.search(row["row"]["S"]) or row["row"]["S"] == "PROOF")
    ]
    return [mark for mark in (*marks, code) if mark in everything] + own


def _rows_of(witness: Witness, codes: list[str]) -> list[str]:
    """The rows of these passes alone."""
    names = [code.replace("-", "") for code in codes]
    rows = (json.dumps(row) for table in ("Tracing", "Messages") for row in witness.rows(table))
    return sorted(row for row in rows if any(name in row for name in names))


def _of_declaration(witness: Witness, table: str, code: str) -> list[dict[str, Any]]:
    """All rows about the passes of a declaration, those that list them included."""
    return [row for row in witness.rows(table.capitalize()) if code[:13] in json.dumps(row)]
