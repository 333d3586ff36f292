"""The desk's page: what it loads, its words, and the JSON of its editor."""

import json
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra import ROOT
from infra.packaging.pages import SOURCES, modules_of
from tests.tools import program
from tests.unit.web.budgets import compressed, script_size

DESK = SOURCES / "desk"
SECTIONS = ("cases", "gates", "permits", "policy", "staff", "stays", "waves")
POLICY = (ROOT / "chalicelib/data/provinces/tay-ninh/policy.json").read_text(encoding="utf-8")
ASKED = """
const asked = JSON.parse(await new Response(process.stdin).text());
"""


def run(script: str, asked: Any) -> Any:
    """What a script prints as JSON, run by Node.js. It has what was asked as `asked`."""
    command = [program("node"), "--input-type=module", "-e", ASKED + script]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_loads_at_most_80_kb_of_scripts_before_the_first_tap() -> None:
    assert script_size("desk") <= 80_000
    # Sections come when they are opened; each with all that it needs.
    assert not [each for each in modules_of("desk") if Path(each).parts[1] in SECTIONS]
    for section in SECTIONS:
        own = [str(each.relative_to(SOURCES)) for each in (DESK / section).glob("*.js")]
        assert compressed(own) <= 15_000, section


def test_its_page_and_styles_have_at_most_10_kb() -> None:
    assert compressed(["desk/index.html", "lib/base.css", "desk/style.css"]) <= 10_000


@pytest.mark.parametrize("file", sorted(DESK.rglob("words.js")), ids=lambda file: str(file.relative_to(DESK)))
def test_both_languages_have_the_same_texts(file: Path) -> None:
    shapes = """
const shape = (each) => typeof each === "object" && !Array.isArray(each)
  ? Object.fromEntries(Object.entries(each).map(([name, value]) => [name, shape(value)]))
  : Array.isArray(each) ? each.length : typeof each;
const { WORDS } = await import(asked);
console.log(JSON.stringify({ vi: shape(WORDS.vi), en: shape(WORDS.en) }));
"""
    found = run(shapes, file.as_uri())
    assert found["vi"] == found["en"]


def test_both_languages_have_the_same_labels() -> None:
    text = (DESK / "labels.js").read_text(encoding="utf-8")
    vietnamese, english = text.split("  en: {")
    names = re.compile(r"\b([a-z_]+):")
    assert names.findall(vietnamese.split("  vi: {")[1]) == names.findall(english)


def test_a_pointer_leads_to_its_value_in_the_text() -> None:
    lead = f"""
const {{ positions }} = await import("{(DESK / "policy" / "texts.js").as_uri()}");
console.log(JSON.stringify(asked.map((text) => [...positions(text)].map(([name, at]) => [name, text.slice(...at)]))));
"""
    texts = [POLICY, ' {"a/b": [1, {"~": "x\\"}"}, [ ], {}], "": null, "é": -1.5e3 } ', "[]", "3"]
    for text, found in zip(texts, run(lead, texts), strict=True):
        values = json.loads(text)
        assert {pointer: json.loads(part) for pointer, part in found} == dict(_pointers(values))


def test_what_is_not_json_is_found_where_it_begins() -> None:
    find = f"""
const {{ positions }} = await import("{(DESK / "policy" / "texts.js").as_uri()}");
const found = (text) => {{
  try {{
    positions(text);
  }} catch (error) {{
    return error.at;
  }}
}};
console.log(JSON.stringify(asked.map(found)));
"""
    texts = ['{"a": 1', '{"a" 1}', "[1,]", '{"a": tru}', "[1] 2", "", '{"a": 1,}', '["x]']
    assert run(find, texts) == [7, 5, 3, 6, 4, 0, 8, 1]
    for text in texts:
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


def test_changes_side_by_side_have_every_line_that_differs() -> None:
    compare = f"""
const {{ sideBySide }} = await import("{(DESK / "policy" / "texts.js").as_uri()}");
console.log(JSON.stringify(asked.map(([before, after]) => sideBySide(before, after))));
"""
    chance = random.Random(7)  # noqa: S311 - no secret
    lines = [[chance.choice("abcdef") for _ in range(chance.randrange(40))] for _ in range(60)]
    pairs = [["\n".join(one), "\n".join(other)] for one, other in zip(lines[::2], lines[1::2], strict=True)]
    for (before, after), rows in zip(pairs, run(compare, pairs), strict=True):
        removed = [row["before"] for row in rows if row["changed"] and row["before"] is not None]
        added = [row["after"] for row in rows if row["changed"] and row["after"] is not None]
        kept = before.split("\n")
        for line in removed:
            kept.remove(line)
        assert sorted([*kept, *added]) == sorted(after.split("\n"))
        assert bool(rows) == (before != after)
        assert all(row["before"] == row["after"] for row in rows if not row["changed"])


def _pointers(value: Any, pointer: str = "") -> Any:
    yield pointer, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from _pointers(part, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")
