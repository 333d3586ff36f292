"""The code of the last release, for the test that goes back to it: `released.tar.xz`, beside this module.

It holds what ships and is ours, the template that was made of it, and the lock that names the libraries. It does not
hold libraries: a test builds a package of it with those of this release (`tests/released.py`). The same code gives the
same bytes.
"""

import lzma
import re
import tarfile
import tomllib
from io import BytesIO
from pathlib import Path

from infra import ROOT
from infra.packaging.package import OURS, PACKAGE, TEMPLATE

ARCHIVE = Path(__file__).with_name("released.tar.xz")

LIBRARIES = re.compile(r"chalicelib/data/docs/swagger-ui")
"""Libraries of the documentation's page, which stand in our folders. They are left out: no record depends on them."""
LOCK = "requirements.lock"
_PREFIX = "tay-ninh-pass-"


def write(file: Path = ARCHIVE, root: Path = ROOT, package: Path = PACKAGE) -> None:
    """Keep the code of this release, and the template of its package."""
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    members = {name: root / name for name in (*_sources(root), LOCK)} | {TEMPLATE: package / TEMPLATE}
    with lzma.open(file, "wb", preset=9 | lzma.PRESET_EXTREME) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, source in sorted(members.items()):
            content = source.read_bytes()
            entry = tarfile.TarInfo(f"{_PREFIX}{version}/{name}")  # its date is 1970, its owner 0
            entry.size = len(content)
            tar.addfile(entry, BytesIO(content))


def unpack(folder: Path, file: Path = ARCHIVE) -> tuple[str, Path]:
    """The version of the last release, and the folder within `folder` that has its code now."""
    with tarfile.open(file) as tar:
        top = tar.getnames()[0].partition("/")[0]
        tar.extractall(folder, filter="data")
    return top.removeprefix(_PREFIX), folder / top


def _sources(root: Path) -> list[str]:
    files = [file for name in OURS for file in ((root / name).rglob("*") if (root / name).is_dir() else [root / name])]
    names = [file.relative_to(root).as_posix() for file in files if file.is_file()]
    return [name for name in names if "__pycache__" not in name and not LIBRARIES.match(name)]
