"""The archive of the last release is what that release was, and can be tried with the libraries of this one."""

import re
from pathlib import Path

import pytest

from infra import ROOT
from infra.deployment import archives
from infra.packaging import lock
from infra.packaging.package import TEMPLATE


def test_the_same_code_gives_the_same_bytes_and_comes_out_as_it_went_in(tmp_path: Path) -> None:
    (tmp_path / "chalicelib" / "__pycache__").mkdir(parents=True)
    (tmp_path / "chalicelib" / "data" / "docs").mkdir(parents=True)
    files = {
        "pyproject.toml": '[project]\nversion = "1.2.3"\n',
        "app.py": "one = 1\n",
        "chalicelib/clocks.py": "two = 2\n",
        "requirements.lock": "a==1\n",
        TEMPLATE: "Resources: {}\n",
        "chalicelib/__pycache__/clocks.pyc": "compiled",
        "chalicelib/data/docs/swagger-ui.css": "not ours",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    for number in (1, 2):
        archives.write(tmp_path / f"{number}.tar.xz", tmp_path, tmp_path)
    assert (tmp_path / "1.tar.xz").read_bytes() == (tmp_path / "2.tar.xz").read_bytes()
    version, code = archives.unpack(tmp_path / "out", tmp_path / "1.tar.xz")
    found = {each.relative_to(code).as_posix() for each in code.rglob("*") if each.is_file()}
    assert (version, found) == ("1.2.3", {"app.py", "chalicelib/clocks.py", "requirements.lock", TEMPLATE})
    assert all((code / name).read_text() == files[name] for name in found)


@pytest.fixture(scope="module")
def last(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return archives.unpack(tmp_path_factory.mktemp("released"))


def test_the_archive_is_of_the_release_that_the_changelog_names_last(last: tuple[str, Path]) -> None:
    headings = re.findall(r"^## \[(\d\S*)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert last[0] == headings[0], "python -m infra release is part of a release"


def test_the_last_release_can_be_run_with_the_libraries_of_this_one(last: tuple[str, Path]) -> None:
    """So a test may go back to it without installing its own. Where a library has another major version by now, it is
    not the release that would be tried: make an environment of its own for it in `tests/released.py`."""
    then, now = (
        {pin.partition("==")[0]: pin.partition("==")[2].split(".")[0] for pin in lock.read(folder / archives.LOCK)}
        for folder in (last[1], ROOT)
    )
    assert {name: (major, now.get(name)) for name, major in then.items() if now.get(name) != major} == {}
