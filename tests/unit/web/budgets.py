"""How much a page loads before the first tap."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from infra.packaging.pages import SOURCES, modules_of
from tests.tools import program

_IMPORT = r"""(?:\bfrom|\bimport)\s*PAREN\s*["'](\.[^"']+)["']"""
_COMPRESS = """
const { readFileSync } = require("node:fs"), { brotliCompressSync } = require("node:zlib");
console.log(process.argv.slice(1).reduce((sum, file) => sum + brotliCompressSync(readFileSync(file)).length, 0));
"""


def script_size(page: str) -> int:
    """Bytes of all modules that a page loads at once, each compressed with brotli as the distribution does."""
    return compressed(modules_of(page))


def imported_by(*modules: str, later: bool = False) -> set[str]:
    """These modules of `web/`, and all that they import at once; with `later` also what they import when they need
    it."""
    pattern = re.compile(_IMPORT.replace("PAREN", r"\(?" if later else ""))
    found: set[str] = set()
    waiting = [*modules]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            path = SOURCES / module
            others = pattern.findall(path.read_text())
            waiting += [str(Path(path.parent, each).resolve().relative_to(SOURCES.resolve())) for each in others]
    return found


def compressed(files: Iterable[str]) -> int:
    """Bytes of files of `web/`, by their paths there, each compressed with brotli."""
    command = [program("node"), "-e", _COMPRESS, "--", *(str(SOURCES / file) for file in files)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - our own
