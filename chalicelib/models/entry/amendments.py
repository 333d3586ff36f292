"""The amendment: what a person says is right in their declaration. The declaration stays as it was.

A correction is something else: it overrules a decision of staff.
"""

import json
from functools import cache
from typing import Any

from pydantic import AwareDatetime, TypeAdapter

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Text
from chalicelib.models.people.identities import Identity
from chalicelib.models.people.persons import BirthDate, BirthYear, Name
from chalicelib.models.people.phones import Phone
from chalicelib.models.records import STORED, Record


class AmendedField(StrEnum):
    """What can be amended: fields of the person by their names in the form, and the address of the destination."""

    FULL_NAME = "full_name"
    BIRTH_YEAR = "birth_year"
    BIRTH_DATE = "birth_date"
    IDENTITY = "identity"
    """Kind and number: `cccd 072090000123`."""
    PHONE = "phone"
    ADDRESS = "address"

    @property
    def is_contact(self) -> bool:
        return self in (self.PHONE, self.ADDRESS)


class Amendment(Record):
    """The fact that a person had a field amended: one more for each time."""

    field: AmendedField
    value: str
    """As a form would keep it."""
    recorded_at: AwareDatetime
    recorded_by: str
    """Who saw the person's papers and entered it: an identity in AWS."""

    def text(self, *, whole: bool) -> str:
        """The value. Of a document's number only the last third, if not `whole`."""
        if whole or self.field is not AmendedField.IDENTITY:
            return self.value
        identity = Identity.model_validate(_identity(self.value), strict=False, context=STORED)
        return f"{identity.kind} {identity.masked_number}"


def amended(field: AmendedField, text: str) -> str:
    """The value that a text gives a field, by the rules of the form for that field alone.

    A person may amend one field after the other, so fields are not compared with each other.

    Raises `pydantic.ValidationError`.
    """
    given: Any = _identity(text) if field is AmendedField.IDENTITY else text.strip()
    if field is AmendedField.BIRTH_YEAR and given.isascii() and given.isdecimal():
        given = int(given)
    value = _type_of(field).validate_json(json.dumps(given))
    return f"{value.kind} {value.number}" if isinstance(value, Identity) else str(value)


@cache
def _type_of(field: AmendedField) -> TypeAdapter[Any]:
    types: dict[AmendedField, Any] = {
        AmendedField.FULL_NAME: Name,
        AmendedField.BIRTH_YEAR: BirthYear,
        AmendedField.BIRTH_DATE: BirthDate,
        AmendedField.IDENTITY: Identity,
        AmendedField.PHONE: Phone,
        AmendedField.ADDRESS: Text,
    }
    return TypeAdapter(types[field])


def _identity(text: str) -> dict[str, str]:
    kind, _, number = text.strip().partition(" ")
    return {"kind": kind.lower(), "number": number.strip()}
