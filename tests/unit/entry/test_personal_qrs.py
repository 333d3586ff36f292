"""The national personal QR of a pass's holder, read back by the reader of the gate."""

from datetime import date
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import PersonalQrImpossible
from chalicelib.models.entry.personal_qrs import personal_qr
from chalicelib.models.gate.cards import CardDoubt, CardKind, read_card
from chalicelib.models.people.persons import Gender
from chalicelib.services.entry.declarations import Caller
from tests.forms import form, person
from tests.unit.world import World


@pytest.fixture
def world() -> World:
    return World()


def text_of(world: World, number: int = 0, caller: Caller | None = None, **changes: Any) -> str:
    body = form(world.clock(), companions=1)
    changed = person(number, **changes)
    if number:
        body["companions"] = [changed]
    else:
        body["traveller"] = changed
    declared = world.declare(body, caller=caller or Caller("public"))
    return personal_qr(world.held(Code(declared.code.declaration, number)))


def test_our_own_reader_reads_what_was_declared(world: World) -> None:
    text = text_of(world, birth_year=None, birth_date="1990-05-17")
    assert text == "072090000000|NGUYEN VAN THU|1990-05-17|0||<1<<0912345678"
    reading = read_card(text, world.clock().date())
    assert reading is not None
    assert (reading.kind, reading.doubts) == (CardKind.PERSONAL_QR, [])
    assert (reading.full_name, reading.birth_date, reading.gender) == (
        "NGUYEN VAN THU",
        date(1990, 5, 17),
        Gender.MALE,
    )
    assert reading.identity is not None
    assert (reading.identity.number, reading.phone) == ("072090000000", "+84912345678")
    assert (reading.on_behalf, reading.personal_id, reading.registered_by) == (False, None, None)


def test_of_a_birth_without_a_day_the_year_is_read(world: World) -> None:
    reading = read_card(text_of(world), world.clock().date())
    assert reading is not None
    assert (reading.birth_date, reading.birth_year, list(reading.doubts)) == (None, 1990, [])


def test_who_was_declared_by_somebody_else_is_registered_on_behalf(world: World) -> None:
    staff = Caller("staff guard", "guard")
    for text in (text_of(world, 1, gender="other", phone=None), text_of(world, caller=staff)):
        assert text.split("|")[3] == "1"
    assert text_of(world, 1, gender="other", phone=None).endswith("|<0<<")


def test_a_passport_of_another_country(world: World) -> None:
    text = text_of(
        world,
        full_name="Søren O'Neil-Müller",
        nationality="DK",
        identity={"kind": "passport", "number": "C1234567"},
        phone="+85512345678",
    )
    reading = read_card(text, world.clock().date())
    assert text.isascii()
    assert reading is not None
    assert (reading.nationality, reading.phone) == (None, "+85512345678")
    assert CardDoubt.NAME_IMPOSSIBLE not in reading.doubts


def test_a_person_without_a_document_has_none(world: World) -> None:
    with pytest.raises(PersonalQrImpossible):
        text_of(world, 1, identity=None, birth_year=2012)
