"""Texts that people write to the Official Account. We understand two things: the wish to declare, and a pass's code."""

import re
from collections.abc import Iterator, Sequence
from enum import auto
from typing import NamedTuple
from unicodedata import category, normalize

from chalicelib.models.entry.codes import LENGTH, Code, plain_characters
from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.enums import StrEnum
from chalicelib.models.people.languages import Language

MOST = 2000
"""The most characters of a text that are read. Zalo sends no longer texts."""

_DECLARE = re.compile(r"\b(?:khai bao|to khai|declare|declaration)\b")
_DECLARE_IN_THEIR_LETTERS = re.compile("ប្រកាស|申报|申報")
"""The same in Khmer and Chinese. Khmer is looked up as it was written: its vowels are marks, as accents are."""
_LETTERS = {Language.KM: re.compile("[\u1780-\u17ff]"), Language.ZH: re.compile("[\u4e00-\u9fff]")}
"""A text with such a letter is in this language."""
_ENGLISH = frozenset(
    {
        *("a", "can", "code", "declaration", "declare", "hello", "help", "hi", "how", "i", "is", "my", "need"),
        *("pass", "please", "question", "the", "to", "want", "what", "when", "where", "you"),
    }
)
"""Words that are rare in Vietnamese texts without accents. A text is English if half of its words are among them."""
_IN_CODES = re.compile(r"[^0-9A-Za-z\-‐-―−]+")
"""Separators between words that may be parts of a code."""
_GROUP = 4
_SLIPS = range(LENGTH - 1, LENGTH + 2)
"""Lengths of a code with a typing error: one character is missing, wrong or too many."""


class Subject(StrEnum):
    """The request in a text."""

    DECLARING = auto()
    PASS = auto()
    MISTYPED = auto()
    """A pass, by a code with a typing error."""
    OTHER = auto()
    """We do not understand it."""


class Question(NamedTuple):
    subject: Subject
    language: Language
    code: Code | None = None


def read_question(text: str) -> Question:
    """The request in a text. A code has priority over other words."""
    text = normalize("NFKC", text[:MOST])
    plain = _without_accents(text)
    language = next((each for each, letter in _LETTERS.items() if letter.search(text)), _language_of(plain))
    words = [word for word in _IN_CODES.split(text) if word.strip("-")]
    if code := next(_codes(text, words), None):
        return Question(Subject.PASS, language, code)
    if _looks_like_a_code(words):
        return Question(Subject.MISTYPED, language)
    declares = _DECLARE.search(plain) or _DECLARE_IN_THEIR_LETTERS.search(text)
    return Question(Subject.DECLARING if declares else Subject.OTHER, language)


def _without_accents(text: str) -> str:
    """In small letters, with one blank between words. Đ is a separate letter, not D with an accent."""
    apart = normalize("NFD", text.casefold())
    bare = "".join(each for each in apart if category(each) != "Mn").replace("đ", "d")
    return " ".join(bare.split())


def _language_of(plain: str) -> Language:
    words = re.findall(r"(?<![\w-])[a-z]+(?![\w-])", plain)
    english = sum(word in _ENGLISH for word in words)
    return Language.EN if english and english * 2 >= len(words) else Language.VI


def _codes(text: str, words: Sequence[str]) -> Iterator[Code]:
    """The codes in a text: the whole text, or words in a row. In a row of words at least one must have a digit, as
    nearly every code does: otherwise one in 32 sequences of sixteen letters would be a code."""
    for candidate in (text, *(run for run, count in _runs(words, LENGTH) if _has_digit(run))):
        try:
            yield Code.parse(candidate)
        except CodeMistyped:
            continue


def _looks_like_a_code(words: Sequence[str]) -> bool:
    """Whether there is a code with a typing error: one long word with digits, or four groups, most of them with a
    digit."""
    for length in _SLIPS:
        for run, count in _runs(words, length):
            groups = run.split() if count > 1 else re.split(r"[^0-9A-Za-z]+", run)
            with_digit = sum(map(_has_digit, groups))
            if len(groups) == 1 and not run.isdigit() and sum(map(str.isdigit, run)) > 1:
                return True
            if len(groups) == _GROUP and with_digit >= _GROUP - 1:
                return True
    return False


def _runs(words: Sequence[str], length: int) -> Iterator[tuple[str, int]]:
    """The sequences of words that together have so many characters of a code, and the number of words of each."""
    lengths = [len(plain_characters(word)) for word in words]
    for start in range(len(words)):
        total = 0
        for end in range(start, len(words)):
            total += lengths[end]
            if total >= length:
                if total == length:
                    yield " ".join(words[start : end + 1]), end + 1 - start
                break


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))
