"""What a person may ask about their permits reaches nobody else's, though one phone may be that of many drivers."""

import json
from pathlib import Path
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.models.entry.codes import Code
from tests.integration.conftest import Api, Clock
from tests.integration.permits.conftest import KEY, Desk, trace_crossings
from tests.integration.rights.persons import PHONE, Run, audit_lines
from tests.tables import rows
from tests.unit.permits.made import permit_form


@pytest.fixture
def codes(api: Api, clock: Clock, lambdas: Client) -> list[str]:
    """The permits of two drivers who have crossed. Their employer gave its own phone for both."""
    desk = Desk(api, clock)
    codes = []
    for number in range(2):
        form = permit_form(number, clock())
        form["person"]["phone"] = PHONE
        code = desk.code(form, partner=KEY)
        assert desk.decides(code).status_code == 201
        assert desk.crosses(code, plate_seen=form["plate"]).status_code == 201
        codes.append(code)
    trace_crossings(lambdas)
    return codes


def exported(run: Run, file: Path, by: str, *value: str, typed: str = "") -> list[dict[str, Any]]:
    assert run("persons export", by, *value, "--to", str(file), typed=typed) == 0
    held: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["held"]
    return held


def test_the_phone_of_several_drivers_leads_to_none_of_them(
    codes: list[str], run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows("permits")
    assert run("persons export", "--phone", "--to", str(tmp_path / "person.json"), typed=PHONE) != 0
    assert not (tmp_path / "person.json").exists()
    assert run("persons erase", "--phone", "--yes", typed=PHONE) != 0
    assert rows("permits") == before
    output = "".join(capsys.readouterr())
    assert all(code in output for code in codes)
    plain = sorted(str(Code.parse(each)) for each in codes)
    assert {line["action"] for line in audit_lines()} == {"look up person"}
    assert [sorted(line["codes"]) for line in audit_lines()] == [plain] * 2


@pytest.mark.parametrize("by", ["code", "identity"])
def test_one_of_several_drivers_gets_their_own_and_has_it_erased_once_it_is_revoked(
    api: Api, clock: Clock, codes: list[str], run: Run, tmp_path: Path, by: str
) -> None:
    number = permit_form()["person"]["identity"]["number"]
    asked = ("--code", codes[0]) if by == "code" else ("--identity",)
    held = exported(run, tmp_path / "person.json", *asked, typed=number)
    assert {each["table"] for each in held} == {"permits", "tracing"}
    assert str(Code.parse(codes[1])) not in json.dumps(held)
    before = rows("permits")
    assert run("persons erase", *asked, "--yes", typed=number) != 0
    assert rows("permits") == before
    # A gate without network turns it away from now on.
    assert Desk(api, clock).revokes(codes[0]).status_code == 201
    assert run("persons erase", *asked, "--yes", typed=number) == 0
    changes = [each for each in rows("permits") if each["partition"]["S"] == "CHANGES"]
    assert len(changes) == 1
    left = json.dumps([*(each for each in rows("permits") if each not in changes), *rows("tracing")])
    assert (str(Code.parse(codes[0])) in left, str(Code.parse(codes[1])) in left) == (False, True)


def test_by_one_permit_the_others_of_its_holder_are_found(api: Api, clock: Clock, run: Run, tmp_path: Path) -> None:
    desk = Desk(api, clock)
    form = permit_form(now=clock())
    codes = [desk.code(form), desk.code({**form, "plate": "70C-222.22"})]
    held = exported(run, tmp_path / "person.json", "--code", codes[0])
    assert {each["content"]["code"] for each in held} == {str(Code.parse(each)) for each in codes}
