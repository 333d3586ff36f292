"""What a person may ask reaches their drafts, their part of other people's, and their seat in a bus."""

import json
from pathlib import Path
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.models.entry.codes import Code
from tests.integration.conftest import Api, Clock
from tests.integration.entry.test_drafts import Citizen, draft
from tests.integration.partners.test_manifests import bus, confirm, passenger, sent
from tests.integration.queues import batch, event
from tests.integration.rights.persons import Run, everything
from tests.tables import rows

OWN_NUMBER, RIDER = "072090000000", "072090000001"


@pytest.fixture
def drafts(api: Api, clock: Clock) -> Citizen:
    """The drafts of a phone: one with a companion."""
    citizen = Citizen(api)
    citizen.saves(draft(clock, 2))
    return citizen


def exported(run: Run, file: Path, by: str, value: str) -> list[dict[str, Any]]:
    assert run("persons export", by, "--to", str(file), typed=value) == 0
    held: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["held"]
    return [each["content"] for each in held if each["table"] == "drafts"]


def test_each_person_gets_their_own_part_of_a_draft(drafts: Citizen, run: Run, tmp_path: Path) -> None:
    assert len(drafts.lists()) == 1
    for name, by, value, number in (
        ("phone", "--phone", "0912345678", OWN_NUMBER),
        ("traveller", "--identity", OWN_NUMBER, OWN_NUMBER),
        ("rider", "--identity", RIDER, RIDER),
    ):
        (content,) = exported(run, tmp_path / name, by, value)
        assert [each["identity"]["number"] for each in content["persons"]] == [number]
        assert content["others_in_it"] == 2


def test_a_passenger_gets_their_seat(api: Api, clock: Clock, run: Run, tmp_path: Path) -> None:
    sent(api, bus(clock))
    (content,) = exported(run, tmp_path / "seat", "--phone", "0912500001")
    assert (content["passenger"]["seat"], content["plate"]) == ("2A", "70B01234")
    assert "seats" not in content


def test_by_the_phone_the_drafts_are_deleted(drafts: Citizen, run: Run) -> None:
    assert len(drafts.lists()) == 1
    assert run("persons erase", "--phone", "--yes", typed="0912345678") == 0
    assert drafts.lists() == []
    assert "Nguyễn Văn Thử" not in everything("drafts")


def test_a_companion_is_taken_out_of_a_draft(drafts: Citizen, run: Run) -> None:
    assert run("persons erase", "--identity", "--yes", typed=RIDER) == 0
    (left,) = drafts.lists()
    assert [each["identity"]["number"] for each in left["companions"]] == ["072090000002"]
    assert RIDER not in everything("drafts")


def test_the_traveller_is_found_by_the_document(drafts: Citizen, run: Run) -> None:
    assert run("persons erase", "--identity", "--yes", typed=OWN_NUMBER) == 0
    assert drafts.lists() == []


def test_a_seat_is_blanked_and_the_others_stay(api: Api, clock: Clock, lambdas: Client, run: Run) -> None:
    manifest = sent(api, bus(clock, hours=0.5))
    code = confirm(api, manifest, 0, passenger(clock)).json_body["passes"][0]["code"]
    lambdas.lambda_.invoke("trace", batch(json.dumps(event("declaration_submitted", Code.parse(code)))))
    assert 'Trần Mẫu A\\"' in everything("drafts")
    assert run("persons erase", "--phone", "--yes", typed="0912500000") == 0
    seen = api("GET", "/v1/checkpoint/manifest?plate=70B-012.34", role="checkpoint").json_body["bus"]
    assert [(each["seat"], each["confirmed"]) for each in seen["seats"]] == [("2A", False)]
    assert not any(each in everything("drafts") for each in ('Trần Mẫu A\\"', "84912500000"))
    assert [each["row"]["S"] for each in rows("drafts") if each["row"]["S"].startswith("SEAT#")] == []
