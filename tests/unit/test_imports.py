"""What the busiest requests import: a cold start pays for every module, needed or not."""

import subprocess
import sys

import pytest

from infra import ROOT

IMPORT = """
import sys
import app
import chalicelib.handlers.{handler}
print(*sys.modules)
"""
SLOW = {"importlib.metadata", "botocore.session", "urllib3", "pynamodb.models", "aws_xray_sdk", "phonenumbers"}
"""Libraries that take 10 ms or more each."""
MODELS, SERVICES = "chalicelib.models", "chalicelib.services"
AFTER_DECLARING = {
    f"{MODELS}.entry.{name}" for name in ("conflicts", "corrections", "crossings", "records", "revocations")
}
SEARCHING = {f"{MODELS}.gate.searches", f"{MODELS}.tracing.exposures", f"{SERVICES}.gate.searches"}
PROVING = {
    f"{MODELS}.entry.verifications",
    *(f"chalicelib.{name}" for name in ("adapters.citizen_tokens", "http.citizens", "wiring.people")),
}
"""Most declare without a citizen token."""
RECORDS_OF_STAFF = {f"{MODELS}.staff.staff"}


@pytest.mark.parametrize(
    ("handler", "unneeded"),
    [
        (
            "entry.declarations",
            AFTER_DECLARING | SEARCHING | PROVING | RECORDS_OF_STAFF | {f"{MODELS}.certificates"},
        ),
        ("gate.checks", SEARCHING | RECORDS_OF_STAFF | {f"{MODELS}.certificates.contents"}),
        ("gate.crossings", SEARCHING | {f"{SERVICES}.gate.{name}" for name in ("batches", "corrections", "evidence")}),
    ],
)
def test_a_request_does_not_import_what_others_need(handler: str, unneeded: set[str]) -> None:
    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", IMPORT.format(handler=handler)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert not (unneeded | SLOW) & set(ran.stdout.split())


def test_the_schemas_of_pydantic_core_are_plain_dictionaries_and_no_others() -> None:
    script = """
import app
from typing_extensions import is_typeddict
from pydantic import ConfigDict
from pydantic_core.core_schema import IntSchema
print(is_typeddict(IntSchema), is_typeddict(ConfigDict))
"""
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603
    assert ran.stdout.split() == ["False", "True"]
