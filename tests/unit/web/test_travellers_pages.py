"""The form and the pass: what they load, what the pass has without network, and their texts."""

import json
import re
import subprocess
from pathlib import PurePosixPath
from typing import Any

import pytest

from infra.packaging.pages import SOURCES, modules_of
from tests.tools import program
from tests.unit.web.budgets import compressed, script_size

PAGES = ("declare", "pass")
_IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_at_most_30_kb_of_scripts_before_the_first_tap(page: str) -> None:
    assert script_size(page) <= 30_000


@pytest.mark.parametrize("page", PAGES)
def test_a_page_and_its_styles_have_at_most_6_kb(page: str) -> None:
    assert compressed([f"{page}/index.html", "lib/base.css", f"{page}/style.css"]) <= 6_000


def test_without_network_the_pass_has_each_module_that_it_may_load_later() -> None:
    listed = {*modules_of("pass"), *(SOURCES / "pass/service-worker.txt").read_text().split()}
    for module in [each for each in listed if each.endswith(("js", "mjs"))]:
        for imported in _IMPORTED.findall((SOURCES / module).read_text()):
            path = (SOURCES / PurePosixPath(module).parent / imported).resolve().relative_to(SOURCES)
            assert str(path) in listed, f"{module} imports {path}"
    assert [each for each in listed if not (SOURCES / each).is_file()] == []


@pytest.mark.parametrize("file", ["declare/words.js", "declare/own_words.js", "pass/words.js"])
def test_both_languages_have_the_same_texts(file: str) -> None:
    words = _exported(file, "WORDS")
    assert _names(words["vi"]) == _names(words["en"])
    assert all(_names(words[each]) == _names(words["en"]) for each in words)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1990", {"birth_year": 1990}),
        (" 17/5/1990 ", {"birth_date": "1990-05-17"}),
        ("17-05-1990", {"birth_date": "1990-05-17"}),
        ("17051990", {"birth_date": "1990-05-17"}),
        ("29/2/2000", {"birth_date": "2000-02-29"}),
        ("29/2/1999", None),
        ("31/4/1990", None),
        ("90", None),
        ("", None),
    ],
)
def test_a_birth_is_read_as_people_write_it(typed: str, meant: Any) -> None:
    assert _run("declare/births.js", f"born({json.dumps(typed)})") == meant


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("an hoa", "Phường An Hòa"),
        ("PHUONG AN", "Phường An Hòa"),
        ("đức", "Xã Phước Đức"),
        ("duc phuoc", "Xã Phước Đức"),
    ],
)
def test_a_place_is_found_without_accents(typed: str, first: str) -> None:
    places = [{"value": name, "text": name} for name in ("Xã Phước Đức", "Phường An Hòa", "Xã Hòa An")]
    found = _run("declare/searches.js", f"search({json.dumps(places)}, {json.dumps(typed)})")
    assert found[0]["text"] == first


@pytest.mark.parametrize(
    ("text", "gender", "older"),
    [
        ("072090000123|290000123|Nguyễn Văn Thử|17051990|Nam|Tổ 3|22072021", "male", "290000123"),
        ("072190000123||Trần Thị Mẫu|17051990|Nữ|Tổ 3|22072021|||", "female", ""),
    ],
)
def test_a_card_fills_in_its_holder(text: str, gender: str, older: str) -> None:
    card = _run("lib/cards.js", f"cardOf({json.dumps(text)})")
    assert (card["born"], card["gender"], card["older_number"]) == ("17/05/1990", gender, older)
    assert _run("lib/cards.js", 'cardOf("TNP1:ABC")') is None


@pytest.mark.parametrize(
    ("printed", "birth"),
    [
        ("17051990", {"birth_date": "1990-05-17"}),
        ("29022000", {"birth_date": "2000-02-29"}),
        ("31021990", {"birth_year": 1990}),
        ("17131990", {"birth_year": 1990}),
    ],
)
def test_a_card_gives_the_year_where_its_date_is_impossible(printed: str, birth: dict[str, Any]) -> None:
    text = f"072090000123||Nguyễn Văn Thử|{printed}|Nam|Tổ 3|22072021"
    traveller = _run("lib/cards.js", f"travellerOf({json.dumps(text)})")
    assert {name: each for name, each in traveller.items() if name.startswith("birth")} == birth
    assert traveller["identity"] == {"kind": "cccd", "number": "072090000123"}
    assert _run("lib/cards.js", 'travellerOf("TNP1:ABC")') is None


def _exported(file: str, name: str) -> Any:
    """A constant of a module; functions in it are their own text."""
    return _run(
        file, f"JSON.parse(JSON.stringify({name}, (_, each) => typeof each === 'function' ? `${{each}}` : each))"
    )


def _run(file: str, expression: str) -> Any:
    """What an expression of the names that a module exports is. The module must not need a browser."""
    names = "{ " + ", ".join(re.findall(r"export (?:function|const) (\w+)", (SOURCES / file).read_text())) + " }"
    script = f"import {names} from '{(SOURCES / file).as_uri()}';console.log(JSON.stringify({expression} ?? null));"
    command = [program("node"), "--input-type=module", "-e", script]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - our own


def _names(words: Any) -> Any:
    """The names of texts, however deep."""
    return {name: _names(each) if isinstance(each, dict) else type(each).__name__ for name, each in words.items()}
