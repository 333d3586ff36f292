"""The quick look for repeated members finds all that the slow parser finds."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.http.requests import _refuse_repeated
from chalicelib.models.errors import MemberRepeated

BLANKS = st.text(" \t\r\n", max_size=2)
TEXTS = st.one_of(
    st.sampled_from(["a", "b", ":", '":', '" :', "a:", "\\", '\\":', " :b", "ế", "{", ""]), st.text(max_size=5)
)


@st.composite
def written(draw: st.DrawFn, text: str) -> str:
    """A text as JSON may have it: with any of its characters escaped."""
    if draw(st.booleans()):
        return json.dumps(text, ensure_ascii=draw(st.booleans()))
    units = text.encode("utf-16-be", "surrogatepass").hex()
    return '"' + "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)) + '"'


@st.composite
def objects(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    members = []
    for name, value in draw(st.lists(st.tuples(TEXTS, values), max_size=4)):
        blanks = [draw(BLANKS) for _ in range(4)]
        members.append(f"{blanks[0]}{draw(written(name))}{blanks[1]}:{blanks[2]}{value}{blanks[3]}")
    return "{" + ",".join(members) + "}"


@st.composite
def arrays(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    return "[" + f"{draw(BLANKS)},".join(draw(st.lists(values, max_size=3))) + "]"


SCALARS = st.one_of(TEXTS.flatmap(written), st.sampled_from(["1", "1.5", "true", "null"]))
VALUES = st.recursive(SCALARS, lambda values: st.one_of(objects(values), arrays(values)), max_leaves=8)


def _repeats(text: str) -> bool:
    repeated = False

    def look(members: list[tuple[str, Any]]) -> None:
        nonlocal repeated
        repeated |= len({name for name, _ in members}) < len(members)

    json.loads(text, object_pairs_hook=look)
    return repeated


def _is_refused(text: str) -> bool:
    with suppress(MemberRepeated):
        _refuse_repeated(text.encode())
        return False
    return True


@given(objects(VALUES))
def test_exactly_the_bodies_with_a_repeated_member_are_refused(text: str) -> None:
    assert _is_refused(text) == _repeats(text)
