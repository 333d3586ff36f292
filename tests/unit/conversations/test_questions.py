"""What people write to the Official Account, as it is understood."""

import pytest

from chalicelib.models.conversations.questions import MOST, Subject, read_question
from chalicelib.models.entry.codes import Code
from chalicelib.models.people.languages import Language

CODE = Code.of(0x1_2345_6789_ABCD_EF01, 0)
SHOWN = CODE.shown


@pytest.mark.parametrize(
    "text",
    [
        *(
            "khai bao",
            "khai báo",
            "KHAI BÁO",
            "Khai  Báo!",
            "tôi muốn khai báo",
            "khai ba\u0301o",
            "tờ khai",
            "tờ\nkhai",
        ),
        *("declare", "I want to declare", "Declaration please", "ｄｅｃｌａｒｅ"),
        "hôm nay 12 tháng 11 tôi khai báo",
    ],
)
def test_who_wants_to_declare_is_understood(text: str) -> None:
    assert read_question(text).subject is Subject.DECLARING


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ខ្ញុំចង់ប្រកាស", Language.KM),
        ("我要申报", Language.ZH),
        ("請問申報", Language.ZH),
        ("I want to declare", Language.EN),
        ("khai báo", Language.VI),
    ],
)
def test_a_wish_to_declare_is_understood_in_each_language(text: str, language: Language) -> None:
    assert read_question(text)[:2] == (Subject.DECLARING, language)


@pytest.mark.parametrize(("text", "language"), [(f"លេខកូដ {SHOWN}", Language.KM), (f"通行码{SHOWN}", Language.ZH)])
def test_a_code_is_found_among_other_letters(text: str, language: Language) -> None:
    assert read_question(text) == (Subject.PASS, language, CODE)


@pytest.mark.parametrize("text", ["", "xin chào", "khaibao", "undeclared", "khai", "😀", "đ", "12", "0912345678"])
def test_anything_else_is_for_the_hotline(text: str) -> None:
    assert read_question(text).subject is Subject.OTHER


@pytest.mark.parametrize(
    "text",
    [
        SHOWN,
        str(CODE),
        SHOWN.lower(),
        SHOWN.replace("-", " "),
        " ".join(str(CODE)),
        SHOWN.replace("0", "O").replace("1", "l"),
        f"mã của tôi: {SHOWN}.",
        f"ma {SHOWN.replace('-', ' ')} con han khong",
        f"({SHOWN})",
        f"{SHOWN}\ncòn hạn không?",
        f"khai báo {SHOWN}",
        f"mã{' '}{SHOWN.replace('-', '–')}",
        "".join(chr(ord(each) + 0xFEE0) for each in str(CODE)),
    ],
)
def test_a_code_is_found_anywhere(text: str) -> None:
    question = read_question(text)
    assert (question.subject, question.code) == (Subject.PASS, CODE)


@pytest.mark.parametrize(
    "text",
    [
        SHOWN[:-1] + ("A" if SHOWN[-1] != "A" else "B"),
        SHOWN[:-1],
        f"{SHOWN}7",
        f"mã {SHOWN[:-1]} đâu",
        str(CODE)[:5] + "U" + str(CODE)[6:],
    ],
)
def test_a_code_with_a_slip_is_told_from_no_code(text: str) -> None:
    assert read_question(text).subject is Subject.MISTYPED


@pytest.mark.parametrize(
    "text",
    [
        "xe 70B1 2345 di ngay nao",
        "so can cuoc 072090000123 cua toi",
        "goi toi 0912 345 678 nhe",
        "hom nay ngay 12 thang 11 nam 2021 toi qua chot",
        "https://pass.example/p#",
        "toi muon hoi ve viec qua chot moc bai",
        "1234567890123456",
    ],
)
def test_no_sentence_and_no_number_is_a_code(text: str) -> None:
    assert read_question(text).subject is Subject.OTHER


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("khai báo", Language.VI),
        (SHOWN, Language.VI),
        ("declare", Language.EN),
        (f"is my pass {SHOWN} good", Language.EN),
        ("xin hoi ve code khai bao", Language.VI),
        ("Hello, can you help?", Language.EN),
        ("", Language.VI),
    ],
)
def test_the_reply_has_the_language_of_the_text(text: str, language: Language) -> None:
    assert read_question(text).language is language


def test_a_long_text_is_read_to_its_limit_and_no_further() -> None:
    assert read_question("a " * (MOST // 2) + SHOWN).subject is Subject.OTHER
    assert read_question("1A " * MOST).subject is Subject.OTHER
