"""What was sent about a pass."""

from datetime import timedelta

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.messaging.messages import DeliveryOutcome, DeliveryState, Message
from chalicelib.services.entry.declarations import Declared
from chalicelib.services.entry.messages import MessageSubject, PassMessage, messages_about, without_decision
from tests.forms import NOW, form, person
from tests.unit.world import World


def about(world: World, declared: Declared, number: int = 0) -> list[PassMessage]:
    record = world.entries.find(declared.code)
    assert record is not None
    return messages_about(HeldPass(Code(declared.code.declaration, number), record), find=world.messages.about)


def happens(world: World, kind: EntryEventKind, code: Code) -> None:
    world.notify(EntryEvent.about(kind, code))


def test_each_message_is_listed_by_what_it_is_about_and_without_a_text_or_a_phone(world: World) -> None:
    declared = world.declare()
    assert about(world, declared) == []
    happens(world, EntryEventKind.DECLARATION_SUBMITTED, declared.code)
    world.clock.advance(minutes=10)
    world.cross(declared.code)
    happens(world, EntryEventKind.CROSSING_RECORDED, declared.code)
    world.clock.advance(minutes=10)
    world.revoke(declared.code)
    happens(world, EntryEventKind.PASS_REVOKED, declared.code)
    found = about(world, declared)
    assert [each.subject for each in found] == ["declared", "admitted", "revoked"]
    assert {(each.message.outcome, each.message.state) for each in found} == {
        (DeliveryOutcome.SENT, DeliveryState.SENT)
    }
    assert [each.message.sent_at for each in found] == [NOW + timedelta(minutes=10 * number) for number in range(3)]
    assert [each.subject for each in without_decision(found)] == ["declared", "revoked"]


def test_a_family_with_one_phone_has_one_message_under_the_first_of_them(world: World) -> None:
    declared = world.declare({**form(), "companions": [person(1, phone="0912345678")]})
    happens(world, EntryEventKind.DECLARATION_SUBMITTED, declared.code)
    assert [len(about(world, declared, number)) for number in range(2)] == [1, 0]


def test_what_was_not_sent_says_why_and_stands_behind_what_was_sent(world: World) -> None:
    declared = world.declare()
    world.clock.advance(hours=2)
    happens(world, EntryEventKind.DECLARATION_SUBMITTED, declared.code)
    world.revoke(declared.code)
    happens(world, EntryEventKind.PASS_REVOKED, declared.code)
    assert [(each.subject, each.message.outcome) for each in about(world, declared)] == [
        (MessageSubject.REVOKED, DeliveryOutcome.SENT),
        (MessageSubject.DECLARED, DeliveryOutcome.LATE),
    ]


def test_a_message_of_another_capability_is_listed_without_a_subject_of_its_own(world: World) -> None:
    declared = world.declare()
    record = world.entries.find(declared.code)
    assert record is not None
    message = Message("stay_opened", None, DeliveryOutcome.REFUSED, None, None, None)
    found = messages_about(HeldPass(declared.code, record), find=lambda _: [message])
    assert found == [PassMessage(MessageSubject.OTHER, message)]
