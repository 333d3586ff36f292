"""The text of the national personal QR (Decision 1405/QĐ-BTTTT), from what is on record of a pass's holder.

`SoGiayTo|HoTen|NgaySinh|LoaiDinhDanh|QID|EXT`. Between the last bars: the QID of the person who registered the holder,
gender, health insurance and phone. We know nobody's QID and insurance, so these are empty. The text is not signed.
"""

from chalicelib.models.entry.errors import PersonalQrImpossible
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.people.names import without_accents
from chalicelib.models.people.persons import Gender

_GENDERS = {Gender.MALE: "1", Gender.FEMALE: "2"}
_UNKNOWN_GENDER = "0"
_SELF, _ON_BEHALF = "0", "1"


def personal_qr(held: HeldPass) -> str:
    """The text, in ASCII. Of a birth whose day was not declared only the year is there, as apps hide the rest.

    Raises `PersonalQrImpossible` for a person without a document number.
    """
    person = held.person
    if person.identity is None:
        raise PersonalQrImpossible
    born = person.birth_date.isoformat() if person.birth_date else f"{person.born_in}-**-**"
    by_oneself = held.code.person == 0 and held.record.declaration.declared_by is None
    more = "<".join(("", _GENDERS.get(person.gender, _UNKNOWN_GENDER), "", _as_dialled_here(person.phone or "")))
    fields = (
        person.identity.number,
        without_accents(person.full_name.upper()),
        born,
        _SELF if by_oneself else _ON_BEHALF,
        "",
        more,
    )
    return "|".join(fields).encode("ascii", "ignore").decode()


def _as_dialled_here(phone: str) -> str:
    return f"0{phone[3:]}" if phone.startswith("+84") else phone
