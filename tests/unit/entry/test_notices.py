"""What people are sent about their passes, and that it is sent once."""

import json
from collections import Counter
from datetime import timedelta

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.links import LinkKind
from chalicelib.models.entry.records import pass_of
from chalicelib.models.entry.restrictions import Restriction
from chalicelib.models.messaging.messages import DeliveryOutcome
from chalicelib.services.entry.declarations import Caller
from tests.forms import NOW, form, person
from tests.unit.gate.recording import corrected
from tests.unit.world import World, submitted


def crossed(code: Code) -> EntryEvent:
    return EntryEvent.about(EntryEventKind.CROSSING_RECORDED, code)


STAFF = Caller("staff guard", staff="guard")
PARTNER = Caller("partner key", is_partner=True)


def test_the_public_form_texts_the_traveller_alone(world: World) -> None:
    declared = world.declare({**form(), "companions": [person(number) for number in range(1, 51)]})
    assert world.notify(submitted(declared)) == [DeliveryOutcome.SENT]
    assert [phone for phone, _ in world.provider.sent] == ["+84912345678"]


def test_a_record_that_does_not_say_who_sent_the_form_texts_the_traveller_alone(world: World) -> None:
    declared = world.declare({**form(), "companions": [person(1)]}, caller=PARTNER)
    stored = json.loads(declared.declaration.model_dump_json())
    del stored["by_partner"]
    world.entries.declarations[declared.code.declaration] = Declaration.model_validate_json(json.dumps(stored))
    assert len(world.notices(submitted(declared))) == 1


@pytest.mark.parametrize("caller", [STAFF, PARTNER])
def test_what_staff_and_partners_declare_texts_everyone_with_a_phone_once(world: World, caller: Caller) -> None:
    body = {**form(), "companions": [person(1), person(2, phone=None)]}
    declared = world.declare(body, caller=caller)
    assert world.notify(submitted(declared)) == [DeliveryOutcome.SENT, DeliveryOutcome.SENT]
    assert world.notify(submitted(declared)) == [DeliveryOutcome.REPEATED, DeliveryOutcome.REPEATED]
    assert [phone for phone, _ in world.provider.sent] == ["+84912345678", "+84912345679"]
    assert world.provider.sent[0][1].startswith(
        f"Tay Ninh: ma QR qua chot {declared.code.shown} han 15:00 22/07. https://"
    )


def test_each_gets_the_link_of_their_own_pass_and_of_no_other(world: World) -> None:
    declared = world.declare({**form(), "companions": [person(1), person(2)]}, caller=STAFF)
    world.notify(submitted(declared))
    codes = [Code(declared.code.declaration, number) for number in range(3)]
    assert [text.rpartition(" ")[2] for _, text in world.provider.sent] == [
        f"https://pass.example/p#{code}{world.secret(code, LinkKind.TEXT)}" for code in codes
    ]


def test_nobody_of_a_declaration_that_declined_messages_is_texted_whatever_happens(world: World) -> None:
    body = {**form(), "companions": [person(1), person(2, phone=None)]}
    body["consent"]["messages"] = False
    declared = world.declare(body, caller=STAFF)
    assert world.notices(submitted(declared)) == []
    for number in range(3):
        code = Code(declared.code.declaration, number)
        world.cross(code)
        corrected(world, code, "admit")
        world.revoke(code)
        for kind in EntryEventKind:
            assert world.notices(EntryEvent.about(kind, code)) == []


def restricted(world: World, code: Code) -> None:
    fact = Restriction(restricted=True, recorded_at=NOW, recorded_by="administrator")
    assert world.entries.append_restriction(pass_of(code, world.entries.find(code)), fact)


def test_a_person_whose_data_is_restricted_is_not_texted_and_the_others_are(world: World) -> None:
    declared = world.declare({**form(), "companions": [person(1), person(2, phone=None)]}, caller=STAFF)
    codes = [Code(declared.code.declaration, number) for number in range(3)]
    restricted(world, codes[0])
    assert [each.recipient for each in world.notices(submitted(declared))] == ["+84912345679"]
    for code in codes:
        world.cross(code)
        world.revoke(code)
    assert [[each.recipient for each in world.notices(crossed(code))] for code in codes] == [[], ["+84912345679"], []]
    # The text of a companion without a phone would go to the traveller.
    revoked = [world.notices(EntryEvent.about(EntryEventKind.PASS_REVOKED, code)) for code in codes]
    assert [[each.recipient for each in notices] for notices in revoked] == [[], ["+84912345679"], []]


def test_nothing_about_a_person_whose_data_is_restricted_is_texted_to_the_traveller(world: World) -> None:
    declared = world.declare({**form(), "companions": [person(1, phone=None)]})
    code = Code(declared.code.declaration, 1)
    world.revoke(code)
    restricted(world, code)
    assert world.notices(EntryEvent.about(EntryEventKind.PASS_REVOKED, code)) == []


def test_nobody_is_texted_a_code_that_has_ended(world: World) -> None:
    expired, revoked = world.declare(), world.declare()
    world.revoke(revoked.code)
    assert world.notify(submitted(revoked)) == [DeliveryOutcome.LATE]
    world.clock.advance(hours=1)
    assert world.notify(submitted(expired)) == [DeliveryOutcome.LATE]
    assert world.provider.sent == []


def test_an_admission_and_a_revocation_are_texted_however_late(world: World) -> None:
    code = world.declare().code
    world.cross(code)
    world.revoke(code)
    world.clock.advance(days=2)
    assert world.notify(crossed(code)) == [DeliveryOutcome.SENT]
    assert world.notify(EntryEvent.about(EntryEventKind.PASS_REVOKED, code)) == [DeliveryOutcome.SENT]


def test_many_forms_with_one_phone_do_not_text_it_more_than_three_times_a_day(world: World) -> None:
    declared = [world.declare() for _ in range(12)]
    outcomes = Counter(outcome for each in declared for outcome in world.notify(submitted(each)))
    assert outcomes == {DeliveryOutcome.SENT: 3, DeliveryOutcome.LIMITED: 9}
    # What staff did is never held back.
    world.cross(declared[-1].code)
    assert world.notify(crossed(declared[-1].code)) == [DeliveryOutcome.SENT]


def test_a_family_with_one_phone_gets_one_message(world: World) -> None:
    body = {**form(), "companions": [person(1, phone="0912345678"), person(2, phone="+84912345678")]}
    assert world.notify(submitted(world.declare(body, caller=STAFF))) == [DeliveryOutcome.SENT]


def test_the_admitted_get_their_instructions_and_the_refused_nothing(world: World) -> None:
    declared = world.declare(form(companions=1))
    other = Code(declared.code.declaration, 1)
    world.cross(declared.code)
    world.cross(other, decision="refuse", reason="x")
    assert world.notify(crossed(declared.code)) == [DeliveryOutcome.SENT]
    assert world.notify(crossed(other)) == []
    ((_, text),) = world.provider.sent
    assert text == (
        "Tay Ninh: da qua chot. Giu giay xet nghiem. Cach ly tap trung 14 ngay. Bao tram y te xa/phuong trong 24 gio."
    )
    assert len(text) <= 160


def test_a_revocation_is_a_number_to_call_without_the_reason(world: World) -> None:
    declared = world.declare({**form(), "companions": [person(1), person(2, phone=None)]})
    for number in range(3):
        code = Code(declared.code.declaration, number)
        world.revoke(code, reason="Dương tính")
        event = EntryEvent.about(EntryEventKind.PASS_REVOKED, code)
        assert world.notify(event) == [DeliveryOutcome.SENT]
        assert world.notify(event) == [DeliveryOutcome.REPEATED]
        text = world.provider.sent[-1][1]
        assert f" {code.shown[-4:]} da bi thu hoi" in text
        assert text.endswith(" goi 02761022.")
    # That of a companion without a phone goes to the traveller.
    assert [phone for phone, _ in world.provider.sent] == ["+84912345678", "+84912345679", "+84912345678"]


def test_notices_are_kept_by_pass_and_event_for_as_long_as_the_declaration(world: World) -> None:
    declared = world.declare()
    world.cross(declared.code)
    world.revoke(declared.code)
    for kind, event in (
        (EntryEventKind.DECLARATION_SUBMITTED, "declaration_submitted"),
        (EntryEventKind.CROSSING_RECORDED, "crossing_recorded"),
        (EntryEventKind.CROSSING_CORRECTED, "crossing_recorded"),
        (EntryEventKind.PASS_REVOKED, "pass_revoked"),
    ):
        (notice,) = world.notices(EntryEvent.about(kind, declared.code))
        assert (notice.about, notice.event) == (str(declared.code), event)
        assert notice.keep_until == NOW + timedelta(days=30)


def test_a_conflict_and_a_record_that_has_left_ask_for_no_notice(world: World) -> None:
    declared = world.declare()
    assert world.notices(EntryEvent.about(EntryEventKind.CROSSING_CONFLICTED, declared.code)) == []
    assert world.notices(EntryEvent.about(EntryEventKind.DECLARATION_SUBMITTED, Code.of(0, 0))) == []


def test_a_refusal_that_is_corrected_to_an_admission_sends_the_instructions_once(world: World) -> None:
    code = world.declare().code
    world.cross(code, decision="refuse", reason="nhầm người")
    assert world.notify(EntryEvent.about(EntryEventKind.CROSSING_RECORDED, code)) == []
    corrected(world, code, "admit")
    for _ in range(2):
        world.notify(EntryEvent.about(EntryEventKind.CROSSING_CORRECTED, code))
    assert len(world.provider.sent) == 1
    corrected(world, code, "admit", reason="lần nữa")
    world.notify(EntryEvent.about(EntryEventKind.CROSSING_CORRECTED, code))
    assert len(world.provider.sent) == 1


def test_instructions_are_those_that_follow_from_what_was_proven(world: World) -> None:
    code = world.declare().code
    crossing = world.cross(code)
    by_proof = crossing.model_copy(update={"instructions": ["watch-health-14"]})
    world.entries.crossings[code.declaration, 0] = by_proof
    world.notify(EntryEvent.about(EntryEventKind.CROSSING_RECORDED, code))
    ((_, text),) = world.provider.sent
    assert text == "Tay Ninh: da qua chot. Theo doi suc khoe 14 ngay, sot/ho goi 02761022."
