"""Build what is deployed: `build/package/`, a CloudFormation template and the code it names.

    python -m infra.package

Nothing is built if nothing that goes into it has changed. What is done here is what Chalice does not: it ships
`__pycache__` folders and all that libraries carry for others, only warns where a library could not be had (and keeps
what it packed without it, https://github.com/aws/chalice/issues/1660), and keeps every package it ever made.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree
from zipfile import ZIP_DEFLATED, ZipFile

from infra.accounts import REGION
from infra.errors import CannotGoOn, exit_code
from infra.locks import lock_when_free

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "build" / "package"
TEMPLATE = "sam.yaml"
CODE = "deployment.zip"

_SERVICES = ("dynamodb", "sns", "sqs", "ssm")
"""What the functions ask of AWS."""
_UNUSED = re.compile(
    rf"""
    botocore/data/(?!{"|".join(f"{service}/" for service in _SERVICES)})[^/]+/  # other services' models: half of it all
    | phonenumbers/(?:geodata|carrierdata|tzdata)/            # where a number is, not whether it can be
    | boto3/examples/
    | pypng-[^/]+\.data/                                                # a command line
    | [^/]+\.dist-info/(?:RECORD|WHEEL|INSTALLER|entry_points\.txt|top_level\.txt)
    """,
    re.VERBOSE,
)

_CHALICE_STAGE = "prod"
"""Of `.chalice/config.json`. There is one: what differs between deployments is a parameter of the template."""
_INPUTS = ("infra/package.py", "app.py", "chalicelib", "requirements.txt", ".chalice/*.json", "infra/template.yaml")
_FINGERPRINT = "inputs.sha256"
_WARNING = "Could not install dependencies"
_CACHE = ROOT / ".chalice" / "deployments"
_CACHED = {"managed-layer-*.zip": 2, "appcode-*.zip": 1, f"{'[0-9a-f]' * 32}-*.zip": 1}
"""How many of Chalice's kept packages are worth their space."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to. No seconds: it was there already."""

    size: int
    """Bytes of code."""
    seconds: float | None


def main() -> None:
    argparse.ArgumentParser(
        prog="python -m infra.package", description="Build build/package/, if it is not."
    ).parse_args()
    built = build()
    took = "was there already" if built.seconds is None else f"took {built.seconds:.1f} s"
    print(f"{PACKAGE.relative_to(ROOT)}: {built.size / 1e6:.1f} MB of code, {took}.")


def is_fresh(folder: Path = PACKAGE) -> bool:
    """Whether the folder holds a package of what is there now."""
    file = folder / _FINGERPRINT
    return file.is_file() and file.read_text() == _fingerprint()


def build(folder: Path = PACKAGE) -> Built:
    """Make the package if it is not there. Raises `CannotGoOn`, and leaves no package, if that fails."""
    with lock_when_free(folder.with_name(f"{folder.name}.lock")):
        started = time.monotonic()
        if is_fresh(folder):
            return Built(_size(folder), None)
        fingerprint = _fingerprint()
        rmtree(folder, ignore_errors=True)
        for compiled in (ROOT / "chalicelib").rglob("__pycache__"):
            rmtree(compiled, ignore_errors=True)
        _chalice("package", "--stage", _CHALICE_STAGE, "--merge-template", "infra/template.yaml", str(folder))
        leave_out_what_nobody_asks_for(folder / CODE)
        (folder / _FINGERPRINT).write_text(fingerprint)
        return Built(_size(folder), time.monotonic() - started)


def leave_out_what_nobody_asks_for(code: Path) -> None:
    """Make a package smaller by what its libraries carry for others: it is unpacked at every cold start."""
    slim = code.with_suffix(".slim")
    with ZipFile(code) as whole, ZipFile(slim, "w", ZIP_DEFLATED) as kept:
        for entry in whole.infolist():
            if not _UNUSED.match(entry.filename):
                kept.writestr(entry, whole.read(entry))
    slim.replace(code)


def _chalice(*arguments: str) -> None:
    started = time.time()
    command = [sys.executable, "-c", "import sys; from chalice.cli import main; sys.exit(main())", *arguments]
    # Packages depend on what is packed and on nobody's profile; the region only has to be one.
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
            # Pip, too, which Chalice has started.
            os.killpg(process.pid, signal.SIGKILL)
            raise
    warned = _WARNING in output
    _tidy_cache(made_since=started if warned or process.returncode else None)
    if warned or process.returncode:
        rmtree(Path(arguments[-1]), ignore_errors=True)
        said = "\n".join(f"    {line}" for line in output.strip().splitlines()[-20:])
        raise CannotGoOn(
            f"The package could not be built. Chalice said:\n{said}\n"
            "The first build, and the first after a change of requirements.txt, needs the network (the Python package "
            "index). Check the connection and the versions in requirements.txt, and run this again."
        )


def _tidy_cache(made_since: float | None) -> None:
    """Delete packages that Chalice keeps and nobody will ask for: old ones, and those of a build that failed."""
    for pattern, worth in _CACHED.items():
        newest_first = sorted(_CACHE.glob(pattern), key=lambda file: file.stat().st_mtime, reverse=True)
        for rank, file in enumerate(newest_first):
            if rank >= worth or (made_since is not None and file.stat().st_mtime >= made_since):
                file.unlink()


def _fingerprint() -> str:
    digest = sha256(f"{sys.version_info[:2]} chalice {version('chalice')}".encode())
    for file in sorted(_files()):
        digest.update(f"\0{file.relative_to(ROOT)}\0".encode() + sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    for pattern in _INPUTS:
        for path in ROOT.glob(pattern):
            yield from (
                (file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
                if path.is_dir()
                else (path,)
            )


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.zip"))


if __name__ == "__main__":
    sys.exit(exit_code(main))
