"""Write the hashes of the files that the pinned packages may come in: `requirements.lock`, from `requirements.txt`.

Run it when a pin has changed, and read the difference before it is committed: a hash that changes while the version
stays is a file that somebody replaced. What ships is built from these files alone (`infra.packaging.package`). The
hashes are of wheels for the platforms below, as the package index gives them.
"""

import re
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from infra import ROOT
from infra.errors import CannotGoOn

REQUIREMENTS = ROOT / "requirements.txt"
LOCK = ROOT / "requirements.lock"

_PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_LINUX = tuple(f"manylinux_2_{minor}" for minor in (5, 12, *range(17, 35)))
_PLATFORMS = {
    # The platforms of Lambda and of most developers. pip takes the first one that there is a file for. A package may
    # have several, for older and for newer systems: a machine takes the newest that it can run, and Chalice keeps that
    # if Lambda can run it, too.
    "x86_64": [f"{each}_x86_64" for each in (*_LINUX, "manylinux2014", "manylinux2010", "manylinux1")],
    "x86_64, newest": [f"{each}_x86_64" for each in (*reversed(_LINUX), "manylinux2014", "manylinux1")],
    "aarch64": [f"{each}_aarch64" for each in (*_LINUX, "manylinux2014")],
    "aarch64, newest": [f"{each}_aarch64" for each in (*reversed(_LINUX), "manylinux2014")],
    "mac": [f"macosx_{major}_{minor}_{kind}" for major, minor in ((11, 0), (12, 0), (13, 0), (14, 0), (10, 9), (10, 12))
            for kind in ("arm64", "universal2")],
}  # fmt: skip
_HEADER = """\
# The wheels that requirements.txt may come in, by hash: Linux on x86-64 and ARM, macOS on ARM; Python 3.11 to 3.14.
# Written by `python -m infra lock`; not for editing.
"""

Locked = Mapping[str, frozenset[str]]
"""SHA-256 hashes by `name==version`."""


class Wheel(NamedTuple):
    """A file that a package came in."""

    filename: str
    sha256: str

    @property
    def pin(self) -> str:
        name, version = self.filename.split("-")[:2]
        return f"{name.lower().replace('_', '-')}=={version}"


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.parse_args(arguments)
    wheels = [wheel for platform in _PLATFORMS for python in _PYTHONS for wheel in _downloaded(platform, python)]
    write({pin: frozenset(each.sha256 for each in wheels if each.pin == pin) for pin in pins()})
    print(
        f"Written: {LOCK.relative_to(ROOT)}, with {len(set(wheels))} wheels. Read the difference before you commit it."
    )


def pins(file: Path = REQUIREMENTS) -> list[str]:
    """The pinned packages, each as `name==version`."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return sorted(line for line in lines if line and not line.startswith("#"))


def read(file: Path = LOCK) -> Locked:
    """The hashes. Raises `CannotGoOn` if there are none."""
    if not file.is_file():
        raise CannotGoOn(f"{file.name} is missing. Write it: python -m infra lock")
    locked: dict[str, set[str]] = {}
    pin = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([\w.-]+==[\w.]+)", line):
            pin = found[1]
            locked[pin] = set()
        elif found := re.match(r" +--hash=sha256:([0-9a-f]{64})", line):
            locked[pin].add(found[1])
    return {pin: frozenset(hashes) for pin, hashes in locked.items()}


def write(locked: Locked, file: Path = LOCK) -> None:
    """Raises `CannotGoOn` if there is a package without a wheel."""
    if missing := [pin for pin, hashes in locked.items() if not hashes]:
        raise CannotGoOn(f"The index has no wheel for the platforms above of: {', '.join(missing)}")
    blocks = [
        " \\\n".join([pin, *(f"    --hash=sha256:{each}" for each in sorted(hashes))]) for pin, hashes in locked.items()
    ]
    file.write_text(_HEADER + "\n".join(blocks) + "\n", encoding="utf-8")


def problems(wheels: Iterable[Wheel], locked: Locked) -> list[str]:
    """Problems with the files of the packages."""
    found = list(wheels)
    return [
        *(
            f"{each.filename} is not a file that requirements.lock names: its SHA-256 is {each.sha256}."
            for each in found
            if each.sha256 not in locked.get(each.pin, frozenset())
        ),
        *(f"{pin} is not there." for pin in sorted(locked.keys() - {each.pin for each in found})),
    ]


def wheels_in(folder: Path) -> list[Wheel]:
    """The wheels in a folder."""
    return [Wheel(file.name, sha256(file.read_bytes()).hexdigest()) for file in sorted(folder.glob("*.whl"))]


def _downloaded(platform: str, python: str) -> list[Wheel]:
    abi = f"cp{python.replace('.', '')}"
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--python-version", python, "--implementation", "cp", "--dest", folder, "-r", str(REQUIREMENTS)]
        command += [part for each in (abi, "abi3", "none") for part in ("--abi", each)]
        command += [part for each in _PLATFORMS[platform] for part in ("--platform", each)]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise CannotGoOn(f"pip could not get all packages for {platform}, Python {python}:\n{ran.stderr.strip()}")
        return wheels_in(Path(folder))
