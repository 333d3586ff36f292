"""A phone is proven by a one-time code: how often one is sent, how often it can be answered, and what it gets."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.citizen_tokens import CitizenTokens
from chalicelib.adapters.keyed_hash import KeyedHash
from chalicelib.models.entry.codes import VERIFICATION, Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.errors import (
    OneTimeCodeWrong,
    TriesUsedUp,
    VerificationsUsedUp,
    VerificationTooSoon,
    VerificationUnknown,
)
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.verifications import VerificationAnswerForm, VerificationForm, VerificationRecord
from chalicelib.models.errors import DomainError, InvalidInput
from chalicelib.models.messaging.messages import DeliveryOutcome
from chalicelib.models.people.citizens import Citizen, CitizenToken
from chalicelib.models.people.hashed import PHONE
from chalicelib.services.entry.declarations import Caller
from chalicelib.services.entry.verifications import answer_verification, one_time_code, request_verification
from tests.forms import NOW, form, person
from tests.unit.refusals import refusals
from tests.unit.world import World, refused, submitted

OWN, OTHER = "0912345678", "0912345679"


def requested(world: World, phone: str = OWN) -> VerificationRecord:
    return request_verification(VerificationForm(phone=phone), verifier=world.verifier())


def answered(world: World, code: Code | str, guess: str) -> CitizenToken:
    return answer_verification(str(code), VerificationAnswerForm(one_time_code=guess), verifier=world.verifier())


def right(world: World, record: VerificationRecord) -> str:
    return one_time_code(record.code, world.keyed_hash)


def wrong(world: World, record: VerificationRecord) -> str:
    return f"{(int(right(world, record)) + 1) % 1_000_000:06d}"


def event_of(record: VerificationRecord) -> EntryEvent:
    return EntryEvent.about(EntryEventKind.VERIFICATION_REQUESTED, record.code)


def proven(world: World, phone: str = OWN) -> Caller:
    """The public's caller, with the token of a phone."""
    return Caller("public", citizen=Citizen(world.keyed_hash.text(PHONE, f"+84{phone[1:]}")))


def test_a_verification_is_named_by_a_code_that_is_no_passs(world: World) -> None:
    first, second = requested(world), requested(world, OTHER)
    assert first.code != second.code
    assert {str(each.code)[13:15] for each in (first, second)} == {"X0"}
    assert Code.parse(str(first.code)).person == VERIFICATION


def test_the_right_code_gets_a_token_of_the_phone(world: World) -> None:
    record = requested(world)
    token = answered(world, record.code, right(world, record))
    citizen = CitizenTokens(world.keyed_hash, lifetime=timedelta()).read(token.text, world.clock())
    assert citizen.phone_hash == world.keyed_hash.text("phone", "+84912345678")
    assert token.expires_at == NOW + timedelta(hours=12)


def test_a_code_is_six_digits_that_differ_and_are_of_the_stage(world: World) -> None:
    codes = [one_time_code(Code.of(number, VERIFICATION), world.keyed_hash) for number in range(200)]
    assert all(len(each) == 6 and each.isdecimal() for each in codes)
    assert len(set(codes)) > 190
    assert any(each.startswith("0") for each in codes)
    assert one_time_code(Code.of(0, VERIFICATION), KeyedHash(b"other")) != codes[0]


def test_a_phone_gets_one_code_a_minute(world: World) -> None:
    requested(world)
    world.clock.advance(seconds=59)
    with pytest.raises(VerificationTooSoon) as raised:
        requested(world)
    assert raised.value.params == {"wait": timedelta(seconds=1)}
    requested(world, OTHER)
    world.clock.advance(seconds=1)
    requested(world)


def test_a_phone_gets_five_codes_in_24_hours(world: World) -> None:
    for _ in range(5):
        requested(world)
        world.clock.advance(hours=1)
    with pytest.raises(VerificationsUsedUp) as raised:
        requested(world)
    assert raised.value.params == {"wait": timedelta(hours=19)}
    world.clock.advance(hours=19)
    requested(world)
    world.clock.advance(minutes=59)
    with pytest.raises(VerificationsUsedUp):
        requested(world)


@dataclass
class Late:
    """Writers who have all read before anybody writes."""

    behind: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)

    def latest(self, phone_hash: str) -> list[Any]:
        return []


def test_of_two_requests_at_the_same_moment_one_is_a_minute_too_soon(world: World) -> None:
    verifier = world.verifier()._replace(verifications=Late(world.verifications))
    request_verification(VerificationForm(phone=OWN), verifier=verifier)
    with pytest.raises(VerificationTooSoon) as raised:
        request_verification(VerificationForm(phone=OWN), verifier=verifier)
    assert raised.value.params == {"wait": timedelta(minutes=1)}
    assert len(world.verifications.records) == 1


def test_a_country_that_gets_no_texts_is_a_problem_of_the_field(world: World) -> None:
    with pytest.raises(InvalidInput) as raised:
        requested(world, "+447911123456")
    assert [(each.pointer, each.code) for each in raised.value.problems] == [("/phone", "phone_not_texted")]
    assert world.verifications.records == {}


@pytest.mark.parametrize(("phone", "code"), [("12345", "phone_impossible"), ("02763822233", "phone_impossible")])
def test_what_is_no_mobile_phone_is_refused(phone: str, code: str) -> None:
    assert refusals({"phone": phone}, VerificationForm) == {("/phone", code)}


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12a456", "१२३४५६", "-12345", "\u00b2" * 6])
def test_what_is_no_code_costs_no_try(code: str) -> None:
    assert refusals({"one_time_code": code}, VerificationAnswerForm) == {("/one_time_code", "one_time_code_impossible")}
    assert refusals({"one_time_code": "123 456"}, VerificationAnswerForm) == set()


def test_a_wrong_code_says_how_many_tries_are_left_and_after_five_the_right_one_is_late(world: World) -> None:
    record = requested(world)
    left = []
    for _ in range(5):
        with pytest.raises(OneTimeCodeWrong) as raised:
            answered(world, record.code, wrong(world, record))
        left.append(raised.value.members["tries_left"])
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(TriesUsedUp):
        answered(world, record.code, right(world, record))


def test_a_right_answer_can_be_repeated_as_long_as_there_are_tries(world: World) -> None:
    record = requested(world)
    for _ in range(5):
        assert answered(world, record.code, right(world, record)).text
    with pytest.raises(TriesUsedUp):
        answered(world, record.code, right(world, record))


def test_guesses_at_the_same_moment_are_five_at_most(world: World) -> None:
    record = requested(world)

    @dataclass
    class Stale:
        """Everybody reads that nobody has tried."""

        behind: Any

        def __getattr__(self, name: str) -> Any:
            return getattr(self.behind, name)

        def find(self, code: Code) -> VerificationRecord:
            return record

    verifier = world.verifier()._replace(verifications=Stale(world.verifications))

    def guess(number: int) -> type[DomainError] | None:
        try:
            answer_verification(
                str(record.code), VerificationAnswerForm(one_time_code=wrong(world, record)), verifier=verifier
            )
        except DomainError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(8) as threads:
        assert Counter(threads.map(guess, range(40))) == {OneTimeCodeWrong: 5, TriesUsedUp: 35}


def test_an_unknown_verification_and_one_that_has_expired_are_the_same(world: World) -> None:
    record = requested(world)
    world.clock.advance(minutes=9, seconds=59)
    assert answered(world, record.code, right(world, record))
    world.clock.advance(seconds=1)
    for code in (
        record.code,
        Code.of(1, VERIFICATION),
        "an-hoa",
        "",
        str(record.code)[:-1] + "0",
    ):
        with pytest.raises(VerificationUnknown):
            answered(world, code, right(world, record))


def test_a_verification_is_known_by_its_own_code_alone(world: World) -> None:
    record = requested(world)
    with pytest.raises(VerificationUnknown):
        answered(world, Code(record.code.declaration, 0), right(world, record))


def test_the_code_is_sent_once_to_the_phone(world: World) -> None:
    record = requested(world)
    outcomes = [world.notify(event_of(record)) for _ in range(2)]
    assert outcomes == [[DeliveryOutcome.SENT], [DeliveryOutcome.REPEATED]]
    ((phone, text),) = world.provider.sent
    assert phone == "+84912345678"
    assert f" {right(world, record)} " in text
    assert " 14:10." in text


def test_a_code_that_has_expired_is_not_sent(world: World) -> None:
    record = requested(world)
    world.clock.advance(minutes=10)
    assert world.notify(event_of(record)) == [DeliveryOutcome.LATE]
    del world.verifications.records[record.code.declaration]
    assert world.notify(event_of(record)) == []
    assert world.provider.sent == []


def test_codes_are_a_fifth_of_the_texts_of_a_day_and_use_up_no_others(world: World) -> None:
    """The world's stage sends 1,000 texts a day."""
    asked = [requested(world, f"0913{number:06d}") for number in range(210)]
    outcomes = Counter(outcome for each in asked for outcome in world.notify(event_of(each)))
    assert outcomes == {DeliveryOutcome.SENT: 200, DeliveryOutcome.OVER_BUDGET: 10}
    declared = world.declare()
    assert world.notify(submitted(declared)) == [DeliveryOutcome.SENT]


def test_texts_about_strangers_forms_and_codes_do_not_use_up_each_other(world: World) -> None:
    for _ in range(5):
        code = world.declare().code
        world.notify(EntryEvent.about(EntryEventKind.DECLARATION_SUBMITTED, code))
    assert world.notify(event_of(requested(world))) == [DeliveryOutcome.SENT]


def test_a_declaration_with_the_token_of_its_phone_is_proven(world: World) -> None:
    declaration = world.declare(caller=proven(world)).declaration
    assert (declaration.by_proven_phone, declaration.origin) == (True, Origin.PROVEN)
    assert world.declare().declaration.origin is Origin.UNPROVEN


def test_a_proven_phone_is_texted_alone_although_its_form_names_the_phones_of_others(world: World) -> None:
    body = {**form(), "companions": [person(1), person(2)]}
    declared = world.declare(body, caller=proven(world))
    notices = world.notices(submitted(declared))
    assert [each.recipient for each in notices] == ["+84912345678"]


def test_who_declined_messages_in_a_form_gets_the_code_that_they_ask_for(world: World) -> None:
    body = form()
    body["consent"]["messages"] = False
    declared = world.declare(body)
    assert world.notices(submitted(declared)) == []
    assert [each.text_id for each in world.notices(event_of(requested(world)))] == ["one_time_code"]


def test_a_token_of_another_phone_is_a_problem_of_the_field(world: World) -> None:
    assert refused(world, form(), caller=proven(world, OTHER)) == [("/traveller/phone", "phone_of_another_token")]
    assert refused(world, {**form(), "traveller": person(phone=None)}, caller=proven(world)) == [
        ("/traveller/phone", "phone_missing")
    ]
    assert world.entries.writes == 0


@pytest.mark.parametrize("first", [True, False])
def test_a_repetition_meets_its_own_record_with_a_token_or_without(world: World, first: bool) -> None:
    callers = [proven(world), Caller("public")]
    if not first:
        callers.reverse()
    one, other = (world.declare(form(), "key-of-a-request", caller) for caller in callers)
    assert other == one._replace(repeated=True)
    assert one.declaration.by_proven_phone is first
    assert len(world.entries.declarations) == 1


def test_a_declaration_with_a_token_is_one_write_and_no_read(world: World) -> None:
    world.declare(caller=proven(world))
    assert (world.entries.writes, world.entries.reads) == (1, 0)
