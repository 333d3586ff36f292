"""What is read from a citizen card's QR and from the national personal QR. Everyone here is invented."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.data import words
from chalicelib.models.gate.cards import CardDoubt, CardKind, CardReading, prefilled, read_card
from chalicelib.models.people.persons import Gender

TODAY = date(2021, 7, 22)
CARD = ("072090000123", "290000123", "Nguyễn Văn Thử", "17051990", "Nam", "Tổ 3, Ninh Thạnh, Tây Ninh", "01032021")
PERSONAL = ("072090000123", "NGUYEN VAN THU", "1990-05-17", "0", "QID-1", "<1<<0912345678")


def read(fields: tuple[str, ...], *more: str, **changed: str) -> CardReading:
    """A reading of the card with some fields (`f3` for the fourth) changed, and more behind them."""
    parts = [changed.get(f"f{number}", each) for number, each in enumerate(fields)]
    reading = read_card("|".join([*parts, *more]), TODAY)
    assert reading is not None
    return reading


def test_a_citizen_card_fills_in_the_form() -> None:
    reading = read(CARD)
    assert reading.kind is CardKind.CITIZEN_CARD
    assert prefilled(reading) == {
        "full_name": "Nguyễn Văn Thử",
        "birth_date": date(1990, 5, 17),
        "gender": Gender.MALE,
        "nationality": "VN",
        "identity": reading.identity,
        "older_number": "290000123",
    }
    assert reading.identity
    assert reading.identity.identifying_text == "cccd 072090000123"
    assert (reading.older_number, reading.address) == ("290000123", "Tổ 3, Ninh Thạnh, Tây Ninh")
    assert (reading.issued_on, reading.doubts) == (date(2021, 3, 1), [])


def test_a_newer_card_with_more_fields_and_one_without_an_older_number_are_read() -> None:
    assert read(CARD, "", "Nguyễn Văn Cha", "Trần Thị Mẹ", "").doubts == []
    assert read(CARD, f1="").older_number is None
    assert read(CARD, f1="").doubts == []


def test_a_name_in_decomposed_letters_and_double_blanks_is_the_same_name() -> None:
    from unicodedata import normalize

    assert read(CARD, f2=normalize("NFD", "Nguyễn  Văn\u200b Thử ")).full_name == "Nguyễn Văn Thử"
    assert read(CARD, f4=normalize("NFD", "NỮ"), f0="072190000123").doubts == []


@pytest.mark.parametrize(
    ("changed", "doubts", "missing"),
    [
        ({"f0": "999990000123"}, ["number_impossible"], ["identity"]),
        ({"f0": "nonsense"}, ["number_impossible"], ["identity"]),
        ({"f0": ""}, ["number_impossible"], ["identity"]),
        ({"f0": "072091000123"}, ["number_contradicts_birth"], []),
        ({"f0": "072290000123"}, ["number_contradicts_birth"], []),
        ({"f3": "17051989"}, ["number_contradicts_birth"], []),
        ({"f0": "072190000123"}, ["number_contradicts_gender"], []),
        ({"f4": "Nữ"}, ["number_contradicts_gender"], []),
        ({"f4": "Male"}, ["gender_impossible"], ["gender"]),
        ({"f1": "12"}, ["older_number_impossible"], []),
        ({"f2": "Nguyá»…n VÄƒn 1"}, ["name_impossible"], ["full_name"]),
        ({"f2": ""}, ["name_impossible"], ["full_name"]),
        ({"f3": "31021990"}, ["birth_impossible"], ["birth_date", "birth_year"]),
        ({"f3": "17051890"}, ["birth_impossible"], ["birth_date", "birth_year"]),
        ({"f3": "23072021"}, ["birth_in_future"], ["birth_date", "birth_year"]),
        ({"f6": "99999999"}, ["issue_impossible"], []),
        ({"f6": "23072021"}, ["issued_in_future"], []),
        ({"f6": "01031980"}, ["issued_before_birth"], []),
        ({"f0": "072191000123"}, ["number_contradicts_birth", "number_contradicts_gender"], []),
    ],
)
def test_an_edited_card_shows(changed: dict[str, str], doubts: list[str], missing: list[str]) -> None:
    reading = read(CARD, **changed)
    assert reading.doubts == doubts
    assert not prefilled(reading).keys() & {*missing}


@pytest.mark.parametrize("birth", ["1950", "00001950", "00051950"])
def test_a_card_without_a_day_of_birth_has_a_year(birth: str) -> None:
    reading = read(CARD, f0="072050000123", f3=birth)
    assert (reading.birth_date, reading.birth_year, reading.doubts) == (None, 1950, [])
    assert prefilled(reading)["birth_year"] == 1950


def test_the_personal_qr_fills_in_the_form() -> None:
    reading = read(PERSONAL)
    assert reading.kind is CardKind.PERSONAL_QR
    expected: dict[str, Any] = {
        "full_name": "NGUYEN VAN THU",
        "birth_date": date(1990, 5, 17),
        "gender": Gender.MALE,
        "nationality": "VN",
        "identity": reading.identity,
        "phone": "+84912345678",
    }
    assert prefilled(reading) == expected
    assert (reading.personal_id, reading.on_behalf, reading.registered_by, reading.doubts) == ("QID-1", False, None, [])


def test_a_personal_qr_says_on_whose_behalf() -> None:
    reading = read(PERSONAL, f3="1", f5="QID-2<1")
    assert (reading.on_behalf, reading.registered_by) == (True, "QID-2")


def test_a_personal_qr_may_hide_number_and_birthday() -> None:
    reading = read(PERSONAL, f0="******000123", f2="1990-**-**")
    assert reading.doubts == [CardDoubt.NUMBER_HIDDEN]
    assert (reading.identity, reading.birth_date, reading.birth_year) == (None, None, 1990)


@pytest.mark.parametrize(
    ("changed", "doubts"),
    [
        ({"f5": "<2<<"}, ["number_contradicts_gender"]),
        ({"f5": "<7<<"}, ["gender_impossible"]),
        ({"f5": "<0<<123"}, ["phone_impossible"]),
        ({"f2": "1991-05-17"}, ["number_contradicts_birth"]),
        ({"f2": "1990-13-17"}, ["birth_impossible"]),
        ({"f0": "1"}, ["number_impossible"]),
        ({"f0": "290000123"}, ["number_of_two_kinds"]),
        ({"f5": "<1<<0943******"}, ["phone_hidden"]),
        ({"f0": "101090000123"}, []),
        ({"f0": "C1234567"}, []),
    ],
)
def test_an_edited_personal_qr_shows(changed: dict[str, str], doubts: list[str]) -> None:
    assert read(PERSONAL, **changed).doubts == doubts


@pytest.mark.parametrize("number", ["C1234567", "512345678"])
def test_what_may_be_a_passport_says_nothing_of_the_nationality(number: str) -> None:
    reading = read(PERSONAL, f0=number)
    assert (reading.nationality, "nationality" in prefilled(reading)) == (None, False)


def test_a_card_may_name_the_country_in_which_a_birth_was_registered() -> None:
    reading = read(CARD, f0="101090000123")
    assert (reading.identity is not None, reading.doubts) == (True, [])


def test_a_birth_in_a_month_that_cannot_be_is_impossible() -> None:
    assert read(CARD, f0="072050000123", f3="00131950").doubts == ["birth_impossible"]


@pytest.mark.parametrize("text", ["", "|", "|||||||", "a|b|c|d|e|f|g", "hello", "2021-07-22", "x|y|2021|z"])
def test_other_texts_are_no_card(text: str) -> None:
    assert read_card(text, TODAY) is None


_fields = st.one_of(st.sampled_from([*CARD, *PERSONAL, "", "0000", "00000000", "٣" * 8, "²" * 8]), st.text(max_size=30))


@given(st.lists(_fields, max_size=10))
def test_anything_between_bars_is_read_or_is_no_card(fields: list[str]) -> None:
    read_card("|".join(fields), TODAY)


@given(st.tuples(*[_fields] * 7), st.lists(st.integers(0, 6), max_size=3))
def test_a_card_with_any_fields_changed_is_read(others: tuple[str, ...], places: list[int]) -> None:
    for kind in (CARD, PERSONAL):
        fields = [others[place] if place in places else each for place, each in enumerate(kind)]
        reading = read_card("|".join(fields), TODAY)
        assert reading is None or len(set(reading.doubts)) == len(reading.doubts)


def test_every_doubt_has_words_in_both_languages() -> None:
    assert {*words("gate")["doubts"]} == {*CardDoubt}
    for kind in ("doubts", "expected", "clock"):
        for texts in words("gate")[kind].values():
            assert set(texts) == {"vi", "en"}
