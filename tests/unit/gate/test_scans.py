"""What a scanned or typed text is taken for."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.gate.scans import ReadAs
from tests.unit.gate.scanned import CARD, PERSONAL
from tests.unit.world import World


@pytest.mark.parametrize(
    ("text", "read_as", "verdict"),
    [
        ("TNP1:ANYTHING", "token", "unreadable"),
        (" tnp1:anything", "token", "unreadable"),
        ("0000-0000-0000-0000", "code", "unknown"),
        ("oooo oooo oooo oooo", "code", "unknown"),
        ("0000\u20130000\u22120000\u30fc0000", "code", "unknown"),
        ("\uff10" * 16, "code", "unknown"),
        ("\u200b0000\u00a00000\t00000000\r\n", "code", "unknown"),
        ("0000-0000-0000-0001", "code", "mistyped"),
        ("0000-0000-0000-000", "code", "mistyped"),
        ("0000-0000-0000-0000-0", "code", "mistyped"),
        ("0000-0000-0000-000U", "code", "mistyped"),
        ("7K3M-9QXW-2B", "code", "mistyped"),
        (CARD, "citizen_card", None),
        (PERSONAL, "personal_qr", None),
        ("HC1:6BF", "certificate", None),
        ("\n hc1:6BF", "certificate", None),
        ("072090000123", "other", "unreadable"),
        ("0912345678", "other", "unreadable"),
        ("70A-123.45", "other", "unreadable"),
        ("", "other", "unreadable"),
        (" \t", "other", "unreadable"),
        ("hello", "other", "unreadable"),
        ("https://pass.example/v1", "other", "unreadable"),
        ("Nguyễn Văn Thử Nghiệm", "other", "unreadable"),
        ("0000\x00000000000000", "other", "unreadable"),
        ("\u202e0000-0000-0000-0000", "other", "unreadable"),
        ("\U0001f600" * 16, "other", "unreadable"),
        ("\u0663" * 16, "other", "unreadable"),
        ("A" * 4096, "other", "unreadable"),
    ],
)
def test_any_text_is_read_as_something(world: World, text: str, read_as: str, verdict: str | None) -> None:
    checked = world.check(text)
    assert (checked.read_as, checked.verdict) == (read_as, verdict)


@pytest.mark.parametrize("marks", ["]Q1", "\\000026", " ]Q3\\000026", "\ufeff]d2 "])
@pytest.mark.parametrize("text", ["TNP1:ANYTHING", "0000-0000-0000-0000", CARD, PERSONAL, "HC1:6BF", "hello"])
def test_a_text_is_read_as_the_same_with_the_marks_of_a_scanner_before_it(world: World, marks: str, text: str) -> None:
    plain, marked = world.check(text), world.check(marks + text)
    assert (marked.read_as, marked.verdict, marked.card) == (plain.read_as, plain.verdict, plain.card)


@given(st.text(max_size=60) | st.text("0123456789OILU-| :TNPHC\u2013\x00", max_size=60))
def test_any_text_whatsoever_gets_an_answer(text: str) -> None:
    checked = World().check(text)
    assert (checked.verdict is None) == (checked.card is not None or checked.read_as is ReadAs.CERTIFICATE)


@given(st.integers(0, 2**65 - 1), st.integers(0, 50), st.integers(0, 15), st.sampled_from(["delete", "double"]))
def test_a_character_too_few_or_too_many_is_a_slip(bits: int, person: int, place: int, slip: str) -> None:
    code = str(Code.of(bits, person))
    typed = code[:place] + ("" if slip == "delete" else code[place] * 2) + code[place + 1 :]
    checked = World().check(typed)
    assert (checked.read_as, checked.verdict) == (ReadAs.CODE, Verdict.MISTYPED)


@given(st.integers(0, 2**65 - 1), st.integers(0, 50))
@example(26 << 60 | 21 << 55 | 22 << 50, 0)  # TNP…
def test_a_code_is_never_taken_for_a_token(bits: int, person: int) -> None:
    assert World().check(Code.of(bits, person).shown).verdict is Verdict.UNKNOWN
