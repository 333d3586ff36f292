"""Build a TypeScript and a Python client from the OpenAPI document: `build/clients/`, an npm package and a wheel.

What is generated is not kept in the sources: it is made from the routes as they are now. `clients/` has the rest, and a
page for the engineers of apps.
"""

import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from shutil import copy, copytree, ignore_patterns, rmtree, which
from typing import Any, NamedTuple

from infra import ROOT
from infra.errors import CannotGoOn
from infra.locks import lock_when_free
from infra.steps import Printed, Steps

SOURCES = ROOT / "clients"
CLIENTS = ROOT / "build" / "clients"
DOCUMENT = "openapi.json"

_ADDRESS = "https://pass.example/api"
"""Clients take the API's address when they run, so the document's own is never used."""
_PRINT = f"""
import app
from datetime import UTC, datetime
from chalicelib.http.openapi import document
print(document({_ADDRESS!r}, datetime.now(UTC)))
"""
_LOCAL = ("node_modules", "dist", "api.ts", DOCUMENT)
"""What an engineer who works in `clients/typescript` leaves there."""


class Clients(NamedTuple):
    """What was built."""

    tarball: Path
    wheel: Path
    typescript: Path
    """The folder that the tarball was made in, with its TypeScript compiler."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.parse_args(arguments)
    built = build(Printed())
    for file in (built.tarball, built.wheel):
        print(file.relative_to(ROOT))


def build(steps: Steps, folder: Path = CLIENTS) -> Clients:
    """Build both clients. What the folder had before is deleted. Raises `CannotGoOn`."""
    with lock_when_free(folder.with_name(f"{folder.name}.lock")):
        rmtree(folder, ignore_errors=True)
        folder.mkdir()
        known = current_document()
        with steps.step("Building the TypeScript client"):
            tarball = _typescript(known, folder)
        with steps.step("Building the Python client"):
            wheel = _python(known, folder)
        return Clients(tarball, wheel, folder / "typescript")


def current_document() -> dict[str, Any]:
    """The OpenAPI document of the routes as `app.py` has them now."""
    # In another process: this one may have imported an older app.py.
    printed = subprocess.run([sys.executable, "-B", "-c", _PRINT], cwd=ROOT, capture_output=True, check=True).stdout
    document: dict[str, Any] = json.loads(printed)
    return document


def with_open_codes(document: dict[str, Any]) -> dict[str, Any]:
    """A copy in which a problem may also have a code that is not in the list.

    New codes may come, and a generated Python client refuses a text that its enum does not have. TypeScript does not
    look at values, and would lose the list: to it, a known code or any other text is any text.
    """
    copied: dict[str, Any] = json.loads(json.dumps(document))
    code = {"$ref": "#/components/schemas/ErrorCode"}
    for schema in copied["components"]["schemas"].values():
        members = schema.get("properties", {})
        if members.get("code") == code:
            members["code"] = {"anyOf": [code, {"type": "string"}]}
    return copied


def _typescript(document: dict[str, Any], folder: Path) -> Path:
    npm = which("npm")
    if npm is None:
        raise CannotGoOn("The TypeScript client is built by npm, which was not found. Install Node.js 20 or newer.")
    work = copytree(SOURCES / "typescript", folder / "typescript", ignore=ignore_patterns(*_LOCAL))
    copy(ROOT / "LICENSE", work)
    _write(document, work / DOCUMENT)
    for arguments in (
        ("ci", "--ignore-scripts", "--prefer-offline"),
        ("run", "generate"),
        ("run", "build"),
        ("version", document["info"]["version"], "--no-git-tag-version", "--allow-same-version"),
        ("pack", "--pack-destination", str(folder)),
    ):
        _run([npm, *arguments], work)
    (tarball,) = folder.glob("*.tgz")
    return tarball


def _python(document: dict[str, Any], folder: Path) -> Path:
    work = folder / "python"
    _write(with_open_codes(document), folder / DOCUMENT)
    settings = SOURCES / "python" / "config.yaml"
    options = ("--path", folder / DOCUMENT, "--config", settings, "--output-path", work, "--fail-on-warning")
    # A warning is a route or an answer that the client would not have.
    _run([sys.executable, "-m", "openapi_python_client", "generate", *map(str, options)], folder)
    copy(ROOT / "LICENSE", work)
    _run([sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(work)], work)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _write(document: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _run(command: Sequence[str], folder: Path) -> None:
    """Run a command in a folder. Raises `CannotGoOn`, with the end of its output, if it fails."""
    ran = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if ran.returncode:
        end = "\n".join(f"    {line}" for line in ran.stdout.strip().splitlines()[-20:])
        raise CannotGoOn(
            f"This command failed in {folder}:\n    {' '.join(command)}\nIts output ends with:\n{end}\n"
            "npm gets packages from the network: if it could not be reached, connect and run this again."
        )
