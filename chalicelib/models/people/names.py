"""Names of people, addresses and services, without what many leave out when they write on a phone."""

from unicodedata import combining, normalize

_LETTERS = str.maketrans("ĐÐđð", "DDdd")
"""Letters of their own, with no accent that could be taken off. Some keyboards write the Icelandic one."""


def without_accents(name: str) -> str:
    """The name in Latin letters without accents: "Đỗ" becomes "Do"."""
    return "".join(each for each in normalize("NFD", name.translate(_LETTERS)) if not combining(each))


def compared(text: str) -> str:
    """Letters and digits alone, without accents and case: "Tổ 3, ấp Ninh Phú" and "to 3 ap ninh phu" are the same."""
    return "".join(each for each in without_accents(text).casefold() if each.isalnum())
