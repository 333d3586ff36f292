"""Codes of passes: read as people type them, and every slip is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.models.entry.codes import ALPHABET, Code
from chalicelib.models.entry.errors import CodeMistyped

codes = st.builds(Code.of, st.integers(0, 2**65 - 1), st.integers(0, 1023))
places = st.integers(0, 15)


@given(codes)
def test_a_code_is_read_back_as_it_is_shown(code: Code) -> None:
    assert Code.parse(str(code)) == code
    assert Code.parse(code.shown) == code
    assert Code.from_bytes(code.to_bytes()) == code
    assert len(code.shown) == 19


@given(codes)
def test_a_code_is_read_as_people_type_it(code: Code) -> None:
    typed = f"  {code.shown.lower().replace('0', 'o').replace('1', 'l')} ".replace("-", " ")
    assert Code.parse(typed) == code
    assert Code.parse(str(code).replace("1", "I").replace("0", "O")) == code


@given(codes, places, st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_noticed(code: Code, place: int, wrong: str) -> None:
    text = str(code)
    if text[place] != wrong:
        with pytest.raises(CodeMistyped):
            Code.parse(text[:place] + wrong + text[place + 1 :])


@given(codes, places, places)
def test_every_swap_of_two_characters_is_noticed(code: Code, one: int, other: int) -> None:
    characters = list(str(code))
    characters[one], characters[other] = characters[other], characters[one]
    if "".join(characters) != str(code):
        with pytest.raises(CodeMistyped):
            Code.parse("".join(characters))


@given(st.text())
def test_any_other_text_is_mistyped(text: str) -> None:
    try:
        code = Code.parse(text)
    except CodeMistyped:
        return
    assert Code.parse(str(code)) == code


@pytest.mark.parametrize("raw", [b"", b"\xff" * 10, b"\0" * 9, b"\0" * 11])
def test_bytes_that_are_no_code_are_refused(raw: bytes) -> None:
    with pytest.raises(CodeMistyped):
        Code.from_bytes(raw)


def test_codes_worked_out_by_hand() -> None:
    assert Code.of(0, 0).shown == "0000-0000-0000-0000"
    # A 1 three places and a 1 one place before the check character: x^3 + x = 8 + 2 = 10, the letter A.
    assert Code.of(1, 1).shown == "0000-0000-0000-101A"
