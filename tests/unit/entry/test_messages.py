"""The SMS that people get, in every situation that a policy tells apart: one part, and no step is left out."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from chalicelib.data import read_bytes
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.links import SECRET_BITS, link_to, secret_of
from chalicelib.models.fields import SMS_LENGTH
from chalicelib.models.people.persons import Person
from chalicelib.models.people.province import province
from chalicelib.models.people.trips import Trip
from chalicelib.models.policy.assessments import evaluate
from chalicelib.models.policy.policies import Policy, Risk
from tests.forms import HEALTHY, NOW, form, person
from tests.unit.gsm import GSM_7

OWN = province("tay-ninh")
TEXTS: dict[str, str] = json.loads(read_bytes("provinces", "tay-ninh", "messages.json"))
POLICIES = ("policy.json", "policies/2021-10-03.json")

LAST = Code.of(2**65 - 1, 1023)
LONGEST_VALUES = {
    "code": LAST.shown,
    "ends": "23:59 31/12",
    "group": "ZZZZ",
    "hotline": OWN.hotline.dialled,
    # The longest address that the template lets an operator set; the gateway's own has 63 characters.
    "link": link_to("https://" + "a" * 58, LAST, secret_of(2**SECRET_BITS - 1)),
}


def shipped(name: str) -> Policy:
    read = Policy.model_validate_json(read_bytes("provinces", "tay-ninh", *name.split("/")))
    return read.with_hotline(OWN.hotline)


def situations(policy: Policy) -> Iterator[tuple[Person, Trip]]:
    """Each combination of what a rule can ask for: the risk of the origin, symptoms, contact, doses, test, stay."""
    places = {policy.areas[0].risk: {"unit": {"list_version": "2021", "code": str(policy.areas[0].unit)}}}
    for area in policy.areas:
        if area.unit:
            places.setdefault(area.risk, {"unit": {"list_version": "2021", "code": area.unit}})
    assert places.keys() == set(Risk)
    tests: list[Any] = [
        None,
        {"kind": "pcr", "result": "negative", "taken_at": NOW.isoformat()},
        {"kind": "pcr", "result": "positive", "taken_at": NOW.isoformat()},
    ]
    for origin, ill, contact, doses, test, same_day in product(
        places.values(), (False, True), (False, True), (0, 1, 2, 10), tests, (False, True)
    ):
        health = {
            **HEALTHY,
            "symptoms": ["fever"] if ill else [],
            "contact_with_patient": contact,
            "vaccination": {"doses": doses, "last_date": "2021-07-01"} if doses else None,
            "test": test,
        }
        body = form(origin=origin, stay_until="2021-07-22" if same_day else None)
        yield (
            Person.model_validate_json(json.dumps(person(health=health))),
            Trip.model_validate_json(json.dumps(body["trip"])),
        )


def steps(policy: Policy) -> set[tuple[str, ...]]:
    return {tuple(evaluate(policy, each, trip, NOW).instructions) for each, trip in situations(policy)}


@pytest.mark.parametrize("name", POLICIES)
def test_whoever_is_admitted_gets_all_their_steps_in_one_part(name: str) -> None:
    policy = shipped(name)
    told = steps(policy)
    assert len(told) >= 18
    for names in told:
        text = " ".join([TEXTS["admitted"], *(policy.instructions[each].sms for each in names)])
        assert len(text) <= SMS_LENGTH, (names, len(text), text)
        assert set(text) <= GSM_7, names
    assert {each for names in told for each in names} == policy.instructions.keys()


@pytest.mark.parametrize("text_id", TEXTS)
def test_a_message_with_its_longest_values_is_one_part(text_id: str) -> None:
    text = TEXTS[text_id].format_map(LONGEST_VALUES)
    assert len(text) <= SMS_LENGTH, len(text)
    assert set(text) <= GSM_7


def test_nobody_is_told_to_isolate_and_to_leave_on_the_same_day() -> None:
    for names in steps(shipped("policies/2021-10-03.json")):
        assert not ("leave-identity-document" in names and any(each.startswith("isolate") for each in names)), names


def test_messages_name_the_number_that_a_phone_dials() -> None:
    policy = shipped("policy.json")
    assert policy.instructions["watch-health-14"].sms.endswith("goi 02761022.")
    assert "gọi (0276) 1022, bấm phím 1." in policy.instructions["watch-health-14"].vi
    assert "{" not in policy.model_dump_json(include={"findings", "papers"}).replace('{"', "").replace(":{", "")
