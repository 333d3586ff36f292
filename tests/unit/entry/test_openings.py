"""Opening a pass by its link: what it costs, and what it proves."""

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.errors import CodeMistyped, PassSecretWrong, PassUnknown
from chalicelib.models.entry.links import LinkKind
from chalicelib.models.entry.records import HeldPass
from chalicelib.services.entry.declarations import Caller
from chalicelib.services.entry.passes import open_pass, prove_phone
from tests.forms import form
from tests.unit.world import World

NOBODY = Code.of(2**65 - 1, 0)


def opened(world: World, code: Code, kind: LinkKind) -> HeldPass:
    secret = world.secret(code, kind)
    found = open_pass(code.shown, secret, records=world.entries, keyed_hash=world.keyed_hash)
    assert (found.held.code, found.link) == (code, kind)
    return prove_phone(found, proofs=world.entries, clock=world.clock)


def test_only_the_traveller_s_link_in_the_text_writes_and_only_the_first_time(world: World) -> None:
    traveller = world.declare(form(companions=1)).code
    companion = Code(traveller.declaration, 1)
    before = world.entries.writes
    for code, kind in ((traveller, LinkKind.PASS), (companion, LinkKind.PASS), (companion, LinkKind.TEXT)):
        assert opened(world, code, kind).origin is Origin.UNPROVEN
    assert world.entries.writes == before
    for _ in range(3):
        assert opened(world, traveller, LinkKind.TEXT).origin is Origin.PROVEN
    assert world.entries.writes == before + 1
    # It is the declaration's: a companion's pass is proven with it.
    assert opened(world, companion, LinkKind.PASS).origin is Origin.PROVEN


@pytest.mark.parametrize(
    ("caller", "origin"),
    [(Caller("staff guard", staff="guard"), Origin.STAFF), (Caller("partner key", is_partner=True), Origin.PARTNER)],
)
def test_what_is_borne_out_already_needs_no_proof(world: World, caller: Caller, origin: Origin) -> None:
    code = world.declare(caller=caller).code
    before = world.entries.writes
    assert opened(world, code, LinkKind.TEXT).origin is origin
    assert world.entries.writes == before


def test_a_wrong_secret_costs_no_read(world: World) -> None:
    code = world.declare().code
    before = world.entries.reads
    for text, secret, error in (
        (code.shown, "0" * 13, PassSecretWrong),
        (NOBODY.shown, "0" * 13, PassSecretWrong),
        ("0000-0000-0000-0001", "0" * 13, CodeMistyped),
    ):
        with pytest.raises(error):
            open_pass(text, secret, records=world.entries, keyed_hash=world.keyed_hash)
    assert world.entries.reads == before
    with pytest.raises(PassUnknown):
        opened(world, NOBODY, LinkKind.PASS)
