"""The libraries of the pages are those that the lock names, unchanged since they were renewed, and have licences."""

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from infra.errors import CannotGoOn
from infra.packaging import vendor
from infra.packaging.vendor import FILES, LICENSES, LOCK, PACKAGE, PARTS, SUMS, VENDOR, WEB

PRESENT = {each.relative_to(VENDOR).as_posix() for each in VENDOR.rglob("*") if each.is_file()}
LICENSED = re.findall(r"^={80}\n(\S+) (.+)\n(.+)\n(.+)\n={80}\n\n *\w", (VENDOR / LICENSES).read_text(), re.MULTILINE)
"""Name, version, licence and files of each library."""


def test_every_file_has_the_hash_of_its_line() -> None:
    lines = [line.split("  ") for line in (VENDOR / SUMS).read_text().splitlines()]
    written = {name: digest for digest, name in lines}
    assert written == {name: _sha256(name) for name in PRESENT - {SUMS}}
    assert len(lines) == len(written)


def test_the_folder_has_the_files_of_the_libraries_and_no_others() -> None:
    assert {file for files in FILES.values() for file in files} | {LICENSES, SUMS} == PRESENT


def test_zxing_gets_the_webassembly_that_it_was_made_with() -> None:
    glue = (VENDOR / "zxing/reader/index.js").read_text()
    (variable,) = re.findall(r"(\w+) as ZXING_WASM_SHA256\b", glue)
    assert re.findall(rf'\b{variable} = "([0-9a-f]{{64}})"', glue) == [_sha256("zxing/reader/zxing_reader.wasm")]


def test_every_file_has_a_licence() -> None:
    assert [name for name, *_ in LICENSED] == [*FILES, *PARTS]
    assert {file for *_, files in LICENSED for file in files.split(", ")} == PRESENT - {LICENSES, SUMS}


def test_versions_are_those_of_the_lock() -> None:
    versions = {name: version for name, version, *_ in LICENSED}
    locked = {name: _locked()[f"node_modules/{name}"]["version"] for name in FILES}
    assert versions == locked | dict.fromkeys(PARTS, f"in zxing-wasm {locked['zxing-wasm']}")
    assert json.loads((WEB / PACKAGE).read_text())["dependencies"] == locked


def test_everyone_gets_the_same_packages_from_the_registry_of_their_own() -> None:
    packages = {name: each for name, each in _locked().items() if name}
    assert [name for name, each in packages.items() if "resolved" in each or "integrity" not in each] == []


@pytest.mark.parametrize("file", sorted(name for name in PRESENT if name.endswith(("js", "mjs"))))
def test_a_module_asks_for_files_of_this_folder_alone(file: str) -> None:
    source = (VENDOR / file).read_text()
    imported = re.findall(r'\bfrom ?"(\.[^"]+)"', source)
    assert [each for each in imported if not (VENDOR / file).parent.joinpath(each).is_file()] == []
    assert vendor.BARE_IMPORT.findall(source) == []
    assert "sourceMappingURL" not in source
    hosts = set(re.findall(r"https?://([\w.-]+)", source))
    assert hosts <= {"www.w3.org", "github.com"}, "names of XML, and a comment of idb"


def test_a_module_that_is_not_as_it_was_is_not_taken() -> None:
    assert vendor.rewritten("htm.mjs", "export{a};\n//# sourceMappingURL=htm.mjs.map\n") == "export{a};\n"
    with pytest.raises(CannotGoOn, match=r"^hooks\.mjs has not once, but 0 times, what is rewritten in it"):
        vendor.rewritten("hooks.mjs", "export{a};")
    for source in ('import{h}from"preact";', "import 'preact/hooks';", 'const a = await import("@preact/signals");'):
        with pytest.raises(CannotGoOn, match=r"^idb\.mjs imports a package, which browsers cannot find: "):
            vendor.rewritten("idb.mjs", source)


def test_without_npm_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CannotGoOn, match=r"Install Node\.js 20 or newer\.$"):
        vendor.installed(tmp_path)


def _sha256(name: str) -> str:
    return sha256((VENDOR / name).read_bytes()).hexdigest()


def _locked() -> dict[str, dict[str, str]]:
    packages: dict[str, dict[str, str]] = json.loads((WEB / LOCK).read_text())["packages"]
    return packages
