"""What a deployment prints at its end."""

import re

from chalicelib.models.staff.staff import PostingForm
from infra import ROOT
from infra.deployment.deploy import first_postings
from tests.unit.infra.template import TEMPLATE


def test_the_printed_commands_for_posting_staff_fit_the_stack_and_the_api() -> None:
    commands = first_postings("https://api.example", "--user-pool-id pool")
    ((method, path),) = re.findall(r"curl -X (\w+) https://api\.example(\S+)", commands)
    assert f'"{method} {path.replace("$SUBJECT", "{subject}")}"' in (ROOT / "app.py").read_text()
    (body,) = re.findall(r"-d '(.*)'", commands)
    assert PostingForm.model_validate_json(body).checkpoint == "ID"
    assert commands.count("\\\n") == 2


def test_the_documented_way_to_a_token_is_open() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (flow,) = re.findall(r"--auth-flow (\w+)", operations)
    assert f"ALLOW_{flow}" in TEMPLATE["Resources"]["StaffClient"]["Properties"]["ExplicitAuthFlows"]
    assert "PASSWORD=PASSWORD" not in operations  # a command line can be read by every process
