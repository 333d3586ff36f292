"""In a sandbox some plates stand for what happens to a pass; everywhere else they are plates."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.partners.events import PartnerEventKind
from chalicelib.services.entry import declarations
from chalicelib.services.partners.sandboxes import begin, fulfil
from tests.forms import form, person
from tests.unit.fakes.partners import Later
from tests.unit.world import World


def declared(world: World, plate: str, *, is_sandbox: bool = True) -> list[Code]:
    """The codes of two persons, whose event is handled as in a sandbox."""
    office = world.office()._replace(is_sandbox=is_sandbox)
    body: Any = {**form(world.clock(), transport={"kind": "car", "plate": plate}), "companions": [person(1)]}
    read = DeclarationForm.model_validate(body, strict=False)
    made = declarations.declare(
        read, caller=declarations.Caller("public"), idempotency_key="key-of-a-request", office=office
    )
    return [Code(made.code.declaration, number) for number in (0, 1)]


def lived(world: World, codes: list[Code], minutes: float) -> list[Verdict]:
    """The verdicts after some minutes of a sandbox."""
    later = Later(world.clock)
    end = world.clock() + timedelta(minutes=minutes)
    event = EntryEvent.about(EntryEventKind.DECLARATION_SUBMITTED, codes[0])
    begin(event, find_record=world.entries.find, send_later=later)
    while later.waiting and min(at for at, _ in later.waiting) <= end:
        due = later.next()
        assert due is not None
        assert due.kind is PartnerEventKind.FATE_DUE
        for _ in range(2):  # an event may come twice
            fulfil(Code.parse(due.subject), entries=world.entries, clock=world.clock)
    world.clock.now = end
    record = world.entries.find(codes[0])
    assert record is not None
    return [each.verdict(end) for each in record.passes(codes[0].declaration)]


@pytest.mark.parametrize(
    ("plate", "verdict"),
    [("70A-000.01", Verdict.USED), ("70A-000.02", Verdict.REVOKED), ("70A-000.03", Verdict.EXPIRED)],
)
def test_a_minute_later_what_the_plate_stands_for_has_happened_to_everyone(
    world: World, plate: str, verdict: Verdict
) -> None:
    codes = declared(world, plate)
    assert lived(world, codes, 0.9) == [Verdict.VALID] * 2
    assert lived(world, codes, 2) == [verdict] * 2


def test_another_plate_has_no_fate(world: World) -> None:
    assert lived(world, declared(world, "70A-000.04"), 59) == [Verdict.VALID] * 2


def test_outside_a_sandbox_no_plate_shortens_a_pass(world: World) -> None:
    codes = declared(world, "70A-000.03", is_sandbox=False)
    record = world.entries.find(codes[0])
    assert record is not None
    assert record.declaration.expires_at - record.declaration.issued_at == timedelta(hours=1)
