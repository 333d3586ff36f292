"""Where people come from and go: administrative units of Vietnam, and countries."""

from functools import cache
from typing import Annotated, Self

from pydantic import ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.data import read_text
from chalicelib.models.fields import Text
from chalicelib.models.people.administrative_units import LIST_VERSION_AS_SENT, LIST_VERSIONS, UNIT_AS_SENT, exists
from chalicelib.models.records import STORED, Record, at_edge, exactly_one


@cache
def countries() -> frozenset[str]:
    """All codes of ISO 3166-1 alpha-2."""
    return frozenset(read_text("countries.txt").split())


def is_country(code: str) -> bool:
    """Whether it is a code of ISO 3166-1 alpha-2."""
    return code in countries()


def _country(code: str, _: ValidationInfo) -> str:
    if not is_country(code):
        raise PydanticCustomError("country_unknown", "not an ISO 3166-1 alpha-2 code")
    return code


Country = Annotated[str, at_edge(_country), Field(examples=["VN"], json_schema_extra={"pattern": "^[A-Z]{2}$"})]
"""ISO 3166-1 alpha-2."""


def _list_version(version: str, _: ValidationInfo) -> str:
    if version not in LIST_VERSIONS:
        known = ", ".join(LIST_VERSIONS)
        raise PydanticCustomError("unknown_list_version", "not a list that is known", {"known": known})
    return version


def _unit_code(code: str, info: ValidationInfo) -> str:
    version = info.data.get("list_version")
    if version is not None and not exists(version, code):
        context = {"unit": code, "list_version": version}
        raise PydanticCustomError("unknown_administrative_unit", "not in this list", context)
    return code


class UnitReference(Record):
    """An administrative unit: its code in a version of the official list (`GET /v1/administrative-units`)."""

    list_version: Annotated[
        str,
        Field(examples=["2021"], json_schema_extra={"pattern": LIST_VERSION_AS_SENT}),
        at_edge(_list_version),
    ]
    """The version of the list."""
    code: Annotated[
        str,
        Field(max_length=5, examples=["25480"], json_schema_extra={"pattern": UNIT_AS_SENT}),
        at_edge(_unit_code),
    ]
    """The unit's code: 2 digits for a province, 3 for a district, 5 for a commune."""


class Place(Record):
    """Somewhere: an administrative unit of Vietnam, or another country."""

    model_config = ConfigDict(json_schema_extra=exactly_one(unit="object", country="string"))

    unit: UnitReference | None = None
    """In Vietnam. Exactly one of `unit` and `country` is given."""
    country: Country | None = None
    """Another country: ISO 3166-1 alpha-2."""
    address: Text | None = Field(default=None, examples=["12 Cách Mạng Tháng 8"])
    """House and street, or hamlet."""

    @model_validator(mode="after")
    def _is_one_place(self, info: ValidationInfo) -> Self:
        if info.context is not STORED and (self.unit is None) == (self.country is None):
            raise PydanticCustomError("place_ambiguous", "exactly one of unit and country")
        return self
