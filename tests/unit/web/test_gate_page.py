"""The gate's page: what it loads, and what it has without network."""

import json
import re
from pathlib import PurePosixPath

from infra.packaging.pages import SOURCES, modules_of
from tests.unit.web.budgets import compressed, script_size

GATE = SOURCES / "gate"
MODULES = modules_of("gate")


def test_it_loads_at_most_40_kb_of_scripts_before_the_first_tap() -> None:
    assert script_size("gate") <= 40_000


def test_its_page_and_styles_have_at_most_8_kb() -> None:
    assert compressed(["gate/index.html", "lib/base.css", "gate/style.css"]) <= 8_000


def test_without_network_it_has_each_module_that_it_may_load_later() -> None:
    listed = {*MODULES, *(GATE / "service-worker.txt").read_text().split()}
    for module in [each for each in listed if each.endswith(("js", "mjs"))]:
        for imported in re.findall(
            r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""", (SOURCES / module).read_text()
        ):
            path = (SOURCES / PurePosixPath(module).parent / imported).resolve().relative_to(SOURCES)
            assert str(path) in listed, f"{module} imports {path}"
    assert [each for each in listed if not (SOURCES / each).is_file()] == []


def test_phones_can_install_it() -> None:
    manifest = json.loads((GATE / "manifest.webmanifest").read_text())
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/gate", "/gate", "standalone")
    assert {each["sizes"] for each in manifest["icons"]} == {"192x192", "512x512"}
    assert all((GATE / each["src"]).is_file() for each in manifest["icons"])
