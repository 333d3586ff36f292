"""Renew the libraries of the pages: `web/vendor/`, from the npm packages that `web/package-lock.json` names.

The files are committed, so that nobody needs Node.js to run, test or deploy the pages. To change a version: change it
in `web/package.json`, run `npm install --package-lock-only --omit-lockfile-registry-resolved` there and then this, and
read the difference before it is committed. npm refuses a package whose hash is not that in the lock.

The files are as their packages ship them, with these changes: an import names a file of this folder, comments that name
a source map are left out, and zxing looks for its WebAssembly beside itself instead of on a public host. `LICENSES`
names each library with version, licence and files; `SHA256SUMS` has the hashes, as sha256sum writes them.

zxing's WebAssembly has other libraries in it. The npm package does not have their licences, so these are in
`web/licences`: look whether they are still all when its version changes.
"""

import json
import re
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from shutil import copy, copytree, rmtree, which
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from infra import ROOT
from infra.errors import CannotGoOn
from infra.packaging.clients import run
from infra.steps import Printed

WEB = ROOT / "web"
VENDOR = WEB / "vendor"
PACKAGE, LOCK, LICENSES, SUMS = "package.json", "package-lock.json", "LICENSES", "SHA256SUMS"
_WASM = "zxing/reader/zxing_reader.wasm"

FILES = {
    "preact": {"preact.mjs": "dist/preact.mjs", "hooks.mjs": "hooks/dist/hooks.mjs"},
    "htm": {"htm.mjs": "dist/htm.mjs"},
    "idb": {"idb.mjs": "build/index.js"},
    "oauth4webapi": {"oauth4webapi.mjs": "build/index.js"},
    "zxing-wasm": {
        "zxing/share.js": "dist/es/share.js",
        "zxing/reader/index.js": "dist/es/reader/index.js",
        _WASM: "dist/reader/zxing_reader.wasm",
    },
}
"""By npm package: each file in `web/vendor`, and where the package has it."""

PARTS = {
    "zxing-cpp": ("Apache-2.0", [_WASM]),
    "libzueci": ("BSD-3-Clause AND MIT", [_WASM]),
    "emscripten": ("MIT", ["zxing/reader/index.js", _WASM]),
    "musl": ("MIT", [_WASM]),
}
"""What is compiled into zxing-wasm: the licence, and the files that have it in them. (stb_image is in there, too; it is
in the public domain. The C++ runtime's licence asks for nothing where it is compiled in.)"""

BARE_IMPORT = re.compile(r"""\b(?:from|import) ?\(?["'](?![./])[\w@/-]+["']""")
"""The import of a package by its name. (A text may look like it, but then it has other characters.)"""

_REWRITTEN = {
    "hooks.mjs": (r'from"preact"', 'from"./preact.mjs"'),
    "zxing/share.js": (r"`https://[^`$]*/zxing-wasm@[^`$]*/(\$\{[^`]*)`", r"new URL(`\1`, import.meta.url).href"),
}
"""By file: a pattern that is found once, and what stands there instead."""
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*\n?", re.MULTILINE)
_HEADER = """\
The libraries in this folder, each with its version, its licence and its files.
Written by `python -m infra vendor`; not for editing.
"""


class Library(NamedTuple):
    """A library in the folder."""

    name: str
    version: str
    licence: str
    """Its SPDX identifier."""
    text: str
    """The licence."""
    files: Sequence[str]


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.parse_args(arguments)
    with TemporaryDirectory() as folder, Printed().step("Renewing the libraries of the pages"):
        made = vendored(installed(Path(folder)), Path(folder) / "vendor")
        rmtree(VENDOR, ignore_errors=True)
        copytree(made, VENDOR)
    print(f"Written: {VENDOR.relative_to(ROOT)}. Read the difference before you commit it.")


def installed(folder: Path) -> Path:
    """Install the packages of the lock in a folder. Returns `node_modules`. Raises `CannotGoOn`."""
    npm = which("npm")
    if npm is None:
        raise CannotGoOn("The libraries of the pages come by npm, which was not found. Install Node.js 20 or newer.")
    for name in (PACKAGE, LOCK):
        copy(WEB / name, folder)
    run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    return folder / "node_modules"


def vendored(packages: Path, folder: Path) -> Path:
    """Write everything into a new folder. Returns it. Raises `CannotGoOn` if a package is not made as it was."""
    for name, files in FILES.items():
        for file, source in files.items():
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            copy(packages / name / source, target)
            if target.suffix != ".wasm":
                target.write_text(rewritten(file, target.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / LICENSES).write_text(licences([*_libraries(packages), *_parts(packages)]), encoding="utf-8")
    sums = {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    (folder / SUMS).write_text(
        "".join(f"{sha256(sums[name]).hexdigest()}  {name}\n" for name in sorted(sums)), encoding="utf-8"
    )
    return folder


def rewritten(file: str, source: str) -> str:
    """A module as the folder has it. Raises `CannotGoOn` if it imports what the folder has not."""
    source = _SOURCE_MAP.sub("", source)
    if file in _REWRITTEN:
        source, times = re.subn(*_REWRITTEN[file], source)
        if times != 1:
            raise CannotGoOn(f"{file} has not once, but {times} times, what is rewritten in it: {_REWRITTEN[file][0]}")
    if bare := BARE_IMPORT.search(source):
        raise CannotGoOn(f"{file} imports a package, which browsers cannot find: {bare[0]}")
    return source


def licences(libraries: Sequence[Library]) -> str:
    """The text of `LICENSES`."""
    rule = "=" * 80
    texts = [_HEADER]
    for each in libraries:
        heading = "\n".join((rule, f"{each.name} {each.version}", each.licence, ", ".join(each.files), rule))
        texts.append(heading + "\n\n" + each.text.strip("\n") + "\n")
    return "\n".join(texts)


def _libraries(packages: Path) -> Iterator[Library]:
    for name, files in FILES.items():
        (licence,) = (packages / name).glob("LICENSE*")
        described = _described(packages / name)
        yield Library(name, described["version"], described["license"], licence.read_text("utf-8"), list(files))


def _parts(packages: Path) -> Iterator[Library]:
    version = f"in zxing-wasm {_described(packages / 'zxing-wasm')['version']}"
    for name, (licence, files) in PARTS.items():
        yield Library(name, version, licence, (WEB / "licences" / f"{name}.txt").read_text("utf-8"), files)


def _described(package: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((package / PACKAGE).read_text(encoding="utf-8"))
    return described
