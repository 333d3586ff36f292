"""Declaring: what a form may say, and what becomes of it."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.http.problems import detail_of
from chalicelib.models.entry.declarations import Consent, Declaration
from chalicelib.models.entry.errors import IdempotencyKeyReused
from chalicelib.models.errors import InvalidInput
from chalicelib.models.people.consents import consent_texts
from chalicelib.models.people.languages import Language
from chalicelib.models.records import STORED
from chalicelib.services.entry.declarations import Caller
from tests.forms import HEALTHY, NOW, form, person
from tests.unit.refusals import MISSING, changed, refusals
from tests.unit.world import World, at, refused, unit


def test_declaring_is_one_write_and_no_read(world: World) -> None:
    world.declare(form(companions=50))
    assert (world.entries.writes, world.entries.reads) == (1, 0)


def test_everyone_in_the_form_gets_a_pass_that_leads_to_the_one_record(world: World) -> None:
    declared = world.declare(form(companions=2))
    codes = {world.signatures.signed[each.token].code for each in declared.declaration.passes}
    assert {code.declaration for code in codes} == {declared.code.declaration}
    assert {code.person for code in codes} == {0, 1, 2}


@pytest.mark.parametrize(("minutes", "seconds"), [(0, -60), (0, 0), (30, 0), (60, 0)])
def test_an_arrival_within_the_hour_is_accepted(world: World, minutes: int, seconds: int) -> None:
    world.declare(form(expected_arrival=at(minutes=minutes, seconds=seconds)))


@pytest.mark.parametrize(
    ("trip", "pointer", "code"),
    [
        (
            {"expected_arrival": (NOW + timedelta(seconds=3601)).isoformat()},
            "/trip/expected_arrival",
            "arrival_too_far_ahead",
        ),
        ({"expected_arrival": at(seconds=-61)}, "/trip/expected_arrival", "arrival_in_past"),
        ({"checkpoint": "nowhere"}, "/trip/checkpoint", "unknown_checkpoint"),
        ({"checkpoint": "an-tinh"}, "/trip/checkpoint", "checkpoint_closed"),
        ({"stay_until": "2021-07-21"}, "/trip/stay_until", "stay_ends_in_past"),
        (
            {"origin": {"unit": {"list_version": "2025", "code": "79"}}},
            "/trip/origin/unit/list_version",
            "wrong_list_version",
        ),
        (
            {"destination": {"unit": {"list_version": "2021", "code": "00001"}, "address": "x"}},
            "/trip/destination/unit/code",
            "destination_not_a_commune_of_the_province",
        ),
        (
            {"destination": {"unit": {"list_version": "2021", "code": "703"}, "address": "x"}},
            "/trip/destination/unit/code",
            "destination_not_a_commune_of_the_province",
        ),
    ],
)
def test_a_trip_that_cannot_be_is_refused(world: World, trip: dict[str, Any], pointer: str, code: str) -> None:
    assert refused(world, form(**trip)) == [(pointer, code)]
    assert world.entries.writes == 0


@pytest.mark.parametrize(("seconds", "earliest"), [(0, "16:00"), (1, "16:01"), (60, "16:01")])
def test_an_arrival_too_far_ahead_is_refused_with_the_earliest_minute_at_which_it_is_accepted(
    world: World, seconds: int, earliest: str
) -> None:
    body = form(expected_arrival=at(hours=3, seconds=seconds))
    with pytest.raises(InvalidInput) as raised:
        world.declare(body)
    (problem,) = raised.value.problems
    assert problem.members == {"earliest": f"2021-07-22T{earliest}:00+07:00"}
    assert detail_of(problem, "vi").endswith(f"vui lòng khai báo từ {earliest} ngày 22/7.")
    world.clock.now = datetime.fromisoformat(problem.members["earliest"])
    assert world.declare(body).declaration.form.trip.expected_arrival


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"phone": None}, "/traveller/phone", "phone_missing"),
        ({"identity": None}, "/traveller/identity", "identity_missing"),
        (
            {"identity": None, "birth_year": None, "birth_date": "2021-07-23"},
            "/traveller/birth_date",
            "birth_in_future",
        ),
        ({"identity": None, "birth_year": 2030}, "/traveller/birth_year", "birth_in_future"),
        (
            {"health": {**HEALTHY, "test": {"kind": "pcr", "result": "negative", "taken_at": "2021-07-22T07:02:00Z"}}},
            "/traveller/health/test/taken_at",
            "test_in_future",
        ),
        (
            {"health": {**HEALTHY, "vaccination": {"doses": 1, "last_date": "2021-08-01"}}},
            "/traveller/health/vaccination/last_date",
            "vaccination_in_future",
        ),
    ],
)
def test_a_person_who_cannot_be_is_refused(world: World, changes: dict[str, Any], pointer: str, code: str) -> None:
    assert refused(world, {**form(), "traveller": person(**changes)}) == [(pointer, code)]


def test_a_child_needs_no_document(world: World) -> None:
    child = person(1, identity=None, birth_year=2010, phone=None)
    world.declare({**form(), "companions": [child]})


def test_staff_declare_for_someone_without_a_phone_and_are_on_record(world: World) -> None:
    body = {**form(), "traveller": person(phone=None)}
    assert refused(world, body) == [("/traveller/phone", "phone_missing")]
    declared = world.declare(body, caller=Caller("staff guard", "guard"))
    assert declared.declaration.declared_by == "guard"


@pytest.mark.parametrize("version", [text.version for text in consent_texts("tay-ninh")])
def test_a_form_with_a_former_consent_text_is_accepted(world: World, version: str) -> None:
    body = {**form(), "consent": {"accepted": True, "messages": True, "text_version": version}}
    assert world.declare(body).declaration.form.consent.text_version == version


FORMER = [text.version for text in consent_texts("tay-ninh")[:-1]]


@pytest.mark.parametrize("version", FORMER)
def test_a_form_that_is_open_with_a_former_consent_text_did_not_ask_for_messages_apart(
    world: World, version: str
) -> None:
    body = {**form(), "consent": {"accepted": True, "text_version": version}}
    assert world.declare(body).declaration.form.consent.messages
    body["consent"]["messages"] = False
    assert not world.declare(body).declaration.form.consent.messages


def test_a_language_is_on_record_if_it_is_not_vietnamese(world: World) -> None:
    for language in Language:
        declaration = world.declare({**form(), "language": language}).declaration
        assert declaration.form.language is language
        stored = declaration.model_dump(mode="json", exclude_defaults=True)["form"]
        assert stored.get("language") == (None if language is Language.VI else language)
    assert world.declare().declaration.form.language is Language.VI
    assert refusals({**form(), "language": "fr"}) == {("/language", "value_not_listed")}


def test_nobody_is_taken_to_have_consented_to_messages(world: World) -> None:
    body = form()
    del body["consent"]["messages"]
    assert refused(world, body) == [("/consent/messages", "field_missing")]


@pytest.mark.parametrize("messages", [True, False])
def test_what_was_chosen_about_messages_is_on_record_and_sent_again_it_is_the_same_form(
    world: World, messages: bool
) -> None:
    body = form()
    body["consent"]["messages"] = messages
    declared = world.declare(body, key="k" * 20)
    stored = declared.declaration.model_dump_json(exclude_defaults=True)
    assert Declaration.from_stored(stored).form.consent.messages is messages
    assert world.declare(body, key="k" * 20) == declared._replace(repeated=True)
    with pytest.raises(IdempotencyKeyReused):
        world.declare({**body, "consent": {**body["consent"], "messages": not messages}}, key="k" * 20)


def test_a_record_of_a_former_release_consented_to_messages_as_its_text_did() -> None:
    stored = '{"accepted":true,"text_version":"2026-11"}'
    assert Consent.from_stored(stored).messages


def test_an_unknown_consent_text_is_refused(world: World) -> None:
    body = {**form(), "consent": {"accepted": True, "text_version": "1999"}}
    assert refused(world, body) == [("/consent/text_version", "consent_text_unknown")]


def test_all_problems_of_a_form_are_one_refusal(world: World) -> None:
    body = {**form(checkpoint="nowhere", stay_until="2020-01-01"), "traveller": person(phone=None)}
    assert len(refused(world, body)) == 3


def test_a_repeated_request_gets_the_first_answer_at_any_later_time(world: World) -> None:
    body = form()
    first = world.declare(body, "key-of-a-request")
    world.clock.advance(hours=5)
    assert world.declare(body, "key-of-a-request") == first._replace(repeated=True)
    assert len(world.entries.declarations) == 1


def test_a_key_with_another_form_is_refused(world: World) -> None:
    world.declare(form(), "key-of-a-request")
    with pytest.raises(IdempotencyKeyReused):
        world.declare(form(purpose="work"), "key-of-a-request")


def test_the_same_key_of_another_caller_is_another_declaration(world: World) -> None:
    one = world.declare(form(), "key-of-a-request")
    other = world.declare(form(), "key-of-a-request", Caller("staff guard", "guard"))
    assert one.code != other.code


def test_nobody_uses_up_the_key_of_a_traveller_with_another_phone(world: World) -> None:
    squatter = world.declare({**form(), "traveller": person(7)}, "key-of-a-request")
    own = world.declare(form(), "key-of-a-request")
    assert own.code != squatter.code
    assert not own.repeated


def test_a_key_of_a_member_of_staff_holds_for_somebody_without_a_phone(world: World) -> None:
    body, guard = {**form(), "traveller": person(phone=None)}, Caller("staff guard", "guard")
    first = world.declare(body, "key-of-a-request", guard)
    assert world.declare(body, "key-of-a-request", guard) == first._replace(repeated=True)


@pytest.mark.parametrize(
    ("health", "origin", "findings", "instructions"),
    [
        (HEALTHY, unit("04"), [], ["report-to-commune"]),
        (HEALTHY, unit("25480"), [], ["watch-health-14", "report-to-commune"]),
        (
            {**HEALTHY, "symptoms": ["fever"], "contact_with_patient": True},
            unit("04"),
            ["symptoms", "contact"],
            ["see-medical-staff", "isolate-at-facility-14", "report-to-commune"],
        ),
        (
            {
                **HEALTHY,
                "vaccination": {"doses": 2, "last_date": "2021-06-01"},
                "test": {"kind": "pcr", "result": "negative", "taken_at": at(hours=-71)},
            },
            {"country": "KH"},
            ["very-high-risk-area"],
            ["isolate-at-home-14", "report-to-commune"],
        ),
        (
            {
                **HEALTHY,
                "test": {"kind": "pcr", "result": "negative", "taken_at": at(hours=-73)},
            },
            unit("75"),
            ["no-valid-test", "high-risk-area"],
            ["test-at-gate", "isolate-at-home-14", "report-to-commune"],
        ),
    ],
)
def test_the_policy_finds_and_instructs(
    world: World, health: dict[str, Any], origin: dict[str, Any], findings: list[str], instructions: list[str]
) -> None:
    declared = world.declare({**form(origin=origin), "traveller": person(health=health)})
    assert declared.declaration.passes[0].findings == findings
    assert declared.declaration.passes[0].instructions == instructions


def test_the_riskiest_place_passed_counts(world: World) -> None:
    low = unit("04")
    risky = unit("26734")  # a commune of Ho Chi Minh City
    declared = world.declare(form(origin=low, places_passed=[risky]))
    assert "very-high-risk-area" in declared.declaration.passes[0].findings


def test_a_declaration_keeps_the_papers_it_was_asked_for() -> None:
    world = World()
    assert world.declare(form(origin=unit("79"))).declaration.passes[0].papers == ["negative-test-72"]
    assert world.declare(form(origin=unit("04"))).declaration.passes[0].papers == []


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/consent/accepted", False, "consent_not_given"),
        ("/consent/accepted", MISSING, "field_missing"),
        ("/consent", MISSING, "field_missing"),
        ("/consent/messages", None, "wrong_type"),
    ],
)
def test_nothing_is_declared_without_consent(pointer: str, value: Any, code: str) -> None:
    assert refusals(changed(pointer, value)) == {(pointer, code)}


@pytest.mark.parametrize("by", ["parent", "guardian", "agreed", None])
def test_a_form_may_say_who_consents_for_minors(world: World, by: str | None) -> None:
    body = form(companions=1)
    body["consent"] |= {"for_minors": by}
    consent = world.declare(body).declaration.form.consent
    assert consent.for_minors == by
    assert Consent.from_stored(consent.model_dump_json(exclude_defaults=True)) == consent


def test_a_record_without_it_is_read() -> None:
    stored = Consent.model_validate({"accepted": True, "text_version": "2021-07"}, context=STORED)
    assert stored.for_minors is None
    assert "for_minors" not in stored.model_dump_json(exclude_defaults=True)


def test_51_companions_are_too_many() -> None:
    assert refusals(form(companions=51)) == {("/companions", "too_many_companions")}
    assert refusals(form(companions=50)) == set()


def test_a_large_body_of_nonsense_is_answered_with_few_problems() -> None:
    nobody = {**form(), "companions": [{}] * 20_000}
    assert refusals(nobody) == {("/companions", "too_many_companions")}
    body = {**form(), **{f"field{number}": 1 for number in range(5_000)}}
    assert len(refusals(body)) == 100


def test_nobody_is_listed_twice() -> None:
    body = form(companions=2)
    body["companions"][1]["identity"] = deepcopy(body["traveller"]["identity"])
    assert refusals(body) == {("/companions/1", "companion_duplicate")}


def test_two_children_without_documents_differ_by_name_and_birth() -> None:
    child = person(1, identity=None, birth_year=2018, full_name="Lê Bé Hai")
    body = {**form(), "companions": [child, {**child, "full_name": "Lê Bé Ba"}]}
    assert refusals(body) == set()
    assert refusals({**form(), "companions": [child, child]}) == {("/companions/1", "companion_duplicate")}
