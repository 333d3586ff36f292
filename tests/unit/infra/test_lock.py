"""The files that ship are those that we know."""

import json
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from infra import ROOT
from infra.errors import CannotGoOn
from infra.packaging import lock, package
from infra.packaging.lock import Wheel

KNOWN, OTHER = "a" * 64, "b" * 64
LOCKED = {"aws-xray-sdk==2.15.0": frozenset({KNOWN})}
WHEEL = Wheel("aws_xray_sdk-2.15.0-py3-none-any.whl", KNOWN)


def test_each_package_that_ships_is_locked_in_the_version_that_is_pinned() -> None:
    assert sorted(lock.read()) == lock.pins(), "run: python -m infra lock"
    assert all(lock.read().values())


def test_what_was_written_is_read(tmp_path: Path) -> None:
    locked = {"one==1.0": frozenset({KNOWN, OTHER}), "typing-extensions==4.16.0.post1": frozenset({OTHER})}
    lock.write(locked, tmp_path / "lock")
    assert lock.read(tmp_path / "lock") == locked


def test_a_file_that_was_replaced_is_found() -> None:
    assert lock.problems([WHEEL], LOCKED) == []
    (problem,) = lock.problems([WHEEL._replace(sha256=OTHER)], LOCKED)
    assert problem == f"{WHEEL.filename} is not a file that requirements.lock names: its SHA-256 is {OTHER}."


def test_a_file_that_nobody_pinned_and_one_that_is_missing_are_found() -> None:
    problems = lock.problems([Wheel("evil-1.0-py3-none-any.whl", KNOWN)], LOCKED)
    assert [problem.split()[0] for problem in problems] == ["evil-1.0-py3-none-any.whl", "aws-xray-sdk==2.15.0"]


def test_a_package_of_the_cache_is_compared_with_the_lock(tmp_path: Path) -> None:
    code = tmp_path / "code.zip"
    with ZipFile(code, "w") as archive:
        archive.writestr(package.WHEELS, json.dumps([WHEEL._replace(sha256=OTHER)]))
    with pytest.raises(CannotGoOn, match=f"its SHA-256 is {OTHER}"):
        package._wheels(code)
    with ZipFile(code, "w") as archive:
        archive.writestr("app.py", "")
    with pytest.raises(CannotGoOn, match="does not say what its libraries came in"):
        package._wheels(code)


UNPACK = """
import sys
from chalice.deploy.packager import DependencyBuilder, OSUtils, Package
from infra.packaging.chalice_process import keep_to_the_lock
keep_to_the_lock()
source, target, name = sys.argv[1:]
DependencyBuilder(OSUtils())._install_wheels(source, target, {Package(source, name)})
"""


def test_chalice_unpacks_no_file_that_the_lock_does_not_name(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    with ZipFile(source / "six-1.17.0-py2.py3-none-any.whl", "w") as wheel:
        wheel.writestr("six.py", "print('not six')")
    command = [sys.executable, "-c", UNPACK, str(source), str(target), "six-1.17.0-py2.py3-none-any.whl"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert ran.returncode == 1
    assert re.search("six-1.17.0-py2.py3-none-any.whl is not a file that requirements.lock names", ran.stderr)
    assert not target.exists()
