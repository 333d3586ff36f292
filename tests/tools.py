"""Programs that some tests need, and not every machine has: a browser, Node.js.

Without them these tests are left out. Where everything must be tested (`CI_ALL=1`, as `.ci/run` sets) they fail.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest


def program(*names: str) -> str:
    """The path of the first of these programs that is there. Without any, the test ends here."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found if found is not None else missing(f"there is no {names[0]}")


def missing(reason: str) -> NoReturn:
    """Leave the test out, or fail where everything must be tested."""
    if os.environ.get("CI_ALL"):
        pytest.fail(f"{reason}, and everything must be tested here (CI_ALL)")
    pytest.skip(reason)


def node_modules(folder: Path) -> Path:
    """The commands of a folder's npm packages, which are installed if its lock file is newer: by the network."""
    npm = program("npm")
    installed = folder / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
        done = subprocess.run([npm, "ci", "--ignore-scripts"], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            missing(f"the npm packages could not be installed: {done.stderr[-500:]}")
    return folder / "node_modules" / ".bin"
