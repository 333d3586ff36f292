"""Tracing and messages."""

from datetime import timedelta

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import Event, EventKind
from chalicelib.models.messaging.messages import Outcome, PermanentRefusal, TemporaryFailure
from chalicelib.services.entry.declarations import Declared
from tests.forms import NOW, form, person
from tests.unit.world import World


def submitted(declared: Declared) -> Event:
    return Event.about(EventKind.DECLARATION_SUBMITTED, declared.code)


def crossed(code: Code) -> Event:
    return Event.about(EventKind.CROSSING_RECORDED, code)


def test_everyone_declared_is_exposed_once(world: World) -> None:
    declared = world.declare(form(companions=2))
    assert world.trace(submitted(declared)) == 3
    world.trace(submitted(declared))
    assert len(world.exposures.kept) == 3
    assert len({exposure.person for exposure in world.exposures.kept}) == 3
    assert len({exposure.plate for exposure in world.exposures.kept}) == 1


def test_a_crossing_is_an_exposure_at_its_gate_and_time(world: World) -> None:
    declared = world.declare()
    world.clock.advance(minutes=20)
    world.cross(declared.code)
    assert world.trace(crossed(declared.code)) == 1
    (exposure,) = world.exposures.kept
    assert (exposure.checkpoint, exposure.at) == ("an-hoa", NOW + timedelta(minutes=20))


def test_exposures_name_nobody(world: World) -> None:
    declared = world.declare()
    world.trace(submitted(declared))
    text = world.exposures.kept[0].model_dump_json()
    assert not any(each in text for each in ("072090000000", "912345678", "70E112345", "Thử"))


def test_everyone_with_a_phone_is_told_once(world: World) -> None:
    body = {**form(), "companions": [person(1), person(2, phone=None)]}
    declared = world.declare(body)
    assert world.notify(submitted(declared)) == [Outcome.SENT, Outcome.SENT]
    assert world.notify(submitted(declared)) == [Outcome.REPEATED, Outcome.REPEATED]
    assert [phone for phone, _ in world.provider.sent] == ["+84912345678", "+84912345679"]
    assert world.provider.sent[0][1].startswith(f"Tay Ninh: ma {declared.code.shown}, het 15:00 22/07. https://")


def test_a_family_with_one_phone_is_told_once(world: World) -> None:
    body = {**form(), "companions": [person(1, phone="0912345678"), person(2, phone="+84912345678")]}
    assert world.notify(submitted(world.declare(body))) == [Outcome.SENT]


def test_the_admitted_are_told_what_to_do_and_the_refused_nothing(world: World) -> None:
    declared = world.declare(form(companions=1))
    other = Code(declared.code.declaration, 1)
    world.cross(declared.code)
    world.cross(other, decision="refuse", reason="x")
    assert world.notify(crossed(declared.code)) == [Outcome.SENT]
    assert world.notify(crossed(other)) == []
    ((_, text),) = world.provider.sent
    assert text == (
        "Tay Ninh: da qua chot. Giu ket qua xet nghiem. Cach ly tap trung 14 ngay. "
        "Khai bao voi tram y te xa trong 24 gio."
    )
    assert len(text) <= 160


def test_whoever_lost_a_pass_is_told_to_call_and_not_why(world: World) -> None:
    declared = world.declare({**form(), "companions": [person(1), person(2, phone=None)]})
    for number in range(3):
        code = Code(declared.code.declaration, number)
        world.revoke(code, reason="Dương tính")
        event = Event.about(EventKind.PASS_REVOKED, code)
        assert world.notify(event) == [Outcome.SENT]
        assert world.notify(event) == [Outcome.REPEATED]
        assert world.provider.sent[-1][1] == f"Tay Ninh: ma {code.shown[-4:]} bi thu hoi, goi 1022."
    # A companion without a phone rides with the traveller.
    assert [phone for phone, _ in world.provider.sent] == ["+84912345678", "+84912345679", "+84912345678"]


def test_a_temporary_failure_tells_later_and_keeps_what_was_told(world: World) -> None:
    declared = world.declare(form(companions=2))
    world.provider.failures = [TemporaryFailure("Throttled")]
    with pytest.raises(TemporaryFailure):
        world.notify(submitted(declared))
    assert len(world.provider.sent) == 2
    assert world.notify(submitted(declared)) == [Outcome.SENT, Outcome.REPEATED, Outcome.REPEATED]


def test_a_number_that_is_refused_for_good_is_settled(world: World) -> None:
    declared = world.declare()
    world.provider.failures = [PermanentRefusal("OptedOut")]
    assert world.notify(submitted(declared)) == [Outcome.REFUSED]
    assert world.notify(submitted(declared)) == [Outcome.REPEATED]
    assert world.provider.sent == []


def test_a_message_another_worker_is_telling_is_asked_for_again(world: World) -> None:
    declared = world.declare()
    world.messages.claim(declared.code, EventKind.DECLARATION_SUBMITTED, now=world.clock(), keep_until=NOW)
    with pytest.raises(TemporaryFailure):
        world.notify(submitted(declared))
    world.clock.advance(seconds=31)
    assert world.notify(submitted(declared)) == [Outcome.SENT]


def test_a_record_that_has_left_is_nothing_to_tell(world: World) -> None:
    gone = Event(kind=EventKind.DECLARATION_SUBMITTED, declaration="0" * 13)
    assert world.notify(gone) == []
    assert world.trace(gone) == 0
