"""What the QR of a citizen card, and the national personal QR, say of a person.

Both are plain text that anyone can print, so a reading proves nothing: it saves typing, and its `doubts` show a card
that contradicts itself. Reading is lenient: what cannot be is left out and becomes a doubt, the rest is kept.

The card (chip-based, since January 2021): `CCCD|CMND|Full name|ddmmyyyy|Nam or Nữ|Address|ddmmyyyy (issued)`; newer
ones append fields. The personal QR (Decision 1405/QĐ-BTTTT): `SoGiayTo|HoTen|NgaySinh|LoaiDinhDanh|QID|EXT`, where
apps hide the first six characters of the number, and day and month of the birth, behind asterisks unless set otherwise.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple
from unicodedata import normalize

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import UNSEEN
from chalicelib.models.people.identities import Identity, IdentityKind, kinds_of, plain_number
from chalicelib.models.people.persons import EARLIEST_BIRTH_YEAR, Gender, Name
from chalicelib.models.people.phones import parse_phone

_ADDRESS_LENGTH = 200
_CARD_FIELDS, _PERSONAL_FIELDS = 7, 4
"""The fewest that are read: of the personal QR's the last two may be missing."""

_UNSEEN = re.compile(f"[{UNSEEN}]")
_DIGITAL_DATE = re.compile(r"\d{8}", re.ASCII)
_CARD_NUMBER = re.compile(r"\d{9}|\d{12}", re.ASCII)
_PERSONAL_DATE = re.compile(r"\d{4}(?:-[\d*]{2}-[\d*]{2})?", re.ASCII)

_CARD_GENDERS = {"nam": Gender.MALE, "nữ": Gender.FEMALE, "nu": Gender.FEMALE}
_PERSONAL_GENDERS = {"1": Gender.MALE, "2": Gender.FEMALE}
_NO_GENDER = ("", "0")
"""What the personal QR says where it does not know."""


class CardDoubt(StrEnum):
    """What contradicts itself or cannot be. Words for it are in `data/words/gate.json`."""

    NUMBER_IMPOSSIBLE = "number_impossible"
    NUMBER_HIDDEN = "number_hidden"
    NUMBER_OF_TWO_KINDS = "number_of_two_kinds"
    """Nine digits may be an older identity card's or a passport's."""
    NUMBER_CONTRADICTS_BIRTH = "number_contradicts_birth"
    NUMBER_CONTRADICTS_GENDER = "number_contradicts_gender"
    OLDER_NUMBER_IMPOSSIBLE = "older_number_impossible"
    NAME_IMPOSSIBLE = "name_impossible"
    BIRTH_IMPOSSIBLE = "birth_impossible"
    BIRTH_IN_FUTURE = "birth_in_future"
    GENDER_IMPOSSIBLE = "gender_impossible"
    PHONE_IMPOSSIBLE = "phone_impossible"
    PHONE_HIDDEN = "phone_hidden"
    ISSUE_IMPOSSIBLE = "issue_impossible"
    ISSUED_BEFORE_BIRTH = "issued_before_birth"
    ISSUED_IN_FUTURE = "issued_in_future"


class CardKind(StrEnum):
    CITIZEN_CARD = "citizen_card"
    PERSONAL_QR = "personal_qr"


class CardReading(NamedTuple):
    """A person as their card says. What it does not say, or cannot be, is None; `birth_year` is there where no whole
    date of birth is."""

    kind: CardKind
    full_name: str | None = None
    birth_date: date | None = None
    birth_year: int | None = None
    gender: Gender | None = None
    nationality: str | None = None
    identity: Identity | None = None
    phone: str | None = None
    older_number: str | None = None
    """The identity card (CMND) before this card."""
    address: str | None = None
    """As printed."""
    issued_on: date | None = None
    personal_id: str | None = None
    """The national platform's id of the person (QID)."""
    on_behalf: bool | None = None
    """Whether someone else registered the person; `registered_by` is then their QID, if the card has it."""
    registered_by: str | None = None
    doubts: Sequence[CardDoubt] = ()


def read_card(text: str, today: date) -> CardReading | None:
    """Read the text of either QR; None for any other text."""
    fields = [_seen(each) for each in text.split("|")]
    if len(fields) >= _PERSONAL_FIELDS and _PERSONAL_DATE.fullmatch(fields[2]) and fields[3] in ("", "0", "1"):
        return _Reader(today).personal_qr(*fields[:6])
    if len(fields) >= _CARD_FIELDS and _is_like_a_card(fields):
        return _Reader(today).citizen_card(*fields[:_CARD_FIELDS])
    return None


def _is_like_a_card(fields: list[str]) -> bool:
    """Two of its four marks: an edited card, too, is to be seen for what it claims to be."""
    marks = (
        _CARD_NUMBER.fullmatch(fields[0]),
        _DIGITAL_DATE.fullmatch(fields[3]),
        fields[4].casefold() in _CARD_GENDERS,
        _DIGITAL_DATE.fullmatch(fields[6]),
    )
    return sum(map(bool, marks)) >= 2


def _seen(text: str) -> str:
    """One field without what cannot be seen, its blanks made single."""
    plain = _UNSEEN.sub(lambda unseen: " " if unseen[0].isspace() else "", text)
    return normalize("NFC", " ".join(plain.split()))


@cache
def _name_type() -> TypeAdapter[str]:
    return TypeAdapter(Name)


class _Reader:
    """Reads field by field and gathers what is doubtful on the way."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._doubts: list[CardDoubt] = []

    def citizen_card(
        self, number: str, older: str, name: str, birth: str, gender: str, address: str, issued: str
    ) -> CardReading:
        identity = self._identity(number, [IdentityKind.CCCD])
        born, year = self._birth(birth, _day_month_year)
        meant = self._gender(gender.casefold(), _CARD_GENDERS)
        self._compare(identity, year, meant)
        return CardReading(
            CardKind.CITIZEN_CARD,
            full_name=self._name(name),
            birth_date=born,
            birth_year=None if born else year,
            gender=meant,
            nationality="VN",  # nobody else gets one
            identity=identity,
            older_number=self._older_number(older),
            address=address[:_ADDRESS_LENGTH] or None,
            issued_on=self._issued(issued, born, year),
            doubts=self._doubts,
        )

    def personal_qr(
        self, number: str, name: str, birth: str, kind: str, personal_id: str = "", more: str = ""
    ) -> CardReading:
        registered_by, gender, _insurance, phone = [*(each.strip() for each in more.split("<")), "", "", "", ""][:4]
        kinds = kinds_of(plain_number(number))
        identity = self._identity(number, kinds)
        if {IdentityKind.CMND, IdentityKind.PASSPORT} <= {*kinds}:
            self._doubts.append(CardDoubt.NUMBER_OF_TWO_KINDS)
        born, year = self._birth(birth, _year_month_day)
        meant = None if gender in _NO_GENDER else self._gender(gender, _PERSONAL_GENDERS)
        self._compare(identity, year, meant)
        return CardReading(
            CardKind.PERSONAL_QR,
            full_name=self._name(name),
            birth_date=born,
            birth_year=None if born else year,
            gender=meant,
            # A passport may be anybody's.
            nationality="VN" if identity and IdentityKind.PASSPORT not in kinds else None,
            identity=identity,
            phone=self._phone(phone) if phone else None,
            personal_id=personal_id[:_ADDRESS_LENGTH] or None,
            on_behalf=kind == "1" if kind else None,
            registered_by=registered_by[:_ADDRESS_LENGTH] or None,
            doubts=self._doubts,
        )

    def _identity(self, text: str, kinds: list[IdentityKind]) -> Identity | None:
        if "*" in text:
            self._doubts.append(CardDoubt.NUMBER_HIDDEN)
            return None
        try:
            return Identity(kind=kinds[0], number=text)
        except (IndexError, ValidationError):
            self._doubts.append(CardDoubt.NUMBER_IMPOSSIBLE)
            return None

    def _older_number(self, text: str) -> str | None:
        if text and IdentityKind.CMND not in kinds_of(plain_number(text)):
            self._doubts.append(CardDoubt.OLDER_NUMBER_IMPOSSIBLE)
            return None
        return plain_number(text) or None

    def _name(self, text: str) -> str | None:
        try:
            return _name_type().validate_python(text)
        except ValidationError:
            self._doubts.append(CardDoubt.NAME_IMPOSSIBLE)
            return None

    def _birth(self, text: str, read: Callable[[str], tuple[date | None, int]]) -> tuple[date | None, int | None]:
        """The date and the year of birth; the year alone if there is no day."""
        try:
            born, year = read(text)
        except ValueError:
            self._doubts.append(CardDoubt.BIRTH_IMPOSSIBLE)
            return None, None
        if year < EARLIEST_BIRTH_YEAR:
            self._doubts.append(CardDoubt.BIRTH_IMPOSSIBLE)
            return None, None
        if year > self._today.year or (born and born > self._today):
            self._doubts.append(CardDoubt.BIRTH_IN_FUTURE)
            return None, None
        return born, year

    def _gender(self, text: str, known: dict[str, Gender]) -> Gender | None:
        if text not in known:
            self._doubts.append(CardDoubt.GENDER_IMPOSSIBLE)
        return known.get(text)

    def _phone(self, text: str) -> str | None:
        if "*" in text:
            self._doubts.append(CardDoubt.PHONE_HIDDEN)
            return None
        try:
            return parse_phone(text[:25])
        except PydanticCustomError:
            self._doubts.append(CardDoubt.PHONE_IMPOSSIBLE)
            return None

    def _issued(self, text: str, born: date | None, year: int | None) -> date | None:
        try:
            issued, _ = _day_month_year(text)
        except ValueError:
            issued = None
        if issued is None:
            self._doubts.append(CardDoubt.ISSUE_IMPOSSIBLE)
            return None
        if issued > self._today:
            self._doubts.append(CardDoubt.ISSUED_IN_FUTURE)
        if (born and issued < born) or (year and issued.year < year):
            self._doubts.append(CardDoubt.ISSUED_BEFORE_BIRTH)
        return issued

    def _compare(self, identity: Identity | None, year: int | None, gender: Gender | None) -> None:
        """The number of a citizen card carries the year of birth and the gender: do they say the same?"""
        if identity is None or identity.kind is not IdentityKind.CCCD:
            return
        if year and identity.birth_year != year:
            self._doubts.append(CardDoubt.NUMBER_CONTRADICTS_BIRTH)
        if gender and gender is not (Gender.FEMALE if int(identity.number[3]) % 2 else Gender.MALE):
            self._doubts.append(CardDoubt.NUMBER_CONTRADICTS_GENDER)


def _day_month_year(text: str) -> tuple[date | None, int]:
    """`ddmmyyyy`; an unknown day of birth is written `0000` or `00mm`, or the year stands alone. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) in (4, 8)):
        raise ValueError
    year = int(text[-4:])
    if text[:-4] in ("", "0000"):
        return None, year
    day, month = int(text[:2]), int(text[2:4])
    born = date(year, month, day or 1)  # raises for a month that cannot be, too
    return (born if day else None), year


def _year_month_day(text: str) -> tuple[date | None, int]:
    """`YYYY-MM-DD`; only the year where the rest is hidden. Raises ValueError."""
    year, month, day = [*text.split("-"), "*", "*"][:3]
    return (None if "*" in month + day else date(int(year), int(month), int(day))), int(year)


def prefilled(reading: CardReading) -> dict[str, Any]:
    """What a reading gives the declaration's form, by the names of its fields."""
    names = ("full_name", "birth_date", "birth_year", "gender", "nationality", "identity", "older_number", "phone")
    return {name: value for name in names if (value := getattr(reading, name)) is not None}
