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
from typing import Any

from infra import ROOT
from infra.errors import CannotGoOn
from infra.locks import lock_when_free
from infra.steps import Printed

SOURCES = ROOT / "clients"
CLIENTS = ROOT / "build" / "clients"
DOCUMENT = "openapi.json"

_HOST = "pass.example"
"""Clients take the API's address when they run, so that of the document is never used."""
_FETCH = f"""
import sys, app
from chalice.test import Client
with Client(app.app) as client:
    answer = client.http.get("/v1/openapi.json", headers={{"Host": {_HOST!r}, "Accept": "application/json"}})
assert answer.status_code == 200, answer.body
open(sys.argv[1], "wb").write(answer.body)
"""
_LOCAL = ("node_modules", "dist", "api.ts", DOCUMENT)
"""What an engineer who works in `clients/typescript` leaves there."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.parse_args(arguments)
    steps = Printed()
    with lock_when_free(CLIENTS.with_name(f"{CLIENTS.name}.lock")):
        rmtree(CLIENTS, ignore_errors=True)
        CLIENTS.mkdir()
        with steps.step("Building the TypeScript client"):
            tarball, _ = typescript(CLIENTS)
        with steps.step("Building the Python client"):
            wheel = python(CLIENTS)
    for file in (tarball, wheel):
        print(file.relative_to(ROOT))


def typescript(folder: Path) -> tuple[Path, Path]:
    """Build the TypeScript client in an empty folder. Returns the tarball, and the folder of the packages that made it,
    the compiler among them. Raises `CannotGoOn`."""
    npm = which("npm")
    if npm is None:
        raise CannotGoOn("The TypeScript client is built by npm, which was not found. Install Node.js 20 or newer.")
    work = copytree(SOURCES / "typescript", folder / "typescript", ignore=ignore_patterns(*_LOCAL))
    copy(ROOT / "LICENSE", work)
    document = without_rules(fetch_document(work / DOCUMENT))
    _write(document, work / DOCUMENT)
    for arguments in (
        ("ci", "--ignore-scripts", "--prefer-offline"),
        ("run", "generate"),
        ("run", "build"),
        ("version", document["info"]["version"], "--no-git-tag-version", "--allow-same-version"),
        ("pack", "--pack-destination", str(folder)),
    ):
        run([npm, *arguments], work)
    (tarball,) = folder.glob("*.tgz")
    return tarball, work / "node_modules"


def python(folder: Path) -> Path:
    """Build the Python client in an empty folder. Returns the wheel. Raises `CannotGoOn`."""
    work, file, settings = folder / "python", folder / DOCUMENT, SOURCES / "python" / "config.yaml"
    _write(for_python(without_rules(fetch_document(file))), file)
    # A warning is about something that the client would not have.
    options = ("--path", str(file), "--config", str(settings), "--output-path", str(work), "--fail-on-warning")
    run([sys.executable, "-m", "openapi_python_client", "generate", *options], folder)
    copy(ROOT / "LICENSE", work)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(work)], folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def fetch_document(file: Path) -> dict[str, Any]:
    """Write the OpenAPI document of the routes as `app.py` has them now into a file. Returns it.

    Raises `CannotGoOn`.
    """
    # In another process: this one may have imported an older app.py.
    run([sys.executable, "-B", "-c", _FETCH, str(file)], ROOT)
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


def without_rules(document: dict[str, Any]) -> dict[str, Any]:
    """A copy in which objects have fields and no rules between these, as "exactly one of".

    A rule is for the server. A generator makes a type of it, and no value that an app can write fits all of those.
    """
    copied = _copy(document)
    for schema in copied["components"]["schemas"].values():
        if "properties" in schema:
            schema.pop("allOf", None)
    return copied


def for_python(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of which openapi-python-client makes what the document means.

    - A problem may also have a code that is not in the list. New codes may come, and a generated client refuses a text
      that its enum does not have. (TypeScript does not look at values, and would lose the list: to it, a known code or
      any other text is any text.)
    - A schema has no title. The generator would name its class by it, and two schemas may have the same.
    - A route whose token may be left out has no security. The generator demands a token where there is any.
    """
    copied = _copy(document)
    for schema in copied["components"]["schemas"].values():
        schema.pop("title", None)
        code = schema.get("properties", {}).get("code", {})
        if code.get("$ref") == "#/components/schemas/ErrorCode":
            code["anyOf"] = [{"$ref": code.pop("$ref")}, {"type": "string"}]
    for methods in copied["paths"].values():
        for operation in methods.values():
            if {} in operation.get("security", []):
                del operation["security"]
    return copied


def _copy(document: dict[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(document))
    return copied


def _write(document: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def run(command: Sequence[str], folder: Path) -> None:
    """Run a command in a folder. Raises `CannotGoOn`, with the end of its output, if it fails."""
    ran = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if ran.returncode:
        end = "\n".join(f"    {line}" for line in ran.stdout.strip().splitlines()[-20:])
        raise CannotGoOn(
            f"This command failed in {folder}:\n    {' '.join(command)}\nIts output ends with:\n{end}\n"
            "npm gets packages from the network. If it cannot be reached, connect and run this again."
        )
