"""A person has what is held about them exported and erased, on moto."""

import json
import stat
from collections.abc import Callable
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEventKind
from infra.__main__ import main
from infra.accounts import stack_name
from infra.operation import persons
from tests.forms import form, person
from tests.integration.conftest import Api, Clock
from tests.integration.gate.recording import batch as crossings
from tests.integration.queues import batch, event
from tests.tables import REGION, client, create_table, rows

NUMBER, PHONE = "072090000000", "0912345678"
OF_TRAVELLER = ("Nguyễn Văn Thử", NUMBER, "912345678", "70E1", "Tổ 3", "Số 1 đường Thử", "sốt cao", "Chủ nhà Mẫu")
STORED_IN = ("entries", "tracing", "messages")
"""Tables that hold something of a person."""

Run = Callable[..., int]


@pytest.fixture
def run(aws: dict[str, str], clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, on the stage `test`, three hours after the clock."""
    monkeypatch.setenv("AWS_REGION", REGION)
    client("logs").create_log_group(logGroupName="audit")
    outputs = {"Audit" + "Logs": "audit", **{f"{each.capitalize()}TableName": each for each in STORED_IN}}
    template = {
        "Parameters": {
            name: {"Type": "String", "Default": default}
            for name, default in (
                ("Province", "tay-ninh"),
                ("DeclarationRetentionDays", "30"),
                ("AuditRetentionDays", "365"),
            )
        },
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    client("cloudformation").create_stack(StackName=stack_name("test"), TemplateBody=json.dumps(template))

    def later() -> Any:
        from datetime import timedelta

        return clock() + timedelta(hours=3)

    monkeypatch.setattr(persons, "archive_of", partial(persons.archive_of, clock=later))

    def run(verb: str, *arguments: str, typed: str = "") -> int:
        monkeypatch.setattr("sys.stdin", StringIO(typed + "\n"))
        return main([*verb.split(), "--stage", "test", "--region", REGION, *arguments])

    return run


@pytest.fixture
def codes(api: Api, clock: Clock, lambdas: Client, sent: list[tuple[str, str]]) -> list[str]:
    """The codes of a family of three that was checked, let in, corrected and revoked; all of it was traced, and they
    were sent messages."""
    body = form(clock(), 2, origin={"country": "KH", "address": "Số 1 đường Thử"})
    body["trip"]["destination"]["host"] = "Chủ nhà Mẫu"
    body["traveller"]["health"]["symptoms"] = ["fever"]
    body["companions"][1] |= {"full_name": "Lê Văn Ba", "phone": None}
    answer = api("POST", "/v1/declarations", body, Idempotency_Key="a" * 20).json_body
    codes = [each["code"] for each in answer["passes"]]
    declared = batch(json.dumps(event("declaration_submitted", Code.parse(codes[0]))))
    lambdas.lambda_.invoke("notify_declared", declared)
    for each in codes:
        crossing = {"code": each, "checkpoint": "an-hoa", "decision": "admit", "reason": "sốt cao", "temperature": 38.1}
        assert api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint").status_code == 201
        assert api(
            "POST",
            "/v1/checkpoint/corrections",
            {"code": each, "decision": "isolate", "reason": "sốt cao"},
            role="supervisor",
        ).status_code in (200, 201)
        refused = {"code": each, "decision": "refuse", "reason": "sốt cao"}
        line = crossings(clock, refused)
        sent_late = api("POST", "/v1/checkpoint/crossings/batch", line, role="checkpoint", subject="staff-2")
        assert sent_late.json_body["lines"][0]["outcome"] == "conflict"
        revocation = {"code": each, "reason": "sốt cao"}
        assert api("POST", "/v1/checkpoint/revocations", revocation, role="health").status_code in (200, 201)
        for kind in EntryEventKind:
            for worker in ("trace", "notify"):
                lambdas.lambda_.invoke(worker, batch(json.dumps(event(kind, Code.parse(each)))))
    return codes


def everything(*tables: str) -> str:
    """All that stands in the tables."""
    return "\n".join(json.dumps(item, ensure_ascii=False) for table in tables or STORED_IN for item in rows(table))


def about(code: str) -> int:
    """How many rows are about this pass alone."""
    return len([item for table in STORED_IN for item in rows(table) if _is_about(item, Code.parse(code))])


def test_a_family_is_on_record_and_one_of_them_is_erased(
    api: Api, clock: Clock, codes: list[str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    token = json.loads(_declaration(codes[0])["body"]["S"])["passes"][0]["token"]
    before = everything()
    assert [text for text in (*OF_TRAVELLER, token) if text not in before] == []
    others = [_facts_of(each) for each in codes[1:]]

    assert run("persons erase", "--identity", typed=NUMBER) == 0
    assert "Nothing was erased" in capsys.readouterr().out
    assert everything() == before
    assert run("persons erase", "--identity", "--yes", typed=NUMBER) == 0
    shown = capsys.readouterr().out
    assert "Erased at" in shown
    assert NUMBER not in shown

    left = everything()
    assert [text for text in (*OF_TRAVELLER, token) if text in left.replace("sốt cao", "") and text != "sốt cao"] == []
    assert about(codes[0]) == 0
    assert [_facts_of(each) for each in codes[1:]] == others
    for code in codes[1:]:
        checked = api("POST", "/v1/checkpoint/checks", {"qr": code}, role="checkpoint").json_body
        assert checked["verdict"] == "revoked"
        assert [each["masked_name"] for each in checked["riding_along"]] in (["LV BA"], ["TT MAU"])
    manifest = api("GET", f"/v1/checkpoint/manifest?code={codes[1]}", role="checkpoint").json_body
    assert [each["code"] for each in manifest["passes"]] == codes[1:]
    for qr in (codes[0], token):
        assert api("POST", "/v1/checkpoint/checks", {"qr": qr}, role="checkpoint").json_body["verdict"] == "unknown"
    assert api("GET", f"/v1/passes/{codes[0]}").status_code == 404
    assert api("GET", f"/v1/passes/{codes[0]}/qr.svg").status_code == 404
    listed = api("GET", "/v1/checkpoint/conflicts", role="supervisor", subject="staff-3").json_body["conflicts"]
    assert len(listed) == 2

    assert run("persons erase", "--identity", "--yes", typed=NUMBER) == 0
    assert "Nothing is held" in capsys.readouterr().out
    assert everything() == left


def test_the_receipt_the_tombstone_and_the_audit_line_name_nobody(codes: list[str], run: Run) -> None:
    run("persons erase", "--identity", "--yes", typed=NUMBER)
    stays = {name: [row for row in rows("entries") if row["declaration"]["S"] == name] for name in _PARTITIONS}
    assert [len(each) for each in stays.values()] == [1, 1, 0]
    (receipt,) = stays["ERASURES"]
    assert json.loads(receipt["body"]["S"])["rows"].keys() == {"entries", "tracing", "messages"}
    assert all(count > 0 for count in json.loads(receipt["body"]["S"])["rows"].values())
    assert not any(text in json.dumps(stays) for text in (NUMBER, "912345678", codes[0].replace("-", "")))
    (line,) = _audit_lines()
    assert (line["action"], line["codes"]) == ("erase person", [codes[0].replace("-", "")])
    assert NUMBER not in json.dumps(line)


def test_an_event_that_comes_again_brings_nothing_back(
    codes: list[str], run: Run, lambdas: Client, sent: list[tuple[str, str]]
) -> None:
    run("persons erase", "--code", codes[0], "--yes")
    before, texts = _keys("tracing"), len(sent)
    for kind in EntryEventKind:
        for worker in ("trace", "notify"):
            lambdas.lambda_.invoke(worker, batch(json.dumps(event(kind, Code.parse(codes[0])))))
    assert _keys("tracing") == before
    assert len(sent) == texts


def test_the_same_form_sent_again_does_not_bring_the_person_back(
    api: Api, clock: Clock, codes: list[str], run: Run
) -> None:
    run("persons erase", "--code", codes[0], "--yes")
    left = everything()
    again = api("POST", "/v1/declarations", form(clock(), 2), Idempotency_Key="a" * 20)
    assert again.json_body["code"] == "idempotency_key_reused"
    assert everything() == left


def test_everyone_of_a_declaration_can_be_erased_one_after_the_other(codes: list[str], run: Run) -> None:
    for code in reversed(codes):
        assert run("persons erase", "--code", code, "--yes") == 0
    left = everything()
    assert not any(text in left for text in (*OF_TRAVELLER, "Trần Thị Mẫu", "Lê Văn Ba", "TNP1:", "07209"))


@pytest.mark.parametrize("table", STORED_IN)
def test_a_restoration_does_not_bring_back_what_was_erased(
    api: Api, codes: list[str], run: Run, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    create_table(table.capitalize(), "copy")
    before = rows(table)
    for item in before:
        client("dynamodb").put_item(TableName="copy", Item=item)
    run("persons erase", "--identity", "--yes", typed=NUMBER)
    left = everything(table)
    assert run(f"restore {table}", "--copy", "copy") == 0
    assert everything(table) == left

    # All that the table had is lost, but for what stays of the erasure.
    for item in rows(table):
        if item.get("declaration", {}).get("S") not in _PARTITIONS:
            keys = {name: item[name] for name in _KEYS[table]}
            client("dynamodb").delete_item(TableName=table, Key=keys)
    assert run(f"restore {table}", "--copy", "copy") == 0
    assert sorted(everything(table).splitlines()) == sorted(left.splitlines())
    if table == "entries":
        assert api("GET", f"/v1/passes/{codes[0]}").status_code == 404
        assert api("GET", f"/v1/passes/{codes[1]}").json_body["state"] == "revoked"


@pytest.mark.parametrize("stops_at", range(10))
def test_an_erasure_that_was_interrupted_goes_on(
    codes: list[str], run: Run, stops_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.storage.tables import Table

    ask, writes = Table._ask, 0

    def interrupted(self: Any, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        nonlocal writes
        if operation in ("PutItem", "BatchWriteItem"):
            writes += 1
            if writes > stops_at:
                raise KeyboardInterrupt
        return ask(self, operation, request)

    with monkeypatch.context() as patched:
        patched.setattr(Table, "_ask", interrupted)
        run("persons erase", "--phone", "--yes", typed=PHONE)
    arguments = ["--phone"] if stops_at % 2 else ["--code", codes[1]]
    assert run("persons erase", *arguments, "--yes", typed=PHONE) == 0
    if stops_at == 0 and arguments != ["--phone"]:  # nothing was begun
        return
    left = everything()
    assert not any(text in left for text in ("Nguyễn Văn Thử", NUMBER, "912345678", "70E1", "Tổ 3"))
    assert about(codes[0]) == 0
    assert not [row for row in rows("entries") if row["declaration"]["S"] == "ERASING"]


def test_a_pass_that_can_still_be_used_is_not_erased(
    codes: list[str], run: Run, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    clock.advance(hours=-3)
    before = everything()
    assert run("persons erase", "--code", codes[0], "--yes") == 1
    assert "can still be used until" in capsys.readouterr().err
    assert everything() == before


def test_an_export_has_all_of_one_person_and_nothing_of_the_others(codes: list[str], run: Run, tmp_path: Path) -> None:
    file = tmp_path / "person.json"
    assert run("persons export", "--identity", "--to", str(file), typed=NUMBER) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    held = json.loads(text)["held"]
    assert {each["what"] for each in held} == {
        "declaration",
        "crossing",
        "correction",
        "conflict",
        "conflicts",
        "changes",
        "revocation",
        "exposure, declared",
        "exposure, crossed",
        "message",
        "texts of a day",
    }
    assert all(each["since"] < each["until"] and each["purpose"] for each in held)
    assert all(each in text for each in (NUMBER, "Nguyễn Văn Thử", "+84912345678", "fever", "70E112345", "Tổ 3"))
    others = ("Trần Thị Mẫu", "Lê Văn Ba", "0720900000", "+84912345679", *(each for each in codes[1:]))
    text = text.replace(NUMBER, "")
    assert not any(each in text for each in (*others, "Chủ nhà", "staff-", "name of", "boss"))
    assert not any(code.replace("-", "") in text for code in codes[1:])
    (line,) = _audit_lines()
    assert line["action"] == "export person"

    assert run("persons export", "--code", codes[2], "--to", str(tmp_path / "other.json")) == 0
    other = (tmp_path / "other.json").read_text()
    assert "Lê Văn Ba" in other
    assert not any(each in other for each in ("Nguyễn Văn Thử", NUMBER, "912345678", "fever"))
    assert run("persons export", "--code", codes[2], "--to", str(file)) == 1


def test_a_phone_of_several_persons_does_not_choose_one(
    api: Api, clock: Clock, run: Run, lambdas: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    body = form(clock(), 1)
    body["companions"][0]["phone"] = body["traveller"]["phone"]
    codes = [each["code"] for each in api("POST", "/v1/declarations", body).json_body["passes"]]
    lambdas.lambda_.invoke("trace", batch(json.dumps(event("declaration_submitted", Code.parse(codes[0])))))
    assert run("persons erase", "--phone", "--yes", typed=PHONE) == 1
    written = capsys.readouterr().err
    assert all(code in written for code in codes)
    assert PHONE not in written
    assert "Trần" not in written


def test_a_number_of_a_card_and_of_a_passport_does_not_choose_one_holder(
    api: Api, clock: Clock, run: Run, lambdas: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    body = form(clock(), 1)
    body["traveller"]["identity"] = {"kind": "cmnd", "number": "123456789"}
    body["companions"][0]["identity"] = {"kind": "passport", "number": "123456789"}
    answer = api("POST", "/v1/declarations", body)
    assert answer.status_code == 201, answer.body
    codes = [each["code"] for each in answer.json_body["passes"]]
    lambdas.lambda_.invoke("trace", batch(json.dumps(event("declaration_submitted", Code.parse(codes[0])))))
    assert run("persons erase", "--identity", "--yes", typed="123456789") == 1
    written = capsys.readouterr().err
    assert all(code in written for code in codes)
    assert "123456789" not in written


def test_all_declarations_are_read_for_those_whose_exposures_have_left(
    api: Api, clock: Clock, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    api("POST", "/v1/declarations", {**form(clock()), "traveller": person(7)})
    assert run("persons erase", "--identity", "--yes", typed="072090000007") == 0
    assert "Nothing is held" in capsys.readouterr().out
    assert run("persons erase", "--identity", "--yes", "--all-declarations", typed="072090000007") == 0
    assert "072090000007" not in everything()


@pytest.mark.parametrize(("by", "typed"), [("--phone", "12"), ("--identity", "x")])
def test_a_number_that_cannot_be_one_is_refused_and_not_repeated(
    run: Run, by: str, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("persons erase", by, typed=typed) == 1
    assert capsys.readouterr().err.startswith("This is not a possible")
    assert run("persons erase", "--code", "nonsense") == 1


_PARTITIONS = ("ERASED", "ERASURES", "ERASING")
_KEYS = {"entries": ("declaration", "row"), "tracing": ("place", "moment"), "messages": ("code", "event")}


def _keys(table: str) -> list[list[str]]:
    return sorted([row[name]["S"] for name in _KEYS[table]] for row in rows(table))


def _declaration(code: str) -> dict[str, Any]:
    key = {"declaration": {"S": Code.parse(code).declaration}, "row": {"S": "DECLARATION"}}
    item: dict[str, Any] = client("dynamodb").get_item(TableName="entries", Key=key)["Item"]
    return item


def _facts_of(code: str) -> list[dict[str, Any]]:
    """All rows that are this person's alone, and their part of the declaration."""
    plain = Code.parse(code)
    form = json.loads(_declaration(code)["body"]["S"])["form"]
    own = [item for table in STORED_IN for item in rows(table) if _is_about(item, plain)]
    return [{"person": form["companions"][plain.person - 1]}, *sorted(own, key=json.dumps)]


def _is_about(item: dict[str, Any], code: Code) -> bool:
    if str(code) in json.dumps(item):
        return True
    own = item.get("declaration") == {"S": code.declaration}
    return own and item["row"]["S"].split("#")[1:2] == [str(code.person)]


def _audit_lines() -> list[dict[str, Any]]:
    events = client("logs").filter_log_events(logGroupName="audit")["events"]
    return [json.loads(each["message"]) for each in events]
