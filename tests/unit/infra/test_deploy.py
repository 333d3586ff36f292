"""What a deployment prints at its end, and what it says that the checkout is."""

import re
from argparse import ArgumentParser
from pathlib import Path
from unittest.mock import Mock

import pytest

from infra import ROOT
from infra.deployment.deploy import after, first_members, release
from infra.operation import sign_ins, staff
from tests.unit.infra.template import TEMPLATE


def test_the_printed_commands_add_staff(monkeypatch: pytest.MonkeyPatch) -> None:
    added = Mock()
    monkeypatch.setattr(staff, "_add", added)
    monkeypatch.setattr(staff, "Stage", Mock())
    monkeypatch.setattr(staff, "chosen", lambda *_: (None, None))
    commands = first_members("--stage prod --region ap-southeast-1").replace("ADDRESS", "admin@example.org")
    for arguments in re.findall(r"python -m infra staff (.*)", commands):
        staff.main(ArgumentParser(), arguments.split())
    assert [call.args[1].role for call in added.call_args_list] == [["administrator"], ["checkpoint"]]


def test_the_way_to_a_token_is_open() -> None:
    (flow,) = re.findall(r'AuthFlow="(\w+)"', Path(sign_ins.__file__).read_text(encoding="utf-8"))
    assert f"ALLOW_{flow}" in TEMPLATE["Resources"]["StaffClient"]["Properties"]["ExplicitAuthFlows"]


def test_a_release_has_the_version_of_the_project() -> None:
    assert f'version = "{release()["version"]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_a_release_names_the_one_before_it_until_another_replaces_it() -> None:
    first, second = {"version": "0.1.0", "commit": "aaa"}, {"version": "0.1.0", "commit": "bbb"}
    assert after({}, first) == first
    replaced = after(first, second)
    assert replaced == {**second, "before": "0.1.0 (aaa)"}
    assert after(replaced, second) == replaced
    assert after(first, first) == first
    assert after(replaced, {"version": "0.2.0"}) == {"version": "0.2.0", "before": "0.1.0 (bbb)"}
