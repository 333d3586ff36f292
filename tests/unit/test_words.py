"""The rules that every text for people keeps, in both languages."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.data import read_bytes, with_words, words
from chalicelib.http.problems import error_words
from chalicelib.models.people.consents import consent_texts
from chalicelib.models.people.province import province
from infra.packaging.pages import SOURCES

FOR_DEVELOPERS = {
    "api_key_refused",
    "body_not_json",
    "body_not_utf8",
    "certificate_not_x509",
    "doses_range_malformed",
    "idempotency_key_malformed",
    "idempotency_key_missing",
    "idempotency_key_reused",
    "key_id_malformed",
    "member_repeated",
    "parameter_repeated",
    "personal_number_in_url",
    "public_key_unreadable",
    "unsupported_content_encoding",
    "unsupported_content_type",
    "webhook_delivery_unknown",
}
"""Codes that only an app's developer, or who copies a country's keys, can cause: their words may be technical."""

LONGEST = 175
"""Characters of a text, with its placeholders."""

POLICIES = ("policy.json", "policies/2021-10-03.json")

NOT_FOR_PEOPLE = {
    "a field's name": r"\b[a-z]+_[a-z]+\b",
    "a member of JSON": r"\"[a-z_]+\"",
    "a request": r"\b(?:GET|POST|PUT|DELETE)\b|/v1/|\bHTTP\b|\bJSON\b|\bURL\b|\bUUID\b",
    "an ISO time": r"\d{4}-\d\d-\d\dT",
    "a hotline without its area": r"(?<!\(0276\) )\b1022\b",
}

NEVER = {
    "vi": (
        r"không thể có|ở tương lai|trong tương lai|người giám sát|hỏi giám sát|báo giám sát|giám sát viên|chính sách|"
        r"mâu thuẫn|xung đột|chứng chỉ|vaccine|vắc-xin|danh mục hành chính|\bbạn\b|quý khách|\bđoàn\b|Input should|"
        r"'\w+'"
    ),
    "en": r"\banew\b|not possible|lies in the future|is over\b|\bquarantine\b|the papers\b|\bgates?\b",
}
"""Words that the glossary does not have: they mean something else, or sound translated."""


def texts(found: Any, at: str = "") -> Iterator[tuple[str, str, str]]:
    """Where, in which language, and what: all texts of a file."""
    if isinstance(found, dict):
        for name, each in found.items():
            if name in ("vi", "en") and isinstance(each, str):
                yield at, name, each
            else:
                yield from texts(each, f"{at}/{name}")
    elif isinstance(found, list):
        for number, each in enumerate(found):
            yield from texts(each, f"{at}/{number}")


def policy(name: str) -> Any:
    return json.loads(read_bytes("provinces", "tay-ninh", *name.split("/")))


def all_texts() -> Iterator[tuple[str, str, str]]:
    for capability in with_words():
        yield from texts(words(capability), capability)
    for name in POLICIES:
        yield from texts(policy(name), name)
    yield from texts(json.loads(read_bytes("labels.json")), "labels")


def for_people() -> Iterator[tuple[str, str, str]]:
    """Those that travellers and staff read, without what stands in brackets for an app's developer."""
    for at, language, text in all_texts():
        if FOR_DEVELOPERS.isdisjoint(at.split("/")):
            yield at, language, re.sub(r"{\w+}| ?\((?:Ứng dụng|Apps): .*\)", "", text)


@pytest.mark.parametrize("what", NOT_FOR_PEOPLE)
def test_no_text_for_people_has_what_only_programs_read(what: str) -> None:
    found = [(at, text) for at, _, text in for_people() if re.search(NOT_FOR_PEOPLE[what], text)]
    assert found == []


def test_no_text_has_a_word_that_the_glossary_does_not_have() -> None:
    found = [(at, text) for at, language, text in all_texts() if re.search(NEVER[language], text, re.IGNORECASE)]
    assert found == []


@pytest.mark.parametrize("page", ["declare", "pass"])
def test_a_page_for_travellers_has_the_words_of_the_glossary_and_no_number_of_a_hotline(page: str) -> None:
    folder = SOURCES / page
    shown = re.findall(r">([^<]+)<", (folder / "index.html").read_text())
    for file in folder.glob("*words.js"):
        shown += re.findall(r'["`]([^"`]+)["`]', re.sub(r"[$]{[^}]*}", "", file.read_text()))
    assert len(shown) > 50
    for text in shown:
        assert not re.search(f"{NEVER['vi']}|{NEVER['en']}|1022", text, re.IGNORECASE), text


def test_the_number_of_the_hotline_is_data_and_in_no_text() -> None:
    for at, _, text in all_texts():
        assert "1022" not in text, at


def test_the_consent_text_in_force_has_the_words_of_the_glossary_and_the_hotline_of_the_province() -> None:
    latest = consent_texts("tay-ninh")[-1]
    hotline = province("tay-ninh").hotline.shown
    for language in ("vi", "en"):
        text = getattr(latest.text, language)
        assert hotline in text
        for each in (text, *(getattr(beside, language) for beside in latest.may_be_declined.values())):
            assert not re.search(
                f"{NEVER[language]}|{NOT_FOR_PEOPLE['a hotline without its area']}", each, re.IGNORECASE
            )


def test_a_title_is_not_said_again_by_its_text() -> None:
    for code, each in error_words().items():
        for language in ("vi", "en"):
            assert not each["detail"][language].lower().startswith(each["title"][language].lower()), code


def test_a_text_is_of_two_sentences_and_ends_like_one() -> None:
    for code, each in error_words().items():
        for language in ("vi", "en"):
            text = each["detail"][language]
            assert re.search(r"\.\)?$", text), code
            plain = re.sub(r" ?\((?:Ứng dụng|Apps): .*\)", "", text)
            assert len(re.findall(r"[.?](?: |$)", plain)) <= 3, code
            assert len(plain) <= LONGEST, code
            assert each["title"][language] != "", code
            assert not each["title"][language].endswith("."), code


def test_the_vietnamese_is_not_english_and_the_english_not_vietnamese() -> None:
    accents = "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
    for at, language, text in all_texts():
        if language == "vi" and "labels" not in at:
            assert set(accents) & set(text.lower()), at
            assert not re.search(r"\b(?:or|the|and|must|should)\b", text.partition("(Ứng dụng")[0]), at
        elif language == "en":
            assert not set(accents) & set(text.lower()) - set("ữ"), at


def test_what_a_policy_says_in_words_is_what_its_numbers_say() -> None:
    for name in POLICIES:
        shipped = policy(name)
        for each in (shipped["findings"]["no-valid-test"], shipped["instructions"]["test-at-gate"]):
            assert (
                re.findall(r"\d+", each["vi"]) == re.findall(r"\d+", each["en"]) == [str(shipped["test_valid_hours"])]
            )
        paper = shipped["papers"]["negative-test-72"]
        assert str(paper["test_within_hours"]) in paper["vi"]
        assert str(paper["test_within_hours"]) in paper["en"]
        for instruction, text in shipped["instructions"].items():
            if days := re.search(r"-(\d+)$", instruction):
                for language in ("vi", "en", "sms", "sms_en"):
                    assert re.search(rf"\b{days[1]} (?:ngày|days|ngay)\b", text[language]), (instruction, language)


def with_all_languages(found: Any) -> Iterator[dict[str, str]]:
    """The texts of a file that are in Khmer and Chinese, too."""
    if isinstance(found, dict):
        if isinstance(found.get("km"), str) and "zh" in found:
            yield found
        for each in found.values():
            yield from with_all_languages(each)


def test_khmer_and_chinese_have_their_own_letters_the_same_numbers_and_no_hotline() -> None:
    files = [*map(words, with_words()), *map(policy, POLICIES), json.loads(read_bytes("labels.json"))]
    found = [text for file in files for text in with_all_languages(file)]
    assert len(found) > 100
    for text in found:
        assert re.search(r"[\u1780-\u17ff]", text["km"]), text["km"]
        assert re.search(r"[\u4e00-\u9fff]", text["zh"]), text["zh"]
        assert not re.search(r"[\u17e0-\u17e9]", text["km"]), "digits stay as they are"
        assert "1022" not in text["km"] + text["zh"]
        names = {language: sorted(re.findall(r"{\w+}", text[language])) for language in ("en", "km", "zh")}
        assert names["en"] == names["km"] == names["zh"], text["en"]


def test_a_policy_has_the_same_numbers_in_all_languages() -> None:
    for name in POLICIES:
        for kind in ("findings", "instructions", "papers"):
            for text in policy(name)[kind].values():
                numbers = [sorted(re.findall(r"\d+", text[language])) for language in ("en", "km", "zh")]
                assert numbers[0] == numbers[1] == numbers[2], text["en"]
