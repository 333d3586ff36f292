"""The messages that people get, in every situation that a policy tells apart: one part, and no step is left out."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from chalicelib.data import read_bytes
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.links import SECRET_BITS, link_to, secret_of
from chalicelib.models.entry.verifications import VerificationForm
from chalicelib.models.fields import SMS_LENGTH
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.templates import NOTICES, shipped_templates
from chalicelib.models.people.languages import Language
from chalicelib.models.people.persons import Person
from chalicelib.models.people.province import province
from chalicelib.models.people.trips import Trip
from chalicelib.models.policy.assessments import evaluate
from chalicelib.models.policy.policies import Policy, Risk
from chalicelib.models.versions import Kept
from chalicelib.services.entry.verifications import request_verification
from tests.forms import HEALTHY, NOW, form, person
from tests.unit.gsm import GSM_7
from tests.unit.world import World

OWN = province("tay-ninh")
TEMPLATES = shipped_templates("tay-ninh")
POLICIES = ("policy.json", "policies/2021-10-03.json")

LAST = Code.of(2**65 - 1, 1023)
LONGEST_VALUES = {
    "declared": {
        "code": LAST.shown,
        "ends": "23:59 31/12",
        # The longest address that the template lets an operator set; the gateway's own has 63 characters.
        "link": link_to("https://" + "a" * 58, LAST, secret_of(2**SECRET_BITS - 1)),
    },
    # The longest number that `Hotline` takes.
    "revoked": {"group": "ZZZZ", "hotline": "0" * 15},
    "one_time_code": {"code": "123456", "ends": "23:59"},
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
def test_a_person_who_is_admitted_gets_all_their_steps_in_one_part(name: str) -> None:
    policy = shipped(name)
    told = steps(policy)
    assert len(told) >= 18
    for names in told:
        for language in Language:
            shown = [policy.instructions[each] for each in names]
            short = [each.sms if language is Language.VI else str(each.sms_en) for each in shown]
            text = TEMPLATES.compose(admitted(language, short)).text
            assert text.endswith(" ".join(["", *short])), (names, text)
            assert len(text) <= SMS_LENGTH, (names, len(text), text)
            assert set(text) <= GSM_7, names
    assert {each for names in told for each in names} == policy.instructions.keys()


def admitted(language: Language, sentences: list[str]) -> Notice:
    return Notice("+84912345678", "admitted", {}, "A", "b", NOW, language=language, sentences=sentences)


@pytest.mark.parametrize("text_id", LONGEST_VALUES)
def test_the_values_of_a_notice_are_no_longer_than_its_templates_have_room_for(text_id: str) -> None:
    assert {name: len(value) for name, value in LONGEST_VALUES[text_id].items()} == NOTICES[text_id].longest


@pytest.mark.parametrize("language", Language)
def test_the_notices_of_entry_fill_their_templates(world: World, language: Language) -> None:
    declared = world.declare({**form(), "language": language})
    world.cross(declared.code)
    world.revoke(declared.code)
    asked = request_verification(VerificationForm(phone="0912345678", language=language), verifier=world.verifier())
    kinds = {
        EntryEventKind.DECLARATION_SUBMITTED: "declared",
        EntryEventKind.CROSSING_RECORDED: "admitted",
        EntryEventKind.PASS_REVOKED: "revoked",
        EntryEventKind.VERIFICATION_REQUESTED: "one_time_code",
    }
    for kind, text_id in kinds.items():
        code = asked.code if text_id == "one_time_code" else declared.code
        (notice,) = world.notices(EntryEvent.about(kind, code))
        assert (notice.text_id, notice.language) == (text_id, language)
        longest, has_sentences = NOTICES[text_id]
        assert notice.values.keys() == longest.keys()
        assert all(len(value) <= longest[name] for name, value in notice.values.items())
        assert bool(notice.sentences) == bool(notice.full_sentences) == has_sentences
        text = TEMPLATES.compose(notice).text
        assert set(text) <= GSM_7
        assert all(value in text for value in notice.values.values())


def test_a_step_without_an_english_short_form_is_said_in_full(world: World) -> None:
    policy = world.in_force.current().policy
    steps = {name: each.model_copy(update={"sms_en": None}) for name, each in policy.instructions.items()}
    world.in_force.kept[policy.version] = Kept(
        policy.model_copy(update={"instructions": steps}), world.in_force.kept[policy.version].change
    )
    declared = world.declare({**form(), "language": "zh"})
    world.cross(declared.code)
    (notice,) = world.notices(EntryEvent.about(EntryEventKind.CROSSING_RECORDED, declared.code))
    assert notice.sentences[0].startswith("Show a negative test result")
    assert notice.full_sentences[0] == steps["test-at-gate"].zh
    assert TEMPLATES.compose(notice).text.startswith("Tay Ninh: admitted. Show a negative test result")


def test_nobody_is_told_to_isolate_and_to_leave_on_the_same_day() -> None:
    for names in steps(shipped("policies/2021-10-03.json")):
        assert not ("leave-identity-document" in names and any(each.startswith("isolate") for each in names)), names


def test_messages_name_the_number_that_a_phone_dials() -> None:
    policy = shipped("policy.json")
    assert policy.instructions["watch-health-14"].sms.endswith("goi 02761022.")
    assert "gọi (0276) 1022, bấm phím 1." in policy.instructions["watch-health-14"].vi
    assert "{" not in policy.model_dump_json(include={"findings", "papers"}).replace('{"', "").replace(":{", "")
