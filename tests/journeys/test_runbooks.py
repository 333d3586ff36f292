"""What the pages for operators say, done: their blocks of commands, in order, on an engine with nothing on it.

A block is taken out of its page. Only the address of the engine is put in, and what an operator types.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric import ec

from infra import ROOT
from infra.accounts import engine, engine_environment
from infra.deployment.parameters import resolved
from infra.local import engine as engines
from tests.certificates import signer
from tests.forms import form, person
from tests.tools import program
from tests.unit.infra.template import TEMPLATE

PAGES = ROOT / "docs" / "operations"

NOT_PLAYED = {
    ("alarms/figures-differ.md", 0): "a new stage has no whole day; tests/integration/statistics/test_recount.py",
    ("deploy.md", 3): "builds all anew by another Python; tests/unit/infra/test_runtimes.py",
    ("domain-and-pages.md", 0): "the engine has no certificates; tests/unit/infra/test_domains.py",
    ("going-back.md", 0): "another release's code: tests/journeys/test_going_back.py",
    ("limits.md", 0): "the engine has no quotas",
    ("local-engine.md", 1): "the same command as in deploy.md",
    ("messages-to-many.md", 0): "tests/journeys/test_waves.py",
    ("one-request.md", 0): "asks for an id; tests/journeys/test_operator.py",
    ("rights.md", 0): "tests/journeys/test_operators_rights.py",
    ("rights.md", 1): "tests/journeys/test_operators_rights.py",
    ("sandbox.md", 0): "another stage; tests/unit/infra/test_sandboxes.py",
    ("slos.md", 0): "the engine has no metrics; tests/unit/infra/test_slos.py",
    ("slos.md", 1): "the engine has no metrics; tests/unit/infra/test_slos.py",
    ("alarms/sms-do-not-arrive.md", 0): "the engine sends no SMS and writes no log of them",
    ("sms-and-zalo.md", 0): "asks Zalo; tests/integration/test_provider_commands.py",
    ("sms-and-zalo.md", 1): "asks eSMS; tests/integration/test_provider_commands.py",
}
"""Blocks by page and number, and why no test here plays them."""

SETTINGS = {
    ("alarms/sms-cost-too-much.md", 0),
    ("alarms/sms-cost-too-much.md", 1),
    ("alarms/sms-do-not-arrive.md", 1),
    ("alarms/somebody-guesses-codes.md", 0),
    ("alarms/the-days-money-is-used-up.md", 0),
    ("costs.md", 0),
    ("rehearsal.md", 0),
}
"""Blocks that are one command of `settings`, which is played by other pages: an update takes seconds."""

CHOSEN = "chosen-by-myself-1"

PRELUDE = """
set -euo pipefail; set -a
[ ! -f .variables ] || . ./.variables
python() { command python "$@" <<< "$TYPED"; }
aws() { command python -m tests.journeys.aws_commands "$@"; }
"""
"""Each command is typed the same. Variables stay from one block to the next."""


def blocks(page: str) -> list[str]:
    text = (PAGES / page).read_text(encoding="utf-8")
    found: list[str] = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return found


class Operator:
    """Knows the pages and nothing else."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.endpoint, self.folder = endpoint, folder
        self.api = ""
        self._environment = engine_environment(os.environ, endpoint) | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
        }

    def plays(
        self, page: str, number: int, *, types: str = "prod", lines: slice = slice(None), puts: Mapping[str, str] = {}
    ) -> str:
        """What a block of a page prints. `puts` replaces words of the block."""
        block = "".join(blocks(page)[number].splitlines(keepends=True)[lines])
        return self.runs(block, types=types, puts=puts)

    def runs(self, block: str, *, types: str = "", puts: Mapping[str, str] | None = None) -> str:
        replaced = {
            "http://127.0.0.1:4566": self.endpoint,
            "https://quachot.example": self.api,
            "--stage local": "--stage prod",
            "--stage prod": f"--stage prod --endpoint {self.endpoint}",
            **(puts or {}),
        }
        for old, new in replaced.items():
            block = block.replace(old, new)
        ran = subprocess.run(  # noqa: S603 - our own pages
            ["bash", "-c", f"{PRELUDE}\n{block}\nunset TYPED; export -p > .variables"],  # noqa: S607
            cwd=self.folder,
            env=self._environment | {"TYPED": types},
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # so passwords are read from here, and not from somebody's terminal
        )
        assert ran.returncode == 0, f"{block}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout

    def signs_in(self, name: str, *arguments: str) -> str:
        """Adds somebody, who signs in for the first time. Their token."""
        password = printed_secret(self.runs(f"python -m infra staff add {name} --stage prod {' '.join(arguments)}"))
        typed = f"{password}\n{CHOSEN}"
        return self.runs(f"python -m infra staff token {name} --stage prod", types=typed).strip()

    def sends(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        with urllib3.PoolManager(timeout=60, retries=False) as http:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            answer = http.request(method, self.api + path, json=body, headers=sent)
        return answer.status, json.loads(answer.data)

    def declares(self, number: int, path: str = "/v1/declarations", **headers: str) -> tuple[int, Any]:
        body = form(datetime.now(UTC))
        body["traveller"] = person(number)
        return self.sends("POST", path, body, Idempotency_Key=str(uuid4()), **headers)

    @property
    def outputs(self) -> dict[str, str]:
        (stack,) = self.client("cloudformation").describe_stacks(StackName="tay-ninh-pass-prod")["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    def client(self, service: str) -> Any:
        return engine(self.endpoint).client(service)


def printed_secret(screen: str) -> str:
    """A password or a key, which stands alone on a line."""
    return str(re.findall(r"^    (\S+)$", screen, re.MULTILINE)[0])


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """The stage `prod`, deployed as the page says on an engine of its own."""
    for each in ("bash", "curl", "jq"):
        program(each)
    folder = tmp_path_factory.mktemp("operator")
    with engines.running(engines.free_port(), tmp_path_factory.mktemp("engine")) as started:
        operator = Operator(started.endpoint, folder)
        screen = operator.plays("deploy.md", 0)
        assert "Deployed." in screen
        operator.plays("local-engine.md", 2)
        (operator.api,) = re.findall(r"^  On this engine +(\S+)/v1,", screen, re.MULTILINE)
        yield operator


@pytest.fixture(scope="module")
def token(operator: Operator) -> str:
    """The first administrator adds the first guard and signs in. The variables `API` and `TOKEN` of the pages."""
    password = printed_secret(operator.plays("staff.md", 0))
    me = json.loads(operator.plays("staff.md", 1, types=f"{password}\n{CHOSEN}"))
    assert me["roles"] == ["administrator"]
    return operator.runs("echo $TOKEN").strip()


def test_a_stage_is_deployed_and_updated(operator: Operator) -> None:
    assert operator.declares(1)[0] == 201
    assert "Deployed." in operator.plays("deploy.md", 1)
    assert "AlarmEmail=oncall@example.org" in operator.plays("deploy.md", 2)
    assert operator.declares(2)[0] == 201
    for page, number in (("README.md", 0), ("status.md", 0), ("local-engine.md", 0)):
        assert operator.plays(page, number)


def test_the_index_names_every_page() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8") + (PAGES / "alarms" / "README.md").read_text("utf-8")
    pages = {each.name for each in PAGES.rglob("*.md")} - {"README.md"}
    assert [each for each in sorted(pages) if f"{each})" not in index and f"{each}#" not in index] == []


def test_staff_are_added_posted_and_removed(operator: Operator, token: str) -> None:
    assert re.search(
        r"^guard-1 +checkpoint +loc-giang", operator.runs("python -m infra staff list --stage prod"), re.MULTILINE
    )
    guard = operator.signs_in("guard-1", "--role", "checkpoint")
    assert operator.sends("GET", "/v1/staff/me", Authorization=f"Bearer {guard}")[1]["checkpoint"] == "loc-giang"
    assert re.search(
        r"^guard-1 .* disabled, blocked since", operator.plays("leavers-and-lost-phones.md", 0), re.MULTILINE
    )
    # A function that has not seen them in the last minute.
    status, refused = operator.sends("POST", "/v1/checkpoint/checks", {"qr": "x"}, Authorization=f"Bearer {guard}")
    assert (status, refused["code"]) == (401, "staff_token_blocked")
    assert printed_secret(operator.plays("leavers-and-lost-phones.md", 1))
    assert "blocked_since" in operator.plays("leavers-and-lost-phones.md", 2)
    assert "Done." in operator.plays("staff.md", 2)


def test_maintenance_begins_and_ends(operator: Operator) -> None:
    operator.plays("maintenance.md", 0)
    status, refused = operator.declares(3)
    assert (status, refused["code"]) == (503, "maintenance")
    operator.plays("maintenance.md", 1)
    assert operator.declares(3)[0] == 201


def test_settings_change_as_the_pages_say(operator: Operator) -> None:
    assert "PublicRate: 100 -> 50" in operator.plays("settings.md", 0)
    assert "GateConcurrency: - -> 300" in operator.plays("limits.md", 1)
    assert "GateConcurrency: 300 -> -" in operator.plays("alarms/the-gates-are-throttled.md", 0)


def test_settings_of_other_pages_would_be_taken() -> None:
    for page, number in sorted(SETTINGS):
        (assignments,) = re.findall(r"^python -m infra settings --stage prod (.*)\n$", blocks(page)[number])
        values = resolved(TEMPLATE, "prod", assignments.split())
        assert {each: values[each.partition("=")[0]] for each in assignments.split()} == {
            each: each.partition("=")[2] for each in assignments.split()
        }


def test_dead_letters_are_seen_and_done_again(operator: Operator) -> None:
    sqs, outputs = operator.client("sqs"), operator.outputs
    code = operator.declares(4)[1]["passes"][0]["code"].replace("-", "")
    event = {"kind": "crossing_recorded", "subject": code}
    for queue in ("Messages", "Declared", "Waves"):
        sqs.send_message(QueueUrl=outputs[f"{queue}DeadLettersUrl"], MessageBody=json.dumps(event))
    screen = operator.plays("alarms/dead-letters.md", 0)
    assert re.findall(r"^messages +(\d+)$", screen, re.MULTILINE) == ["1", "0"]
    assert f"crossing_recorded of {code}" in screen
    assert "1 messages are back in the queue declared" in operator.plays("alarms/messages-are-rejected.md", 0)
    assert "1 messages are back in the queue waves" in operator.plays("alarms/a-wave-is-stuck.md", 0)


def test_what_was_set_aside_is_seen_and_given_back(operator: Operator) -> None:
    operator.client("sqs").send_message(QueueUrl=operator.outputs["SetAsideQueueUrl"], MessageBody="{}")
    assert "About 1 stay" in operator.plays("alarms/set-aside.md", 0)
    assert "an unknown form" in operator.plays("alarms/audit-lines-are-missing.md", 0)


def test_keys_are_rotated_and_a_leaked_one_is_replaced(operator: Operator) -> None:
    listed = operator.plays("keys.md", 0)
    assert "listed, signs later" in listed
    replaced = operator.plays("a-key-has-leaked.md", 0)
    assert len(re.findall(r"^\S+ +\d{4}-", replaced, re.MULTILINE)) == 2  # one key, by both commands
    assert operator.declares(5)[0] == 201


def test_a_partner_gets_a_key_and_loses_it(operator: Operator) -> None:
    partner = "/v1/partner/declarations"
    screen = operator.plays("partners.md", 0)
    assert re.search(r"^zalo-mini-app .* 200000 .*https://app.example/webhooks$", screen, re.MULTILINE)
    key = printed_secret(screen)
    assert operator.declares(6, partner, X_Api_Key=key)[0] == 201
    assert "gets no more webhooks" in operator.plays("partners.md", 2)
    second = printed_secret(operator.plays("a-key-has-leaked.md", 1))
    assert operator.declares(7, partner, X_Api_Key=key)[0] == 403
    assert operator.declares(7, partner, X_Api_Key=second)[0] == 201
    assert "no longer works" in operator.plays("partners.md", 1, puts={"zalo-mini-app": "zalo-mini-app-2"})


def test_a_gate_is_closed_and_opened(operator: Operator, token: str) -> None:
    assert json.loads(operator.plays("checkpoints.md", 0))["open"] is False
    assert json.loads(operator.plays("checkpoints.md", 1))["open"] is True


def test_the_policy_is_tried_out_put_in_force_and_taken_back(operator: Operator, token: str) -> None:
    operator.signs_in("health-1", "--role", "health")
    operator.plays("policy.md", 0, types=CHOSEN)
    operator.plays("policy.md", 1)
    assert json.loads(operator.plays("policy.md", 2))["complete"] is True
    assert json.loads(operator.plays("policy.md", 3))["version"] == "2021-07-24.1"
    versions = operator.plays("policy.md", 4)
    assert "2021-07-24.1" in versions
    assert "2021-07-24.2" in versions
    assert re.search(r"Policy \S+ is in force", operator.plays("policy.md", 5))


def test_texts_and_the_trust_list_are_replaced(operator: Operator, token: str) -> None:
    assert "2026-12-24.1" in operator.plays("message-templates.md", 0)
    _, entry = signer(ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC))
    (operator.folder / "vn").mkdir()
    pem = f"-----BEGIN CERTIFICATE-----\n{entry['certificate']}\n-----END CERTIFICATE-----\n"
    (operator.folder / "vn" / "invented.pem").write_text(pem)
    assert re.search(r"VN\t\S+\t\d{4}-", operator.plays("trust-list.md", 0))


def test_lost_rows_come_back(operator: Operator) -> None:
    dynamodb, table = operator.client("dynamodb"), operator.outputs["EntriesTableName"]
    code = operator.declares(8)[1]["passes"][0]["code"].replace("-", "")[:13]
    asked = {"TableName": table, "KeyConditionExpression": "declaration = :d"}
    mine = {**asked, "ExpressionAttributeValues": {":d": {"S": code}}}
    before = dynamodb.query(**mine)["Items"]
    assert before
    # The engine copies a table as it is, so the copy is made before the loss here.
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    operator.plays("restoring.md", 0, lines=slice(0, 2), puts={"2021-07-22T06:00:00Z": now})
    for row in before:
        dynamodb.delete_item(TableName=table, Key={key: row[key] for key in ("declaration", "row")})
    assert f"{len(before)} of " in operator.plays("restoring.md", 0, lines=slice(2, None))
    operator.plays("restoring.md", 1)
    assert dynamodb.query(**mine)["Items"] == before
    assert "A restoration would put 0 rows back" in operator.plays("restoring.md", 5)


def test_a_table_that_is_gone_is_replaced_and_its_rows_come_back(operator: Operator) -> None:
    dynamodb, table = operator.client("dynamodb"), operator.outputs["EntriesTableName"]
    made = operator.declares(9)[1]["passes"][0]
    with pytest.raises(AssertionError, match=f"the table {table} is there"):
        operator.plays("restoring.md", 2)
    # The engine makes no backup of a table that is deleted: this one stands for it.
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    dynamodb.create_backup(TableName=table, BackupName="last")
    dynamodb.delete_table(TableName=table)
    assert operator.declares(10)[0] >= 500
    assert "1. The table entries is gone: docs/operations/restoring.md#a-table-is-gone" in operator.plays(
        "status.md", 0
    )
    operator.plays("restoring.md", 2)
    assert operator.outputs["EntriesTableName"] == "tay-ninh-pass-prod-EntriesTable-2"
    assert operator.declares(11)[0] == 201
    path = f"/v1/passes/{made['code']}"
    assert operator.sends("GET", path, X_Pass_Secret=made["secret"])[0] == 404
    screen = operator.plays("restoring.md", 3, puts={"--backup-type SYSTEM": "--backup-type USER"})
    assert "rows were missing in entries and are back" in screen
    assert operator.sends("GET", path, X_Pass_Secret=made["secret"])[0] == 200
    operator.plays("restoring.md", 4)
    assert dynamodb.list_backups()["BackupSummaries"] == []


def test_a_developer_reads_a_one_time_code(operator: Operator) -> None:
    status, _ = operator.sends("POST", "/v1/phone-verifications", {"phone": "+84912345678"})
    assert status == 202
    command = blocks("local-engine.md")[3]
    assert re.search(
        r"\b\d{6}\b",
        operator.runs(f"for _ in $(seq 120); do {command.strip()} | grep '[0-9]' && break; sleep 1; done"),
    )


def test_every_block_is_played_or_has_a_reason_why_not() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    played = {(page, int(number)) for page, number in re.findall(r'plays\("([\w/.-]+)", (\d+)', here)}
    played |= {("README.md", 0), ("status.md", 0), ("local-engine.md", 0), ("local-engine.md", 3)}
    pages = [str(each.relative_to(PAGES)) for each in sorted(PAGES.rglob("*.md"))]
    played |= SETTINGS
    there = {(page, number) for page in pages for number in range(len(blocks(page)))}
    assert there - played - set(NOT_PLAYED) == set(), "play these blocks here, or say in NOT_PLAYED why not"
    assert (played | set(NOT_PLAYED)) - there == set()
    assert played & set(NOT_PLAYED) == set()


def test_a_stage_is_taken_down_and_its_records_stay(operator: Operator) -> None:
    table = operator.outputs["EntriesTableName"]
    assert f"dynamodb delete-table --table-name {table}" in operator.plays("taking-down.md", 0)
    assert operator.client("dynamodb").describe_table(TableName=table)["Table"]["ItemCount"] >= 0
