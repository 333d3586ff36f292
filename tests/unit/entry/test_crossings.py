"""What staff may send about a crossing."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.http.problems import refusal_of
from chalicelib.models.entry.crossings import CrossingForm, SeenCertificate
from chalicelib.models.errors import InvalidInput


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"code": "0000-0000-0000-0001"}, "/code", "code_mistyped"),
        ({"temperature": 29.9}, "/temperature", "temperature_out_of_range"),
        ({"temperature": 45.1}, "/temperature", "temperature_out_of_range"),
        ({"temperature": "37"}, "/temperature", "wrong_type"),
        ({"decision": "perhaps"}, "/decision", "value_not_listed"),
        ({"decision": "refuse"}, "/reason", "reason_missing"),
        ({"documents_seen": ["library_card"]}, "/documents_seen/0", "value_not_listed"),
        ({"note": "x"}, "/note", "unknown_field"),
    ],
)
def test_a_crossing_that_cannot_be_recorded_is_refused(changes: dict[str, Any], pointer: str, code: str) -> None:
    good = {"code": "0000-0000-0000-0000", "checkpoint": "an-hoa", "temperature": 36.6, "decision": "admit"}
    CrossingForm.model_validate_json(json.dumps(good))
    with pytest.raises(ValidationError) as raised:
        CrossingForm.model_validate_json(json.dumps({**good, **changes}))
    refused = refusal_of(raised.value)
    assert isinstance(refused, InvalidInput)
    assert [(each.pointer, each.code) for each in refused.problems] == [(pointer, code)]


@pytest.mark.parametrize("text", [" HC1:A\r\n", "\ufeffHC1:A", "]Q1HC1:A", "]Q1\\000026HC1:A\u200b"])
def test_a_certificate_is_known_again_whatever_the_scanner_adds_to_its_text(text: str) -> None:
    assert SeenCertificate.digest_of(text) == SeenCertificate.digest_of("HC1:A")
