"""Build the pages that people open in a browser: `build/pages/`, from `web/`.

Each page is a folder of `web/` with an `index.html`. Nothing is bundled: modules are shipped as they are, and import
each other by relative paths. They all go into one folder that is named by the hash of their contents, so that browsers
keep them for a year, and a page never mixes two releases. In a page's HTML

- `{release}` becomes that folder,
- `{preload}` becomes a link for each module that `main.js` imports, directly or not: a browser would find one after the
  other.

A page with a `service-worker.txt`, a list of files beside its modules, works without network: its service worker is
`web/lib/service-worker.js` with the names of all its files.
"""

import json
import re
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from shutil import copytree, rmtree

from infra import ROOT
from infra.locks import lock_when_free

SOURCES = ROOT / "web"
PAGES = ROOT / "build" / "pages"
RELEASES = "a"
"""The folder with a folder for each release."""

ADDRESSES = {
    "declare": "index.html",
    "pass": "p",
    "gate": "gate",
    "desk": "desk",
    "portal": "portal",
    "figures": "figures",
}
"""The file of each page in the bucket, by the page's folder. Browsers ask for it by this name, the first one by `/`."""

MISSING = "missing"
"""The page for addresses that lead nowhere: its folder, and its file in the bucket."""

_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']""")
_HASHED = 16
"""Characters of the hash."""
_NOT_SHIPPED = ("package.json", "package-lock.json", "SHA256SUMS", "service-worker.txt", "index.html")


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.parse_args(arguments)
    for name, address in build().items():
        print(f"{PAGES.relative_to(ROOT) / address}: {name}")


def build(folder: Path = PAGES) -> dict[str, str]:
    """Build all pages, if anything in them has changed. Returns the file of each, by the page's name."""
    with lock_when_free(folder.with_name(f"{folder.name}.lock")):
        release = f"{RELEASES}/{_fingerprint()}"
        # Another process may be reading what is there: it is left alone while it is right.
        done = folder.with_name(f"{folder.name}.release")
        if folder.is_dir() and done.is_file() and done.read_text() == release:
            return pages()
        rmtree(folder, ignore_errors=True)
        shipped = folder / release
        # Symbolic links and what npm needs stay behind.
        copytree(SOURCES, shipped, ignore=lambda _, names: [*_NOT_SHIPPED, "node_modules", *_hidden(names)])
        for name, address in {**pages(), MISSING: MISSING}.items():
            _write_page(folder, release, name, address)
        done.write_text(release)
        return pages()


def pages() -> dict[str, str]:
    """The pages that there are: the file of each in the bucket."""
    return {name: file for name, file in ADDRESSES.items() if (SOURCES / name / "index.html").is_file()}


def modules_of(page: str) -> list[str]:
    """The modules that a page's `main.js` imports at once, by their paths in `web/`: itself first."""
    found: dict[str, None] = {}
    _follow(PurePosixPath(page, "main.js"), found)
    return list(found)


def _write_page(folder: Path, release: str, name: str, address: str) -> None:
    modules = modules_of(name)
    preload = "\n".join(f'<link rel="modulepreload" href="/{release}/{module}">' for module in modules)
    text = (SOURCES / name / "index.html").read_text()
    (folder / address).write_text(text.replace("{preload}", preload).replace("{release}", f"/{release}"))
    more = SOURCES / name / "service-worker.txt"
    if more.is_file():
        styles = re.findall(r'href="\{release\}/([^"]+\.css)"', text)
        files = dict.fromkeys([*modules, *styles, *more.read_text().split()])
        own = "/" if address == "index.html" else f"/{address}"
        worker = (SOURCES / "lib" / "service-worker.js").read_text()
        for placeholder, value in (
            ("{page}", own),
            ("{name}", f"{name}-{release}"),
            ('"{files}"', json.dumps([f"/{release}/{file}" for file in files])[1:-1]),
        ):
            worker = worker.replace(placeholder, value)
        (folder / f"{name}.service-worker.js").write_text(worker)


def _follow(module: PurePosixPath, found: dict[str, None]) -> None:
    if str(module) in found:
        return
    found[str(module)] = None
    for imported in _IMPORT.findall((SOURCES / module).read_text()):
        _follow(_resolved(module.parent / imported), found)


def _resolved(path: PurePosixPath) -> PurePosixPath:
    """The path without `..`."""
    return PurePosixPath((SOURCES / path).resolve().relative_to(SOURCES.resolve()).as_posix())


def _fingerprint() -> str:
    digest = sha256(Path(__file__).read_bytes())
    for file in _files():
        digest.update(f"{file.relative_to(SOURCES)}\0".encode() + sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:_HASHED]


def _files() -> Iterator[Path]:
    hidden = ("node_modules",)
    for file in sorted(SOURCES.rglob("*")):
        if file.is_file() and not any(part in hidden or part.startswith(".") for part in file.parts[len(ROOT.parts) :]):
            yield file


def _hidden(names: Sequence[str]) -> list[str]:
    return [name for name in names if name.startswith(".")]
