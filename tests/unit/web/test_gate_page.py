"""The gate's page: what it loads, and what it has without network."""

import json
import re
import subprocess
from pathlib import Path

from infra.packaging.pages import SOURCES, modules_of
from tests.tools import program
from tests.unit.web.budgets import compressed, imported_by, script_size

GATE = SOURCES / "gate"
LISTED = {*modules_of("gate"), *(GATE / "service-worker.txt").read_text().split()}
COMPARE = """
const modules = await Promise.all(process.argv.slice(1).map((each) => import(each)));
const isGroup = (each) => each && typeof each === "object" && !Array.isArray(each);
const keys = (words, before = "") =>
  Object.entries(words).flatMap(([name, each]) =>
    isGroup(each) ? keys(each, `${before}${name}.`) : [`${before}${name} ${typeof each}`],
  );
const all = modules.flatMap((each) => Object.values(each));
console.log(JSON.stringify(all.map(({ vi, en }) => [keys(vi).sort(), keys(en).sort()])));
"""


def test_it_loads_at_most_25_kb_of_scripts_before_somebody_signs_in() -> None:
    assert script_size("gate") <= 25_000


def test_it_loads_at_most_40_kb_of_scripts_before_a_guard_starts_to_scan() -> None:
    assert compressed(imported_by("gate/main.js", "gate/work.js")) <= 40_000


def test_its_page_and_styles_have_at_most_8_kb() -> None:
    assert compressed(["gate/index.html", "lib/base.css", "gate/style.css"]) <= 8_000


def test_without_network_it_has_each_module_that_it_may_load_later() -> None:
    assert imported_by("gate/main.js", "lib/qr_worker.js", later=True) - LISTED == set()
    assert [each for each in LISTED if not (SOURCES / each).is_file()] == []
    for module in [each for each in LISTED if each.startswith(("gate/", "lib/")) and each.endswith(".js")]:
        for address in re.findall(r'new URL\("\./([^"]+)"', (SOURCES / module).read_text()):
            assert str(Path(module).with_name(address)) in LISTED


def test_phones_can_install_it() -> None:
    manifest = json.loads((GATE / "manifest.webmanifest").read_text())
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/gate", "/gate", "standalone")
    assert {each["sizes"] for each in manifest["icons"]} == {"192x192", "512x512"}
    assert all((GATE / each["src"]).is_file() for each in manifest["icons"])


def test_each_text_is_there_in_both_languages() -> None:
    files = [each.as_uri() for each in sorted(GATE.glob("*words.js"))]
    command = [program("node"), "--input-type=module", "-e", COMPARE, "--", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    for vietnamese, english in json.loads(done.stdout):
        assert vietnamese == english
