"""A person has what is held about them exported and erased, on moto."""

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from chalice.test import Client

from chalicelib import wiring
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.events import EntryEventKind
from chalicelib.models.entry.links import LinkKind
from chalicelib.models.messaging.messages import (
    Channel,
    DeliveryOutcome,
    DeliveryState,
    Receipt,
    ReceiptOutcome,
    Settlement,
)
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.people.holdings import PersonKeys
from chalicelib.models.people.identities import Identity
from chalicelib.models.tracing.exposures import Exposure
from chalicelib.services.entry.links import secret_for
from chalicelib.storage.entry.persons import EntriesOfPersons
from chalicelib.storage.messaging.messages import Messages
from chalicelib.wiring.tracing import exposures
from tests.forms import form, person
from tests.integration.conftest import Api, Clock
from tests.integration.gate.looking import CARD
from tests.integration.queues import batch, event
from tests.integration.rights.persons import NUMBER, PHONE, STORED_IN, Run, audit_lines, everything
from tests.tables import by_botocore, client, create_table, rows

OF_TRAVELLER = ("Nguyễn Văn Thử", NUMBER, "912345678", "70E112345", "Số 1 đường Thử", "sốt cao")
OF_TRIP = ("Tổ 3", "Chủ nhà Mẫu")
"""Where all of them are: it stays with those who are watched there."""


def test_verifications_of_a_phone_are_exported_and_erased_with_it(
    api: Api, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked = api("POST", "/v1/phone-verifications", {"phone": PHONE}).json_body["id"]
    api("POST", f"/v1/phone-verifications/{asked}/answer", {"one_time_code": "000000"})
    api("POST", "/v1/phone-verifications", {"phone": "0987654321"})
    assert run("persons export", "--phone", "--to", str(tmp_path / "person.json"), typed=PHONE) == 0
    held = json.loads((tmp_path / "person.json").read_text())["held"]
    assert sorted((each["what"], each["content"]["row"]) for each in held) == [
        ("verification", "REQUEST"),
        ("verification", "TRY#1"),
        ("verifications", "000000"),
    ]
    assert {each["content"].get("phone") for each in held} == {"+84912345678", None}
    assert run("persons erase", "--phone", "--yes", typed=PHONE) == 0
    assert "3 rows of entries" in capsys.readouterr().out
    left = [row for row in rows("entries") if row["declaration"]["S"].startswith("VERIFICATION")]
    assert len(left) == 2
    assert "912345678" not in json.dumps(left)


def test_no_verification_comes_back_with_a_backup(api: Api) -> None:
    api("POST", "/v1/phone-verifications", {"phone": PHONE})
    assert [EntriesOfPersons.restorable(row, lambda _: False) for row in rows("entries")] == [None, None]


_WITHOUT_STAYS = [each for each in STORED_IN if each != "stays"]


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
    assert [text for text in OF_TRIP if text in everything(*_WITHOUT_STAYS)] == []
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
    secret = secret_for(LinkKind.TEXT, Code.parse(codes[0]), wiring.keyed_hash())
    for method, what in (("GET", "qr.svg"), ("GET", "personal-qr.svg"), ("POST", "open")):
        answer = api(method, f"/v1/passes/{codes[0]}/{what}", X_Pass_Secret=secret)
        assert (answer.status_code, answer.json_body["code"]) == (404, "pass_unknown")
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
    tables = {"entries", "tracing", "messages", "webhooks", "cases", "stays", "permits", "drafts"}
    assert json.loads(receipt["body"]["S"])["rows"].keys() == tables
    deleted = json.loads(receipt["body"]["S"])["rows"]
    # The family is in no case, and has no permit and no draft: their own tests erase those of people who do.
    assert [name for name, count in deleted.items() if not count] == ["cases", "permits", "drafts"]
    assert not any(text in json.dumps(stays) for text in (NUMBER, "912345678", codes[0].replace("-", "")))
    (line,) = audit_lines()
    assert (line["action"], line["codes"]) == ("erase person", [codes[0].replace("-", "")])
    assert NUMBER not in json.dumps(line)


def test_an_event_that_comes_again_brings_nothing_back(
    codes: list[str], run: Run, lambdas: Client, sent: list[tuple[str, str]]
) -> None:
    run("persons erase", "--code", codes[0], "--yes")
    before, texts = _keys("tracing"), len(sent)
    for kind in EntryEventKind:
        for worker in ("trace", "notify", "watch"):
            lambdas.lambda_.invoke(worker, batch(json.dumps(event(kind, Code.parse(codes[0])))))
    assert _keys("tracing") == before
    assert about(codes[0]) == 0
    assert len(sent) == texts


def test_the_same_form_sent_again_does_not_bring_the_person_back(
    api: Api, clock: Clock, codes: list[str], run: Run
) -> None:
    run("persons erase", "--code", codes[0], "--yes")
    left = everything()
    again = api("POST", "/v1/declarations", form(clock(), 2), Idempotency_Key="a-key-of-a-family")
    assert again.json_body["code"] == "idempotency_key_reused"
    assert everything() == left


def test_everyone_of_a_declaration_can_be_erased_one_after_the_other(codes: list[str], run: Run) -> None:
    for code in reversed(codes):
        assert run("persons erase", "--code", code, "--yes") == 0
    left = everything()
    assert not any(
        text in left for text in (*OF_TRAVELLER, "Trần Thị Mẫu", "Lê Văn Ba", "TNP1:", "0720900", "70E1-123")
    )


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


def test_a_person_stays_erased_where_a_new_table_has_no_tombstones_yet(codes: list[str], run: Run) -> None:
    create_table("Messages", "copy")
    for item in rows("messages"):
        client("dynamodb").put_item(TableName="copy", Item=item)
    run("persons erase", "--identity", "--yes", typed=NUMBER)
    left = everything("messages")
    of_entries = "tay-ninh-pass-test-drill-entries"
    create_table("Entries", of_entries)
    for item in rows("entries"):
        client("dynamodb").put_item(TableName=of_entries, Item=item)
        keys = {name: item[name] for name in _KEYS["entries"]}
        client("dynamodb").delete_item(TableName="entries", Key=keys)
    assert run("restore messages", "--copy", "copy") == 0
    assert everything("messages") == left


@pytest.mark.parametrize("stops_at", range(12))
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
    assert writes == stops_at + 1
    # Before anything was begun, a companion's code leads to the companion alone.
    arguments = ["--code", codes[1]] if stops_at and stops_at % 2 == 0 else ["--phone"]
    assert run("persons erase", *arguments, "--yes", typed=PHONE) == 0
    left = everything()
    assert not any(text in left for text in ("Nguyễn Văn Thử", NUMBER, "912345678", "70E112345", "70E1-123"))
    assert "Tổ 3" not in everything(*_WITHOUT_STAYS)
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
        "proof",
        "crossing",
        "correction",
        "conflict",
        "conflicts",
        "departure",
        "visitors",
        "changes",
        "revocation",
        "exposure, declared",
        "exposure, crossed",
        "message",
        "texts of a day",
        "webhook",
        "webhook, attempt",
        "stay",
        "stay, change",
        "stay, report",
    }
    assert all(each["since"] < each["until"] and each["purpose"] for each in held)
    assert all(each in text for each in (NUMBER, "Nguyễn Văn Thử", "+84912345678", "fever", "70E112345", "Tổ 3"))
    others = ("Trần Thị Mẫu", "Lê Văn Ba", "0720900000", "+84912345679", *(each for each in codes[1:]))
    text = text.replace(NUMBER, "")
    assert not any(each in text for each in (*others, "Chủ nhà", "staff-", "name of", "boss"))
    assert not any(code.replace("-", "") in text for code in codes[1:])
    (line,) = audit_lines()
    assert line["action"] == "export person"

    assert run("persons export", "--code", codes[2], "--to", str(tmp_path / "other.json")) == 0
    other = (tmp_path / "other.json").read_text()
    assert "Lê Văn Ba" in other
    assert not any(each in other for each in ("Nguyễn Văn Thử", NUMBER, "912345678", '"fever"'))
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


@pytest.fixture
def aliased(api: Api, clock: Clock, lambdas: Client) -> str:
    """The code of a person whose exposure stands on both sides, and whose citizen card names an older one."""
    (issued,) = api("POST", "/v1/declarations", form(clock())).json_body["passes"]
    code = Code.parse(issued["code"])
    lambdas.lambda_.invoke("trace", batch(json.dumps(event("declaration_submitted", code))))
    api("POST", "/v1/checkpoint/checks", {"qr": CARD}, role="checkpoint")
    lambdas.lambda_.invoke("trace", batch(json.dumps(event("alias_recorded", code))))
    written = next(row["body"]["S"] for row in rows("tracing") if row["place"]["S"].startswith("COMMUNE"))
    proven = Exposure.from_stored(written).model_copy(update={"origin": Origin.PROVEN, "known_since": clock()})
    exposures().append([proven], clock() + timedelta(days=1))
    places = {row["place"]["S"].rpartition("#")[2] for row in rows("tracing")}
    assert {"KNOWN", "ALIAS"} <= places
    return code.shown


@pytest.mark.parametrize("by", ["--code", "--identity", "--phone"])
def test_rows_on_both_sides_and_both_directions_of_an_alias_are_erased(aliased: str, run: Run, by: str) -> None:
    typed = {"--code": "", "--identity": NUMBER, "--phone": PHONE}[by]
    arguments = [by, aliased] if by == "--code" else [by]
    assert run("persons erase", *arguments, "--yes", typed=typed) == 0
    assert rows("tracing") == []
    assert not [row for row in rows("entries") if row["row"]["S"].startswith("ALIAS")]


def test_an_export_has_an_exposure_once_and_the_alias(aliased: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "person.json"
    assert run("persons export", "--code", aliased, "--to", str(file)) == 0
    held = json.loads(file.read_text())["held"]
    of_tracing = [each["what"] for each in held if each["table"] == "tracing"]
    assert sorted(of_tracing) == ["alias", "exposure, declared"]
    _, alias = (each for each in held if each["table"] == "entries")
    assert (alias["what"], "two identity numbers" in alias["purpose"]) == ("alias", True)
    assert "290000123" not in file.read_text()


def test_a_restoration_brings_no_alias_and_no_side_of_an_erased_person_back(aliased: str, run: Run) -> None:
    create_table("Tracing", "copy")
    for item in rows("tracing"):
        client("dynamodb").put_item(TableName="copy", Item=item)
    run("persons erase", "--code", aliased, "--yes")
    assert run("restore tracing", "--copy", "copy") == 0
    assert rows("tracing") == []


def test_the_other_number_erases_nothing(aliased: str, run: Run) -> None:
    """A card's QR can be forged: what was declared under one number is not erased by the other."""
    before = everything()
    assert run("persons erase", "--identity", "--yes", typed="290000123") == 0
    assert everything() == before


@pytest.mark.parametrize(("by", "typed"), [("--phone", "12"), ("--identity", "x")])
def test_a_number_that_cannot_be_one_is_refused_and_not_repeated(
    run: Run, by: str, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("persons erase", by, typed=typed) == 1
    assert capsys.readouterr().err.startswith("This is not a possible")
    assert run("persons erase", "--code", "nonsense") == 1


def test_a_person_is_erased_under_the_former_text_of_their_card_too(
    api: Api, clock: Clock, run: Run, lambdas: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = form(clock())
    body["traveller"]["identity"] = {"kind": "cmnd", "number": NUMBER}
    code = api("POST", "/v1/declarations", body).json_body["passes"][0]["code"]
    with monkeypatch.context() as former_release:
        text = property(lambda identity: f"{identity.kind} {identity.number}")
        former_release.setattr(Identity, "identifying_text", text)
        lambdas.lambda_.invoke("trace", batch(json.dumps(event("declaration_submitted", Code.parse(code)))))
    assert about(code) > 1
    assert run("persons erase", "--identity", "--yes", typed=NUMBER) == 0
    assert rows("tracing") == []
    assert about(code) == 0


def test_an_erasure_that_another_one_finishes_meanwhile_is_done_and_has_a_receipt(
    codes: list[str], run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase, others = EntriesOfPersons.erase, iter([codes[1]])

    def overlapped(self: EntriesOfPersons, keys: PersonKeys) -> int:
        for code in others:  # once: right after the first erasure has begun
            clock.advance(seconds=1)
            assert run("persons erase", "--code", code, "--yes") == 0
        return erase(self, keys)

    monkeypatch.setattr(EntriesOfPersons, "erase", overlapped)
    assert run("persons erase", "--code", codes[0], "--yes") == 0
    assert [about(code) for code in codes[:2]] == [0, 0]
    assert about(codes[2]) > 0
    stays = {name: [row for row in rows("entries") if row["declaration"]["S"] == name] for name in _PARTITIONS}
    assert (len(stays["ERASED"]), stays["ERASING"]) == (2, [])
    receipts = [json.loads(row["body"]["S"]) for row in stays["ERASURES"]]
    assert len({each["asked"] for each in receipts}) == 2
    # The second erasure did the work of both; the first had nothing left to do.
    assert sorted(sum(each["rows"].values()) > 0 for each in receipts) == [False, True, True]


def test_a_message_that_is_settled_after_its_erasure_does_not_come_back(
    codes: list[str], run: Run, clock: Clock
) -> None:
    plain = codes[0].replace("-", "")
    notice = Notice(
        recipient="+84912345678",
        text_id="admitted",
        values={},
        about=plain,
        event="late",
        keep_until=clock() + timedelta(days=30),
    )
    messages = Messages(by_botocore().messages, lease=timedelta(seconds=40))
    messages.claim(notice, now=clock())
    assert [row["event"]["S"] for row in rows("messages") if row["code"]["S"] == plain].count("late") == 1
    run("persons erase", "--code", codes[0], "--yes")
    messages.settle(notice, Settlement(DeliveryOutcome.SENT, "message-1", Channel.SMS, 800), now=clock())
    messages.release(notice, tries=1, now=clock())
    receipt = Receipt(Channel.SMS, notice.tracking, DeliveryState.DELIVERED, clock())
    assert messages.take_receipt(receipt) is ReceiptOutcome.UNKNOWN
    assert [row for row in rows("messages") if row["code"]["S"] == plain] == []


_PARTITIONS = ("ERASED", "ERASURES", "ERASING")
_KEYS = {
    "stays": ("partition", "row"),
    "entries": ("declaration", "row"),
    "tracing": ("place", "moment"),
    "messages": ("code", "event"),
    "webhooks": ("partner", "row"),
}


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
    # The proof is about the traveller's phone.
    return own and ({"PROOF": ["0"]}.get(item["row"]["S"]) or item["row"]["S"].split("#")[1:2]) == [str(code.person)]
