"""Build what is deployed: `build/package/`, a CloudFormation template and the code that it names.

Nothing is built while nothing that goes into the package has changed. A library comes in a file that
`requirements.lock` names, or the build fails; `sbom.json` beside the code lists what the code is made of.

This module does what Chalice does not. Chalice ships `__pycache__` folders and the parts of libraries that we do not
use; it only warns when it cannot get a library, and keeps the package made without it
(https://github.com/aws/chalice/issues/1660); and it keeps every package it made.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from compileall import compile_dir, compile_file
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from py_compile import PycInvalidationMode
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import yaml

from infra import ROOT
from infra.accounts import REGION
from infra.errors import CannotGoOn
from infra.locks import lock_when_free
from infra.packaging import lock, sbom
from infra.packaging.boundaries import limit_roles
from infra.packaging.functions import distribute, functions_of_routes

Template = dict[str, Any]

PACKAGE = ROOT / "build" / "package"
TEMPLATE = "sam.yaml"
CODE = "deployment.zip"
BILL = "sbom.json"
"""The bill of materials, beside the code: `infra.packaging.sbom`."""
WHEELS = "wheels.json"
"""The list of wheels that `infra.packaging.chalice_process` puts into Chalice's package. It does not ship."""

_SERVICES = ("sns", "sqs")
"""The services of AWS that the functions call through botocore."""
_UNUSED = re.compile(
    rf"""
    botocore/data/(?!{"|".join(f"{service}/" for service in _SERVICES)})[^/]+/  # other services' models: half of it all
    | phonenumbers/(?:geodata|carrierdata|tzdata)/            # where a number is, not whether it can be
    | boto3/examples/
    | wheels\.json$
    | pycparser[^/]*/                                                  # builds what cffi runs
    | pypng-[^/]+\.data/                                                # a command line
    | [^/]+\.dist-info/(?:RECORD|WHEEL|INSTALLER|entry_points\.txt|top_level\.txt)
    """,
    re.VERBOSE,
)
OURS = ("app.py", "chalicelib")
"""What a package holds beside libraries."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the package."""

_CHALICE_STAGE = "prod"
"""The only stage of `.chalice/config.json`. What differs between our stages is a parameter of the template."""
_INPUTS = (
    "app.py",
    "chalicelib/**/*",
    "requirements.txt",
    "requirements.lock",
    ".chalice/*.json",
    "infra/template.yaml",
    "infra/packaging/*.py",
)
_FINGERPRINT = "inputs.sha256"
_WARNING = "Could not install dependencies"
_CACHE = ROOT / ".chalice" / "deployments"
_CACHED = {"managed-layer-*.zip": 2, "appcode-*.zip": 1, f"{'[0-9a-f]' * 32}-*.zip": 1}
"""How many of the files in Chalice's cache to keep, by pattern."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.parse_args(arguments)
    seconds = build()
    took = "was already there" if seconds is None else f"took {seconds:.1f} s"
    size = sum(file.stat().st_size for file in PACKAGE.glob("*.zip"))
    print(f"{PACKAGE.relative_to(ROOT)}: {size / 1e6:.1f} MB of code, {took}.")


def is_fresh(folder: Path = PACKAGE) -> bool:
    """Whether the folder holds a package of the current sources."""
    file = folder / _FINGERPRINT
    return file.is_file() and file.read_text() == _fingerprint()


def build(folder: Path = PACKAGE) -> float | None:
    """Build the package unless it is fresh. Returns the seconds it took, if it was built.

    Raises `CannotGoOn`, and leaves no package, if that fails.
    """
    with lock_when_free(folder.with_name(f"{folder.name}.lock")):
        started = time.monotonic()
        if is_fresh(folder):
            return None
        fingerprint = _fingerprint()
        rmtree(folder, ignore_errors=True)
        for compiled in (ROOT / "chalicelib").rglob("__pycache__"):
            rmtree(compiled, ignore_errors=True)
        _chalice("package", "--stage", _CHALICE_STAGE, "--merge-template", "infra/template.yaml", str(folder))
        _send_routes_to_functions(folder / TEMPLATE)
        wheels = _wheels(folder / CODE)
        make_ready_to_start(folder / CODE)
        sbom.write(folder / CODE, wheels, version("chalice"), folder / BILL)
        (folder / _FINGERPRINT).write_text(fingerprint)
        return time.monotonic() - started


def read_template(folder: Path = PACKAGE) -> Template:
    """The template of a package. Raises `CannotGoOn` if there is none."""
    file = folder / TEMPLATE
    if not file.is_file():
        raise CannotGoOn(f"There is no package in {folder}. Build it: python -m infra package")
    return _read(file)


def read_fresh_template() -> Template:
    """The template of the package in `PACKAGE`. Raises `CannotGoOn` if the package is missing or out of date."""
    template = read_template()
    if not is_fresh():
        raise CannotGoOn("The package is older than its sources. Build it: python -m infra package")
    return template


def make_ready_to_start(code: Path) -> None:
    """Make a package fast to unpack and to import, which is most of a cold start.

    Unused parts of libraries are left out, and everything is compiled: Lambda's folder is read-only, so a function
    would compile every module again at each cold start. Our own sources stay beside their bytecode, for readable
    tracebacks; libraries have bytecode only. The same inputs give the same bytes.
    """
    with TemporaryDirectory() as temporary:
        root = Path(temporary)
        with ZipFile(code) as whole:
            whole.extractall(root, [name for name in whole.namelist() if not _UNUSED.match(name)])
        for path in sorted(root.iterdir()):
            ours = path.name in OURS
            if not _compile(path, root, legacy=not ours):
                raise CannotGoOn(f"{path.name} could not be compiled.")
            if not ours:
                for source in [path] if path.suffix == ".py" else path.rglob("*.py"):
                    source.unlink()
        _pack(root, code)


def _wheels(code: Path) -> list[lock.Wheel]:
    """The wheels of the libraries in Chalice's package. Raises `CannotGoOn` unless the lock names each of them.

    They were checked before they were unpacked. Here they are checked again: the package may be one of Chalice's cache.
    """
    with ZipFile(code) as package:
        if WHEELS not in package.namelist():
            raise CannotGoOn("The package does not say what its libraries came in. Delete .chalice/deployments.")
        wheels = [lock.Wheel(*each) for each in json.loads(package.read(WHEELS))]
    if problems := lock.problems(wheels, lock.read()):
        raise CannotGoOn("\n".join([*problems, "If requirements.txt has changed: python -m infra lock"]))
    return wheels


def _send_routes_to_functions(file: Path) -> None:
    # A copy through JSON has no shared objects, and so none that is changed twice. JSON is YAML, too.
    template: Template = json.loads(json.dumps(_read(file)))
    distribute(template["Resources"], functions_of_routes())
    limit_roles(template["Resources"])
    file.write_text(json.dumps(template, indent=1, ensure_ascii=False), encoding="utf-8")


def _read(file: Path) -> Template:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    template: Template = yaml.load(file.read_text(encoding="utf-8"), loader)  # noqa: S506 - both are safe loaders
    return template


def _compile(path: Path, root: Path, *, legacy: bool) -> bool:
    # Unchecked: source and bytecode always ship together. The bytecode names the paths of a Lambda function.
    compiled = partial(compile_dir, workers=0) if path.is_dir() else compile_file
    return bool(
        (path.is_file() and path.suffix != ".py")
        or compiled(
            path,
            quiet=1,
            legacy=legacy,
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
            stripdir=str(root),
            prependdir="/var/task",
        )
    )


def _pack(root: Path, code: Path) -> None:
    with ZipFile(code, "w", ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                entry = ZipInfo(path.relative_to(root).as_posix(), _EPOCH)
                entry.external_attr = 0o644 << 16
                entry.compress_type = ZIP_DEFLATED
                packed.writestr(entry, path.read_bytes())


def _chalice(*arguments: str) -> None:
    started = time.time()
    command = [sys.executable, "-m", "infra.packaging.chalice_process", *arguments]
    # A package does not depend on the user's profile; Chalice needs some region.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"AWS_DEFAULT_REGION": REGION, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            # The group, because Chalice has started pip.
            os.killpg(process.pid, signal.SIGKILL)
            raise
    warned = _WARNING in output
    _tidy_cache(made_since=started if warned or process.returncode else None)
    if warned or process.returncode:
        rmtree(Path(arguments[-1]), ignore_errors=True)
        end = "\n".join(f"    {line}" for line in output.strip().splitlines()[-20:])
        raise CannotGoOn(
            f"The package could not be built. Chalice's output ends with:\n{end}\n"
            "Chalice gets the libraries from the Python package index, so a build needs the network. Check the "
            "connection and the versions in requirements.txt, then run this again. If a file is not the one that "
            "requirements.lock names: run python -m infra lock if requirements.txt has changed, else find out why."
        )


def _tidy_cache(made_since: float | None) -> None:
    """Delete the files in Chalice's cache that are out of date, or were made by a build that failed."""
    for pattern, kept in _CACHED.items():
        newest_first = sorted(_CACHE.glob(pattern), key=lambda file: file.stat().st_mtime, reverse=True)
        for rank, file in enumerate(newest_first):
            if rank >= kept or (made_since is not None and file.stat().st_mtime >= made_since):
                file.unlink()


def _fingerprint() -> str:
    digest = sha256(f"{sys.version_info[:2]} chalice {version('chalice')}".encode())
    files = {path for pattern in _INPUTS for path in ROOT.glob(pattern) if path.is_file()}
    for file in sorted(file for file in files if "__pycache__" not in file.parts):
        digest.update(f"\0{file.relative_to(ROOT)}\0".encode() + sha256(file.read_bytes()).digest())
    return digest.hexdigest()
