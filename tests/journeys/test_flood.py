"""Strangers flood the public form: true declarations are found first, and nobody's phone is flooded.

How much slower the gate is: make flood.
"""

from infra.local.stack import Stack
from tests.floods.flood import Flood, flood

_FORMS, _TRAVELLERS = 400, 6
"""More forms name each true traveller than a page of a search reads declarations: 60."""


def test_a_flood_of_forms_hides_no_true_declaration_and_floods_no_phone(stack: Stack) -> None:
    result = flood(stack, Flood(_FORMS, rate=15, travellers=_TRAVELLERS, strangers=20))
    assert result.statuses == {201: _FORMS}
    assert result.faults == []
    assert result.flooded
