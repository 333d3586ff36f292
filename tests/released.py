"""The last release, from its archive: its code in a process of its own, and its package on the local engine."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import yaml

from infra.deployment import archives
from infra.packaging.package import CODE, OURS, PACKAGE, TEMPLATE, Template, make_ready_to_start


def runs(code: Path, program: str, given: Any) -> Any:
    """What a program of Python prints as JSON, with the code of a release in a folder, and this on its input."""
    ran = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-B", "-c", program],
        cwd=code,
        env={**os.environ, "PYTHONPATH": str(code)},
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout)


def package(code: Path, folder: Path) -> Template:
    """Make the package of a release in a folder, without libraries: the engine has those of this release. Gives its
    template."""
    folder.mkdir()
    with ZipFile(folder / CODE, "w", ZIP_DEFLATED) as made:
        for name in OURS:
            for file in sorted((code / name).rglob("*") if (code / name).is_dir() else [code / name]):
                if file.is_file():
                    made.writestr(file.relative_to(code).as_posix(), file.read_bytes())
        with ZipFile(PACKAGE / CODE) as current:
            for name in filter(archives.LIBRARIES.match, current.namelist()):
                made.writestr(name, current.read(name))
    make_ready_to_start(folder / CODE)
    (folder / TEMPLATE).write_bytes((code / TEMPLATE).read_bytes())
    template: Template = yaml.safe_load((code / TEMPLATE).read_text(encoding="utf-8"))
    return template
