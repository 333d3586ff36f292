"""Proofs: a declaration has one, and it raises the origin of an unproven declaration alone."""

from datetime import timedelta

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.proofs import PhoneProof
from chalicelib.models.entry.records import DeclarationRecord, pass_of
from tests.contracts.entry.conftest import Declarations
from tests.forms import NOW
from tests.records import declaration

CODE = Code.of(1, 0)


def record_of(declarations: Declarations) -> DeclarationRecord:
    record = declarations.find(CODE)
    assert record is not None
    return record


def test_of_two_proofs_the_first_one_stays(declarations: Declarations) -> None:
    declarations.append_declaration(CODE, declaration(companions=1))
    held = pass_of(CODE, record_of(declarations))
    assert held.record.proof is None
    for minutes in (1, 2):
        declarations.append_proof(held, PhoneProof(recorded_at=NOW + timedelta(minutes=minutes)))
    assert record_of(declarations).proof == PhoneProof(recorded_at=NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("changes", "origin"),
    [
        ({}, Origin.PROVEN),
        ({"by_partner": True}, Origin.PARTNER),
        ({"declared_by": "guard"}, Origin.STAFF),
        ({"by_proven_phone": True}, Origin.PROVEN),
    ],
)
def test_a_proof_raises_the_origin_and_never_lowers_it(
    declarations: Declarations, changes: dict[str, object], origin: Origin
) -> None:
    declarations.append_declaration(CODE, declaration().model_copy(update=changes))
    declarations.append_proof(pass_of(CODE, record_of(declarations)), PhoneProof(recorded_at=NOW))
    assert record_of(declarations).origin is origin
