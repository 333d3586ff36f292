"""A person has the use of their data restricted, or a field of a declaration amended, on moto."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEventKind
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.integration.gate.looking import CHECKS, MANIFEST, SEARCH
from tests.integration.policy.drafts import policy
from tests.integration.queues import batch, event
from tests.integration.rights.persons import NUMBER, PHONE, Run, audit_lines, everything
from tests.tables import client, create_table, rows

HEALTH = ("health", "findings", "instructions", "papers_required", "crossing", "corrections", "open_conflicts")
CONTACTS = ("+84912345678", "Tổ 3", "Số 1 đường Thử", "Chủ nhà Mẫu")


def check(api: Api, qr: str, role: str = "checkpoint") -> dict[str, Any]:
    answer: dict[str, Any] = api("POST", CHECKS, {"qr": qr}, role=role).json_body
    return answer


def partition(name: str) -> list[dict[str, Any]]:
    return [row for row in rows("entries") if row["declaration"]["S"] == name]


@pytest.mark.parametrize("role", ["checkpoint", "health", "hotline"])
def test_a_gate_sees_of_a_restricted_person_what_it_compares_and_no_more(
    api: Api, codes: list[str], run: Run, role: str
) -> None:
    before = check(api, codes[0], role)
    assert run("persons restrict", "--identity", "--yes", typed=NUMBER) == 0
    seen = check(api, codes[0], role)
    assert seen["restricted"]
    assert not seen.keys() & {*HEALTH}
    assert "phone" not in seen["person"]
    assert "purpose" not in seen["trip"]
    assert "reason" not in seen["revocation"]
    assert not any(text in json.dumps(seen, ensure_ascii=False) for text in (*CONTACTS, "fever", "sốt cao"))
    kept = ("verdict", "code", "expires_at", "origin", "riding_along")
    assert {name: seen[name] for name in kept} == {name: before[name] for name in kept}
    assert seen["person"] == {name: value for name, value in before["person"].items() if name != "phone"}
    assert seen["trip"]["transport"] == before["trip"]["transport"]
    assert seen["trip"]["destination"]["unit"] == before["trip"]["destination"]["unit"]


def test_a_companion_of_a_restricted_traveller_keeps_their_own_answers_without_the_travellers_addresses(
    api: Api, codes: list[str], run: Run
) -> None:
    before = check(api, codes[1])
    run("persons restrict", "--code", codes[0], "--yes")
    seen = check(api, codes[1])
    assert "restricted" not in seen
    assert {name: seen[name] for name in ("person", "health", "crossing")} == {
        name: before[name] for name in ("person", "health", "crossing")
    }
    assert not any(text in json.dumps(seen, ensure_ascii=False) for text in CONTACTS)
    run("persons unrestrict", "--code", codes[0], "--yes")
    run("persons restrict", "--code", codes[1], "--yes")
    assert check(api, codes[0])["trip"] == before["trip"]


def test_the_link_of_a_restricted_person_shows_them_their_own_pass_as_before(api: Api, clock: Clock, run: Run) -> None:
    own = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]

    def opened() -> dict[str, Any]:
        answer = api("POST", f"/v1/passes/{own['code']}/open", X_Pass_Secret=own["secret"])
        assert (answer.status_code, answer.headers["Content-Language"]) == (200, "vi")
        seen: dict[str, Any] = answer.json_body
        return seen

    before = opened()
    assert before["token"] == own["token"]
    run("persons restrict", "--code", own["code"], "--yes")
    assert check(api, own["code"])["restricted"]
    assert opened() == before


def test_searches_and_manifests_show_no_finding_of_a_restricted_person(
    api: Api, codes: list[str], run: Run, clock: Clock
) -> None:
    asked = [("GET", f"{MANIFEST}?code={codes[1]}", None), ("POST", SEARCH, {"phone": PHONE})]
    before = [api(method, path, body, role="checkpoint").json_body["passes"] for method, path, body in asked]
    assert all(listed[0]["finding_level"] == "stop" for listed in before)
    run("persons restrict", "--code", codes[0], "--yes")
    for (method, path, body), listed in zip(asked, before, strict=True):
        seen, *others = api(method, path, body, role="checkpoint").json_body["passes"]
        assert others == listed[1:]
        hidden = {name: value for name, value in listed[0].items() if name not in ("findings", "finding_level")}
        assert seen == {**hidden, "restricted": True}


def test_a_certificate_shown_with_a_restricted_pass_reveals_no_declared_answer(
    api: Api, codes: list[str], run: Run
) -> None:
    body = {"qr": "HC1:" + "A" * 40, "code": codes[0]}
    assert "findings" in api("POST", CHECKS, body, role="checkpoint").json_body
    run("persons restrict", "--code", codes[0], "--yes")
    seen = api("POST", CHECKS, body, role="checkpoint").json_body
    assert seen["verdict"] == "revoked"
    assert not seen.keys() & {*HEALTH}


def test_a_restriction_is_shown_first_listed_once_and_ended(
    api: Api, codes: list[str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    before, seen = everything(), check(api, codes[0])
    assert run("persons restrict", "--phone", typed=PHONE) == 0
    assert "Nothing was changed" in capsys.readouterr().out
    assert everything() == before
    for _ in range(2):
        assert run("persons restrict", "--phone", "--yes", typed=PHONE) == 0
    assert [line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines() if "Done" in line] == [
        "1 of 1 passes changed.",
        "0 of 1 passes changed.",
    ]
    plain = codes[0].replace("-", "")
    assert [row["row"]["S"] for row in partition("RESTRICTED")] == [plain]
    assert run("persons unrestrict", "--phone", "--yes", typed=PHONE) == 0
    assert partition("RESTRICTED") == []
    assert check(api, codes[0]) == {**seen, "checked_at": check(api, codes[0])["checked_at"]}
    facts = [json.loads(row["body"]["S"])["restricted"] for row in rows("entries") if "RESTRICTION#0" in str(row)]
    assert sorted(facts) == [False, True]


def test_receipts_and_audit_lines_of_requests_name_nobody(codes: list[str], run: Run, clock: Clock) -> None:
    run("persons restrict", "--identity", typed=NUMBER)
    run("persons restrict", "--identity", "--yes", typed=NUMBER)
    clock.advance(seconds=1)
    run("persons unrestrict", "--identity", "--yes", typed=NUMBER)
    run("persons amend", "--code", codes[0], "--field", "phone", "--yes", typed="0987654321")
    receipts = [json.loads(row["body"]["S"]) for row in partition("REQUESTS")]
    assert sorted((each["done"], each["passes"]) for each in receipts) == [
        ("amended", 1),
        ("restricted", 1),
        ("unrestricted", 1),
    ]
    lines = audit_lines()
    plain = codes[0].replace("-", "")
    assert [(each["action"], each["codes"]) for each in lines] == [
        ("look up person", [plain]),
        ("restrict person", [plain]),
        ("unrestrict person", [plain]),
        ("amend person", [plain]),
    ]
    written = json.dumps([partition("REQUESTS"), partition("RESTRICTED"), lines])
    assert not any(text in written for text in (NUMBER, "912345678", "987654321"))
    assert plain not in json.dumps(partition("REQUESTS"))


def test_a_restricted_person_gets_no_text(
    api: Api, clock: Clock, run: Run, lambdas: Client, sent: list[tuple[str, str]]
) -> None:
    codes = [each["code"] for each in api("POST", "/v1/declarations", form(clock(), 1)).json_body["passes"]]
    run("persons restrict", "--code", codes[0], "--yes")
    crossing = {"code": codes[0], "checkpoint": "an-hoa", "decision": "admit"}
    assert api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint").status_code == 201
    for code in codes:
        api("POST", "/v1/checkpoint/revocations", {"code": code, "reason": "x"}, role="health")
    for code in codes:
        for kind in EntryEventKind:
            for worker in ("notify", "notify_declared"):
                lambdas.lambda_.invoke(worker, batch(json.dumps(event(kind, Code.parse(code)))))
    assert {phone for phone, _ in sent} == {"+84912345679"}


def test_a_trial_of_a_policy_leaves_a_restricted_person_out(api: Api, clock: Clock, run: Run, lambdas: Client) -> None:
    clock.now = clock.now.replace(hour=5, minute=0) + timedelta(days=1)  # who declares at noon arrives today
    codes = [each["code"] for each in api("POST", "/v1/declarations", form(clock(), 4)).json_body["passes"]]
    lambdas.lambda_.invoke("trace", batch(json.dumps(event("declaration_submitted", Code.parse(codes[0])))))

    def persons() -> Any:
        return api("POST", "/v1/policy/trials", policy(), role="health").json_body["persons"]

    assert persons() == 5
    run("persons restrict", "--code", codes[3], "--yes")
    assert persons() == "under_five"
    run("persons unrestrict", "--code", codes[3], "--yes")
    assert persons() == 5


RIGHT = {
    "full_name": ("  nguyễn văn Thảo ", "nguyễn văn Thảo"),
    "birth_date": ("1990-05-17", "1990-05-17"),
    "identity": ("CCCD 072 090 000 999", "cccd 072090000999"),
    "phone": ("0987 654 321", "+84987654321"),
    "address": ("Tổ 9", "Tổ 9"),
}


def test_what_a_person_says_is_right_stands_beside_the_declaration_which_stays_as_it_was(
    api: Api, codes: list[str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    declared, before = _row(codes[0], "DECLARATION"), check(api, codes[0])
    for field, (typed, _) in RIGHT.items():
        assert run("persons amend", "--code", codes[0], "--field", field, "--yes", typed=typed) == 0
    assert "already" not in capsys.readouterr().out
    assert run("persons amend", "--code", codes[0], "--field", "phone", "--yes", typed="0987654321") == 0
    written = capsys.readouterr()
    assert "already" in written.out
    assert not any(value in written.out + written.err for _, value in RIGHT.values())
    assert _row(codes[0], "DECLARATION") == declared
    seen = check(api, codes[0])
    assert [(each["field"], each["value"]) for each in seen["amendments"]] == [
        (field, value) for field, (_, value) in RIGHT.items()
    ]
    assert {**before, "checked_at": seen["checked_at"], "amendments": seen["amendments"]} == seen
    assert "amendments" not in check(api, codes[1])
    found = api("GET", f"{MANIFEST}?code={codes[0]}", role="checkpoint").json_body["passes"]
    assert [each.get("amendments") for each in found] == [seen["amendments"], None, None]
    assert [row["row"]["S"] for row in rows("entries") if row["row"]["S"].startswith("AMENDMENT")] == [
        f"AMENDMENT#0#{number:03d}" for number in range(5)
    ]


def test_amendments_show_no_whole_number_to_the_hotline_and_no_contact_of_a_restricted_person(
    api: Api, codes: list[str], run: Run
) -> None:
    for field, (typed, _) in RIGHT.items():
        run("persons amend", "--code", codes[0], "--field", field, "--yes", typed=typed)
    shown = {each["field"]: each["value"] for each in check(api, codes[0], "hotline")["amendments"]}
    assert shown["identity"] == "cccd ********0999"
    assert shown["phone"] == "+84987654321"
    run("persons restrict", "--code", codes[0], "--yes")
    left = {each["field"] for each in check(api, codes[0])["amendments"]}
    assert left == {"full_name", "birth_date", "identity"}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("full_name", "1"),
        ("birth_year", "1899"),
        ("birth_year", "3000"),
        ("birth_year", "x"),
        ("birth_date", "17/05/1990"),
        ("birth_date", "2090-01-01"),
        ("identity", "072090000123"),
        ("identity", "cccd 12"),
        ("phone", "12"),
        ("address", ""),
        ("address", "x" * 201),
        ("address", "a\u2028b"),
    ],
)
def test_what_no_form_would_accept_is_not_stored_and_not_repeated(
    codes: list[str], run: Run, field: str, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything()
    assert run("persons amend", "--code", codes[0], "--field", field, "--yes", typed=typed) == 1
    assert capsys.readouterr().err == f"No form would accept this as {field}. Nothing was changed.\n"
    assert everything() == before


def test_nothing_is_amended_without_yes_nor_of_an_unknown_pass(
    codes: list[str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything()
    assert run("persons amend", "--code", codes[0], "--field", "phone", typed="0987654321") == 0
    assert "Nothing was changed" in capsys.readouterr().out
    for arguments in (["amend", "--field", "phone"], ["restrict"]):
        assert run(f"persons {arguments[0]}", "--code", str(Code.of(7, 0)), *arguments[1:], "--yes") == 0
        assert "Nothing is held" in capsys.readouterr().out
    assert everything() == before
    for wrong in (["--phone", "--field", "phone"], ["--code", codes[0]], ["--code", codes[0], "--field", "gender"]):
        with pytest.raises(SystemExit):
            run("persons amend", *wrong)


def test_an_export_has_what_a_person_asked_for_and_an_erasure_takes_it_along(
    codes: list[str], run: Run, tmp_path: Path
) -> None:
    for code in codes[:2]:
        run("persons amend", "--code", code, "--field", "address", "--yes", typed="Tổ 999")
        run("persons restrict", "--code", code, "--yes")
    file = tmp_path / "person.json"
    run("persons export", "--code", codes[0], "--to", str(file))
    held = {each["what"]: each for each in json.loads(file.read_text())["held"]}
    assert held["amendment"]["content"]["value"] == "Tổ 999"
    assert held["restriction"]["content"]["restricted"]
    assert held["restricted"]["content"]["code"] == codes[0]
    assert all("asked" in held[what]["purpose"] or "says" in held[what]["purpose"] for what in held if what in _OURS)
    assert "arn:" not in file.read_text()

    create_table("Entries", "copy")
    for item in rows("entries"):
        client("dynamodb").put_item(TableName="copy", Item=item)
    run("persons erase", "--code", codes[0], "--yes")
    for _ in range(2):
        ours = [row for row in rows("entries") if row["row"]["S"].partition("#")[0] in ("RESTRICTION", "AMENDMENT")]
        assert sorted(row["row"]["S"] for row in ours) == ["AMENDMENT#1#000", "RESTRICTION#1#000"]
        assert [row["row"]["S"] for row in partition("RESTRICTED")] == [codes[1].replace("-", "")]
        assert run("restore entries", "--copy", "copy") == 0


def test_what_a_person_asks_for_means_no_event(codes: list[str], lambdas: Client) -> None:
    from chalicelib.storage.entry.events import event_of

    name = Code.parse(codes[0]).declaration
    for declaration, row in (
        (name, "RESTRICTION#0#000"),
        (name, "AMENDMENT#0#000"),
        ("RESTRICTED", codes[0].replace("-", "")),
        ("REQUESTS", "2021-07-22T07:00:00.000000Z#abc"),
    ):
        assert event_of({"declaration": {"S": declaration}, "row": {"S": row}}) is None


_OURS = {"amendment", "restriction", "restricted"}


def _row(code: str, name: str) -> dict[str, Any]:
    key = {"declaration": {"S": Code.parse(code).declaration}, "row": {"S": name}}
    item: dict[str, Any] = client("dynamodb").get_item(TableName="entries", Key=key)["Item"]
    return item
