"""The pass's one identifier: 16 characters of Crockford's base 32.

Thirteen characters name the declaration (65 random bits), two the person in it (0 is the traveller), one checks the
rest. The check character is the value of the code's polynomial over GF(32) at a primitive element, so that every
single wrong character and every swap of two characters, neighbours or not, is noticed: a slip of the finger is
distinguished from a pass that does not exist. Alphabet and reading rules: https://www.crockford.com/base32.html.
"""

from functools import lru_cache
from typing import Annotated, NamedTuple, Self
from unicodedata import normalize

from pydantic import Field, PlainSerializer, SerializationInfo, ValidationInfo
from pydantic_core import PydanticCustomError

from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.records import SHOWN, at_edge

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DECLARATION_LENGTH = 13
DECLARATION_BITS = 5 * DECLARATION_LENGTH
LENGTH = 16

VERIFICATION = ALPHABET.index("X") << 5
"""The 14th character of a code is its type: 0 or 1 (the person's number) for a pass; `X` for a verification [xác minh]
of a phone. `X` replaces the person's number."""

PERMIT = ALPHABET.index("P") << 5
"""The same for a permit [giấy phép qua chốt nhiều lần]."""
DRAFT = ALPHABET.index("N") << 5
"""The same of a draft [tờ khai nháp]."""

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_AS_READ = str.maketrans("OIL", "011")
_HYPHENS = "-\xad\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u30fc"
_SEPARATORS = str.maketrans("", "", " \t\r\n\u200b\u200c\u200d\u2060\ufeff" + _HYPHENS)
_TIMES_X = [value << 1 ^ (0b100101 if value & 16 else 0) for value in range(32)]
"""Products in GF(32), by x^5 + x^2 + 1, which is primitive over GF(2)."""


def plain_characters(text: str) -> str:
    """The characters that a typed text means: in upper case, without blanks and any kind of hyphen;
    full-width letters and digits as plain ones; O as 0, I and L as 1."""
    plain = text if text.isascii() else normalize("NFKC", text)
    return plain.translate(_SEPARATORS).upper().translate(_AS_READ)


def characters_of(value: int, length: int) -> str:
    """A number in `length` characters of the alphabet, the first one worth most."""
    return "".join([ALPHABET[value >> shift & 31] for shift in range(5 * (length - 1), -1, -5)])


@lru_cache(maxsize=256)
def _text(declaration: str, person: int) -> str:
    # A request writes each of its codes several times.
    characters = declaration + ALPHABET[person >> 5] + ALPHABET[person & 31]
    return characters + _check_character(characters)


def _check_character(characters: str) -> str:
    check = 0
    for character in characters:
        check = _TIMES_X[check ^ _VALUES[character]]
    return ALPHABET[check]


class Code(NamedTuple):
    """A pass's code: `declaration` is its first 13 characters, `person` the number of the person, 0 to 1023."""

    declaration: str
    person: int

    @classmethod
    def of(cls, bits: int, person: int) -> Self:
        """The code of a person in the declaration that 65 (random or derived) `bits` name."""
        return cls(characters_of(bits, DECLARATION_LENGTH), person)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code as a person types it: any case, blanks and hyphens anywhere, O for 0, I and L for 1.

        Raises
        ------
        CodeMistyped
            If it has not 16 characters of the alphabet, or the check character does not fit.
        """
        characters = plain_characters(text)
        if len(characters) != LENGTH or not all(character in _VALUES for character in characters):
            raise CodeMistyped
        if _check_character(characters[:-1]) != characters[-1]:
            raise CodeMistyped
        return cls(
            characters[:DECLARATION_LENGTH],
            _VALUES[characters[DECLARATION_LENGTH]] << 5 | _VALUES[characters[DECLARATION_LENGTH + 1]],
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """The inverse of `to_bytes`. Raises `CodeMistyped` on anything `to_bytes` cannot have made."""
        value = int.from_bytes(raw, "big")
        if len(raw) != 10 or value >> 75:
            raise CodeMistyped
        return cls(characters_of(value >> 10, DECLARATION_LENGTH), value & 1023)

    def to_bytes(self) -> bytes:
        """Declaration and person in 10 bytes (75 bits, big-endian), as the token carries them."""
        value = 0
        for character in self.declaration:
            value = value << 5 | _VALUES[character]
        return (value << 10 | self.person).to_bytes(10, "big")

    def __str__(self) -> str:
        """As stored and put in URLs: 16 characters without hyphens."""
        return _text(self.declaration, self.person)

    @property
    def shown(self) -> str:
        """As people see it: `XXXX-XXXX-XXXX-XXXX`."""
        return _with_hyphens(str(self))


def _typed(text: str, _: ValidationInfo) -> str:
    try:
        return str(Code.parse(text))
    except CodeMistyped as error:
        raise PydanticCustomError("code_mistyped", "not a pass's code") from error


def _with_hyphens(text: str) -> str:
    return f"{text[:4]}-{text[4:8]}-{text[8:12]}-{text[12:]}"


def _shown(text: str, info: SerializationInfo) -> str:
    return _with_hyphens(text) if info.context is SHOWN else text


StoredCode = Annotated[str, Field(examples=["0000-0000-0000-0000"]), PlainSerializer(_shown, return_type=str)]
"""A code in a record: stored without hyphens, and in answers as people see it."""

AS_SENT = r"^[ \-]*(?:[0-9A-TV-Za-tv-z][ \-]*){16}$"
"""A code as people write it, for JSON schemas. (More hyphens and blanks than these are read, as phones write them.)"""

TypedCode = Annotated[StoredCode, Field(max_length=40, json_schema_extra={"pattern": AS_SENT}), at_edge(_typed)]
"""The same in a body, as a person types it."""
