"""Checking passes and cards."""

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.revocations import Revocation
from tests.forms import NOW, form
from tests.unit.gate.scanned import CARD, PERSONAL
from tests.unit.world import World


def test_each_verdict(world: World) -> None:
    declared = world.declare(form(companions=2))
    code, other, third = (Code(declared.code.declaration, number) for number in range(3))
    token = declared.declaration.passes[0].token
    assert world.check(token).verdict is Verdict.VALID
    assert world.check(code.shown.lower()).verdict is Verdict.VALID
    assert world.check("TNP1:ANYTHING").verdict is Verdict.UNREADABLE
    assert world.check("hello").verdict is Verdict.UNREADABLE
    assert world.check(str(Code.of(1, 0))).verdict is Verdict.UNKNOWN
    assert world.check(str(Code(code.declaration, 3))).verdict is Verdict.UNKNOWN
    world.cross(other)
    assert world.check(str(other)).verdict is Verdict.USED
    assert world.check(str(code)).verdict is Verdict.VALID
    world.entries.revocations[third.declaration, third.person] = Revocation(
        recorded_at=NOW, recorded_by="supervisor", reason="x"
    )
    assert world.check(str(third)).verdict is Verdict.REVOKED
    world.clock.advance(hours=1)
    assert world.check(token).verdict is Verdict.EXPIRED
    assert world.check(str(other)).verdict is Verdict.USED
    assert world.check(str(third)).verdict is Verdict.REVOKED


def test_a_card_leads_to_the_passes_its_holder_has(world: World) -> None:
    assert world.check(CARD).found == []
    declared = world.declare_and_trace(form(companions=2))
    for text in (CARD, PERSONAL):
        assert [each.code for each in world.check(text).found or []] == [declared.code]
    assert world.check(CARD.replace("072090000000|290000123", "999|")).found is None


def test_the_token_on_record_is_genuine_although_its_key_is_withdrawn(world: World) -> None:
    token = world.declare().declaration.passes[0].token
    withdrawn = dict(world.signatures.signed)
    world.signatures.signed.clear()
    world.signatures.written |= withdrawn
    assert world.check(token).verdict is Verdict.VALID
    assert world.signatures.verified == 0


def test_another_token_of_a_pass_is_forged_unless_a_listed_key_signed_it(world: World) -> None:
    token = world.declare().declaration.passes[0].token
    claims = world.signatures.signed[token]
    forged = world.check_token(world.signatures.forge(claims._replace(plate="70A99999")))
    assert (forged.verdict, forged.code, forged.held, forged.claims) == (Verdict.FORGED, None, None, None)
    world.signatures.signed[again := f"{token}+signed"] = claims
    assert world.check(again).verdict is Verdict.VALID


def test_a_token_of_a_pass_that_is_not_on_record_is_unknown_if_a_listed_key_signed_it(world: World) -> None:
    claims = world.signatures.signed[world.declare().declaration.passes[0].token]
    other = claims._replace(code=Code.of(1, 0))
    assert world.check(world.signatures.forge(other)).verdict is Verdict.FORGED
    assert world.check(world.signatures.sign(other)).verdict is Verdict.UNKNOWN


def test_a_check_is_one_query(world: World) -> None:
    declared = world.declare()
    world.check(declared.declaration.passes[0].token)
    assert world.entries.reads == 1
