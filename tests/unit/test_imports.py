"""What the busiest requests import: a cold start pays for every module, needed or not."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from infra import ROOT

IMPORT = """
import sys
import app
import {modules}
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
CHECKPOINTS = {f"{MODELS}.staff.checkpoints"}
IN_A_CHECK = "handlers.gate.checks", "storage.policy.policies", "services.staff.looks", "storage.staff.looks"


@pytest.mark.parametrize(
    ("modules", "unneeded"),
    [
        (
            ["handlers.entry.declarations"],
            AFTER_DECLARING | SEARCHING | PROVING | RECORDS_OF_STAFF | {f"{MODELS}.certificates"},
        ),
        (
            IN_A_CHECK,
            SEARCHING
            | RECORDS_OF_STAFF
            | CHECKPOINTS
            | {
                f"{MODELS}.{name}"
                for name in ("policy.policies", "certificates.contents", "entry.revocations", "staff.looks")
            },
        ),
        (
            ["handlers.gate.crossings", "storage.policy.policies"],
            SEARCHING
            | {f"{SERVICES}.gate.{name}" for name in ("batches", "corrections", "evidence")}
            | {f"{MODELS}.policy.policies"},
        ),
    ],
)
def test_a_request_does_not_import_what_others_need(modules: Sequence[str], unneeded: set[str]) -> None:
    imported = _run(IMPORT.format(modules=", ".join(f"chalicelib.{each}" for each in modules)))
    assert not (unneeded | SLOW) & set(imported)


def test_the_schemas_of_pydantic_core_are_plain_dictionaries_and_no_others() -> None:
    script = """
import app
from typing_extensions import is_typeddict
from pydantic import ConfigDict
from pydantic_core.core_schema import IntSchema
print(is_typeddict(IntSchema), is_typeddict(ConfigDict))
"""
    assert _run(script) == ["False", "True"]


def test_pydantic_s_own_dataclasses_compile_a_method_when_it_is_called() -> None:
    script = """
import sys
import app
for module in list(sys.modules.values()):
    if module.__name__.partition(".")[0] in ("pydantic", "annotated_types"):
        for each in vars(module).values():
            if isinstance(each, type) and each.__module__ == module.__name__ and hasattr(each, "__dataclass_fields__"):
                print(vars(each)["__init__"].__code__.co_filename.rpartition("/")[2])
"""
    made = _run(script)
    assert made.count("pydantic_imports.py") > 40
    assert "<string>" not in made


def _run(script: str) -> list[str]:
    """The words that it prints, in a process of its own."""
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()  # noqa: S603
