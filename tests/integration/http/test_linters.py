"""Linters of the OpenAPI document find nothing: generators of clients and pages read it as we mean it."""

import os
import subprocess
from pathlib import Path

import pytest

from infra import ROOT
from tests.integration.conftest import Api
from tests.tools import node_modules, program

FOLDER = ROOT / "clients" / "document"


@pytest.mark.parametrize(
    "command", [["spectral", "lint", "--fail-severity", "hint", "--display-only-failures"], ["redocly", "lint"]]
)
def test_a_linter_finds_nothing(api: Api, tmp_path: Path, command: list[str]) -> None:
    program("node")
    commands = node_modules(FOLDER)
    document = tmp_path / "openapi.json"
    document.write_bytes(api("GET", "/v1/openapi.json").body)
    name, *arguments = command
    linted = subprocess.run(  # noqa: S603 - our own pinned packages
        [commands / name, *arguments, document],
        cwd=FOLDER,
        env={**_environment(), "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_TELEMETRY": "off"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def test_lock_files_name_no_registry() -> None:
    """A private mirror's address in one would be asked by everybody who installs."""
    locks = list(ROOT.glob("clients/*/package-lock.json"))
    assert locks
    for lock in locks:
        for line in lock.read_text(encoding="utf-8").splitlines():
            assert '"resolved"' not in line or "https://registry.npmjs.org/" in line, lock
