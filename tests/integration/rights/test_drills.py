"""A restoration is tried out in a copy, on moto."""

import time
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from infra.accounts import Account
from infra.errors import CannotGoOn
from infra.operation.copies import Comparison, compare, newest_copy
from infra.operation.restore import result
from tests.integration.rights.persons import PHONE, Run
from tests.tables import REGION, client, create_table, rows

COPY = "tay-ninh-pass-test-drill-entries"


@pytest.fixture
def account() -> Account:
    return Account(boto3.Session("test", "test", region_name=REGION), REGION)


def tables() -> list[str]:
    names: list[str] = client("dynamodb").list_tables()["TableNames"]
    return names


def test_a_drill_says_what_would_come_back_and_leaves_nothing(
    codes: list[str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows("entries")
    assert run("restore entries", "--drill") == 0
    printed = capsys.readouterr().out
    assert (
        f"{len(before)} rows came from the backup; entries has {len(before)}, and {len(before)} are in both." in printed
    )
    assert "would put 0 rows back" in printed
    assert PHONE not in printed
    assert rows("entries") == before
    assert COPY not in tables()


def test_a_copy_that_an_interrupted_drill_has_left_is_named(
    aws: dict[str, str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    create_table("Entries", COPY)
    assert run("restore entries", "--drill") == 1
    assert f"delete-table --table-name {COPY}" in capsys.readouterr().err
    assert COPY in tables()


def test_rows_that_the_table_has_lost_are_counted_apart_from_those_that_stay_gone(
    aws: dict[str, str], account: Account
) -> None:
    def row(number: int, **more: Any) -> dict[str, Any]:
        return {"declaration": {"S": f"D{number // 10}"}, "row": {"S": f"R{number}"}, **more}

    create_table("Entries", "copy")
    ended = {"expires_at": {"N": str(int(time.time()) - 60)}}
    for number in range(250):  # more than one request asks for
        client("dynamodb").put_item(TableName="copy", Item=row(number, **(ended if number < 20 else {})))
        if number >= 50:
            client("dynamodb").put_item(TableName="entries", Item=row(number))
    client("dynamodb").put_item(TableName="entries", Item=row(999))
    found = compare(account, "entries", "copy", lambda row: None if row["row"]["S"] == "R49" else row)
    assert found == Comparison(live=201, copied=250, missing=29, left_out=21)
    assert "entries has 201, and 200 are in both." in result("entries", found)
    assert len(rows("entries")) == 201


@pytest.mark.parametrize(
    ("copy", "answer"),
    [
        ("entries", "entries is the table entries itself"),
        (COPY, f"There is no table {COPY}. Restore entries into it first"),
    ],
)
def test_a_copy_that_is_none_is_not_read(
    aws: dict[str, str], run: Run, capsys: pytest.CaptureFixture[str], copy: str, answer: str
) -> None:
    assert run("restore entries", "--copy", copy) == 1
    assert answer in capsys.readouterr().err


def test_a_restoration_waits_until_its_copy_is_made(
    aws: dict[str, str], run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    create_table("Entries", COPY)
    looks = iter(["CREATING"] * 3)
    asked = BaseClient._make_api_call

    def answered(self: Any, operation: str, parameters: Any) -> Any:
        answer = asked(self, operation, parameters)
        if operation == "DescribeTable" and parameters["TableName"] == COPY:
            answer["Table"]["TableStatus"] = next(looks, "ACTIVE")
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", answered)
    monkeypatch.setattr(Account, "pause", 0.01)
    assert run("restore entries", "--copy", COPY) == 0
    assert next(looks, None) is None
    printed = capsys.readouterr().out
    assert f"{COPY} is still being made" in printed
    assert "0 of 0 rows were missing" in printed


def test_a_table_that_is_gone_is_not_restored_into(
    aws: dict[str, str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    client("dynamodb").delete_table(TableName="entries")
    assert run("restore entries", "--copy", COPY) == 1
    assert "The table entries is gone" in capsys.readouterr().err


def test_a_copy_of_another_table_is_not_compared(aws: dict[str, str], account: Account) -> None:
    with pytest.raises(CannotGoOn, match="their keys differ"):
        compare(account, "entries", "tracing", lambda row: row)


def test_a_drill_that_is_interrupted_deletes_its_copy(aws: dict[str, str], account: Account) -> None:
    with suppress(KeyboardInterrupt), newest_copy(account, "entries", COPY):
        assert COPY in tables()
        raise KeyboardInterrupt
    assert COPY not in tables()
