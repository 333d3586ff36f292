"""How people are."""

import json
from typing import Any

import pytest

from chalicelib.models.entry.declarations import DeclarationForm
from tests.unit.refusals import MISSING, changed, refusals

TEST = {"kind": "pcr", "result": "negative"}


@pytest.mark.parametrize(
    ("pointer", "value", "at", "code"),
    [
        ("/traveller/health", MISSING, "/traveller/health", "field_missing"),
        ("/traveller/health/symptoms", ["headache"], "/traveller/health/symptoms/0", "value_not_listed"),
        ("/traveller/health/contact_with_patient", "no", "/traveller/health/contact_with_patient", "wrong_type"),
        ("/traveller/health/contact_with_patient", MISSING, "/traveller/health/contact_with_patient", "field_missing"),
        (
            "/traveller/health/vaccination",
            {"doses": 1},
            "/traveller/health/vaccination/last_date",
            "vaccination_date_does_not_fit",
        ),
        (
            "/traveller/health/vaccination",
            {"doses": 11, "last_date": "2021-07-01"},
            "/traveller/health/vaccination/doses",
            "number_too_high",
        ),
        (
            "/traveller/health/vaccination",
            {"doses": 1, "last_date": "01/07/2021"},
            "/traveller/health/vaccination/last_date",
            "time_invalid",
        ),
        (
            "/traveller/health/test",
            {**TEST, "taken_at": "2021-07-22T08:00:00"},
            "/traveller/health/test/taken_at",
            "time_invalid",
        ),
    ],
)
def test_a_health_answer_that_cannot_be_is_refused_where_it_is(pointer: str, value: Any, at: str, code: str) -> None:
    assert refusals(changed(pointer, value)) == {(at, code)}


def test_a_symptom_that_is_sent_twice_is_one() -> None:
    body = changed("/traveller/health/symptoms", ["fever", "cough", "fever"])
    read = DeclarationForm.model_validate_json(json.dumps(body))
    assert read.traveller.health.symptoms == ["fever", "cough"]
