"""The clients that apps get, generated from the OpenAPI document, play the whole journey on the packaged functions."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import copytree
from typing import NamedTuple

import PIL.Image
import pytest
import zxingcpp

from infra import ROOT
from infra.local.stack import Stack, token
from infra.packaging import clients
from tests.journeys.actors import Guard
from tests.tools import program
from tests.unit.adapters.test_qr import drawn

README = (clients.SOURCES / "README.md").read_text(encoding="utf-8")

numbers = iter(range(70_001, 70_100))
"""Of the people in each journey."""


class TypeScript(NamedTuple):
    """An app that has the client."""

    app: Path
    packages: Path
    """Those that the client was made with."""

    def compiles(self, *options: str) -> None:
        """Check the types of all files, and make programs of them."""
        types = ("--typeRoots", str(self.packages / "@types"))
        run([str(self.packages / ".bin" / "tsc"), "--project", ".", *types, *options], self.app)


class Python(NamedTuple):
    """A folder of installed packages that has the client."""

    site: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(self.site), "MYPYPATH": str(self.site)}

    def checks(self, file: Path) -> None:
        """Check the types of a file."""
        cache = str(self.site.with_name("mypy"))
        options = ("--strict", "--follow-imports=silent", "--cache-dir", cache)
        run([sys.executable, "-m", "mypy", *options, str(file)], ROOT, self.environment)


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints. It must succeed."""
    variables = {**os.environ, **(environment or {})}
    ran = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> TypeScript:
    npm = program("npm")
    tarball, packages = clients.typescript(tmp_path_factory.mktemp("typescript"))
    app = copytree(clients.SOURCES / "typescript" / "journey", tmp_path_factory.mktemp("typescript-app") / "app")
    (app / "readme.ts").write_text(snippets("ts"), encoding="utf-8")
    options = ("--prefer-offline", "--ignore-scripts", "--no-package-lock", "--no-save", "--no-audit")
    run([npm, "install", *options, str(tarball)], app)
    ready = TypeScript(app, packages)
    ready.compiles()
    return ready


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Python:
    wheel = clients.python(tmp_path_factory.mktemp("python"))
    site = tmp_path_factory.mktemp("python-app") / "site"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], ROOT)
    return Python(site)


def snippets(language: str) -> str:
    """The code of the page for engineers of apps, as one program."""
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))


def stage_file(stack: Stack, file: Path) -> Path:
    """What a journey needs to know."""
    number = f"{next(numbers)}"
    where = ["--stage", "local", "--endpoint", stack["endpoint_url"]]
    printed = run([sys.executable, "-m", "infra", "partners", "add", f"client-{number}", *where], ROOT)
    (key,) = re.findall(r"^    (\S+)$", printed, re.MULTILINE)
    stage = {
        "api": stack["api_url"],
        "texts": f"{stack['endpoint_url']}/_ministack/sns/sms-messages",
        "guard": token(stack, "checkpoint"),
        "health_officer": token(stack, "health"),
        "partner_key": key,
        "number": number,
    }
    file.write_text(json.dumps(stage), encoding="utf-8")
    return file


def scanned(image: PIL.Image.Image) -> str:
    (found,) = zxingcpp.read_barcodes(image.convert("L"))
    return str(found.text)


def check_what_is_left(stack: Stack, folder: Path) -> None:
    """The pictures hold the token, and the passes are what the journey made of them."""
    left = json.loads((folder / "left.json").read_text(encoding="utf-8"))
    assert scanned(PIL.Image.open(folder / "pass.png")) == left["token"]
    assert scanned(drawn((folder / "pass.svg").read_text(encoding="utf-8"))) == left["token"]
    guard = Guard(stack)
    crossed = guard.scans(left["token"])
    assert crossed["code"] == left["crossed"]
    assert (crossed["verdict"], crossed["crossing"]["decision"]) == ("used", "admit")
    assert guard.looks_up(left["revoked"])["verdict"] == "revoked"
    assert guard.looks_up(left["proven"])["origin"] == "proven"
    assert guard.looks_up(left["partner"])["origin"] == "partner"


def check_what_the_page_did(stack: Stack, folder: Path, printed: str) -> None:
    seen = Guard(stack).scans(scanned(PIL.Image.open(folder / "pass.png")))
    assert seen["verdict"] == "used"
    assert printed.splitlines() == ["valid Nguyễn Văn Thử", "Recorded: admit"]


def test_the_typescript_client_goes_the_whole_way(stack: Stack, typescript: TypeScript, tmp_path: Path) -> None:
    stage = stage_file(stack, tmp_path / "stage.json")
    run(["node", str(typescript.app / "journey.js"), str(stage), "left.json"], tmp_path)
    check_what_is_left(stack, tmp_path)


def test_the_python_client_goes_the_whole_way(stack: Stack, python: Python, tmp_path: Path) -> None:
    journey = clients.SOURCES / "python" / "journey.py"
    python.checks(journey)
    stage = stage_file(stack, tmp_path / "stage.json")
    run([sys.executable, str(journey), str(stage), "left.json"], tmp_path, python.environment)
    check_what_is_left(stack, tmp_path)


def test_the_page_s_typescript_works_as_it_is_written(stack: Stack, typescript: TypeScript, tmp_path: Path) -> None:
    environment = {"API": stack["api_url"], "TOKEN": token(stack, "checkpoint")}
    printed = run(["node", str(typescript.app / "readme.js")], tmp_path, environment)
    check_what_the_page_did(stack, tmp_path, printed)


def test_the_page_s_python_works_as_it_is_written(stack: Stack, python: Python, tmp_path: Path) -> None:
    program = tmp_path / "readme.py"
    program.write_text(snippets("python"), encoding="utf-8")
    python.checks(program)
    environment = {"API": stack["api_url"], "TOKEN": token(stack, "checkpoint")}
    printed = run([sys.executable, str(program)], tmp_path, {**python.environment, **environment})
    check_what_the_page_did(stack, tmp_path, printed)


def test_the_compiler_finds_a_mistake(typescript: TypeScript, python: Python, tmp_path: Path) -> None:
    """So the checks above look at types, and not at `any`."""
    mistaken = typescript.app / "mistaken.ts"
    mistaken.write_text(snippets("ts").replace('decision: "admit"', 'decision: "let_in"'), encoding="utf-8")
    try:
        with pytest.raises(AssertionError, match='"let_in"\' is not assignable'):
            typescript.compiles("--noEmit")
    finally:
        mistaken.unlink()
    program = tmp_path / "mistaken.py"
    program.write_text(snippets("python").replace("own.token", "own.tokens"), encoding="utf-8")
    with pytest.raises(AssertionError, match='"IssuedPass" has no attribute "tokens"'):
        python.checks(program)
