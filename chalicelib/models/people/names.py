"""Names of people, addresses and services, without accents and signs that many people leave out when they type on a
phone."""

from unicodedata import combining, normalize

_LETTERS = str.maketrans("ĐÐđð", "DDdd")
"""Separate letters, without an accent that Unicode could remove. Some keyboards write the Icelandic one."""


def without_accents(name: str) -> str:
    """The name in Latin letters without accents: "Đỗ" becomes "Do"."""
    return "".join(each for each in normalize("NFD", name.translate(_LETTERS)) if not combining(each))


def compared(text: str) -> str:
    """Only letters and digits, without accents and case: "Tổ 3, ấp Ninh Phú" and "to 3 ap ninh phu" are the same."""
    return "".join(each for each in without_accents(text).casefold() if each.isalnum())
