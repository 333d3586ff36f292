"""Schemathesis finds nothing: no answer that is not in the document, none of 5xx, nothing accepted that it forbids.

`make fuzz MINUTES=60` goes on for longer, and with other requests each time.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import ROOT
from tests.fuzz.served import PARTNER_KEY, served
from tests.integration.conftest import Api

SECONDS = int(os.environ.get("FUZZ_SECONDS", "20"))
SEED = os.environ.get("FUZZ_SEED", "20210722")

CONFIGURATION = ROOT / "tests" / "fuzz" / "schemathesis.toml"

EXCLUDED = [
    # Ours is in its place: `tests/fuzz/checks.py`.
    "positive_data_acceptance",
    # The gateway answers methods that no route has; it is not here.
    "unsupported_method",
    "allow_header_conformance",
]


@pytest.mark.parametrize("roles", [(), ("administrator", "checkpoint", "health", "hotline", "supervisor")])
def test_nothing_is_answered_that_the_document_does_not_have(api: Api, tmp_path: Path, roles: tuple[str, ...]) -> None:
    document = tmp_path / "openapi.json"
    document.write_bytes(api("GET", "/v1/openapi.json").body)
    token, key = f"Authorization: Bearer {api.issuer.token(*roles)}", f"X-Api-Key: {PARTNER_KEY}"
    known = ["--header", token, "--header", key] if roles else []
    with served(api.client) as url:
        found = subprocess.run(  # noqa: S603 - our own arguments
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION)),
                *("run", str(document), "--url", url, *known),
                *("--exclude-checks", ",".join(EXCLUDED), "--mode", "all", "--max-time", str(SECONDS)),
                *("--seed", SEED, "--no-color", "--warnings", "off", "--continue-on-failure"),
            ],
            env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.fuzz.checks", "PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert found.returncode == 0, found.stdout[-30_000:] + found.stderr
