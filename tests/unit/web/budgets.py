"""How much a page loads before the first tap."""

import subprocess
from collections.abc import Sequence

from infra.packaging.pages import SOURCES, modules_of
from tests.tools import program

_COMPRESS = """
const { readFileSync } = require("node:fs"), { brotliCompressSync } = require("node:zlib");
console.log(process.argv.slice(1).reduce((sum, file) => sum + brotliCompressSync(readFileSync(file)).length, 0));
"""


def script_size(page: str) -> int:
    """Bytes of all modules that a page loads at once, each compressed with brotli as the distribution does."""
    return compressed(modules_of(page))


def compressed(files: Sequence[str]) -> int:
    """Bytes of files of `web/`, by their paths there, each compressed with brotli."""
    command = [program("node"), "-e", _COMPRESS, "--", *(str(SOURCES / file) for file in files)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - our own
