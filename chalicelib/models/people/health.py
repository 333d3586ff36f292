"""The health answers of one person."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Day, Moment, Whole
from chalicelib.models.records import STORED, Record, any_of, at_edge

MOST_DOSES = 10


class Symptom(StrEnum):
    """What the national health form asks for."""

    FEVER = "fever"
    COUGH = "cough"
    SHORTNESS_OF_BREATH = "shortness_of_breath"
    PNEUMONIA = "pneumonia"
    SORE_THROAT = "sore_throat"
    FATIGUE = "fatigue"
    LOSS_OF_TASTE_OR_SMELL = "loss_of_taste_or_smell"


_DATE_WITH_DOSES = any_of(
    {"properties": {"doses": {"maximum": 0}, "last_date": {"type": "null"}}},
    {"required": ["last_date"], "properties": {"doses": {"minimum": 1}, "last_date": {"type": "string"}}},
)
"""`last_date` is given with doses, and only then."""


class Vaccination(Record):
    """Doses against COVID-19 received so far."""

    model_config = ConfigDict(json_schema_extra=_DATE_WITH_DOSES)

    doses: Annotated[int, Whole(0, MOST_DOSES), Field(examples=[2])]
    """How many."""
    last_date: Day | None = Field(default=None, examples=["2021-07-01"])
    """The day of the last one: with doses, and only then."""

    @model_validator(mode="after")
    def _last_date_fits(self, info: ValidationInfo) -> Self:
        if info.context is not STORED and (self.doses > 0) != (self.last_date is not None):
            raise PydanticCustomError(
                "vaccination_date_does_not_fit", "last_date with doses, only", {"at": "last_date"}
            )
        return self


class TestKind(StrEnum):
    """How the sample was examined."""

    PCR = "pcr"
    ANTIGEN = "antigen"


class TestResult(StrEnum):
    """`pending`: the sample was taken, and nothing is known yet."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    PENDING = "pending"


class Test(Record):
    """The latest test for the virus."""

    kind: TestKind
    """How the sample was examined."""
    result: TestResult
    """What came of it."""
    taken_at: Moment = Field(examples=["2021-07-22T08:00:00+07:00"])
    """When the sample was taken."""


def _each_once(symptoms: list[Symptom], _: ValidationInfo) -> list[Symptom]:
    return list(dict.fromkeys(symptoms))


class Health(Record):
    """Health answers of one person. The contacts are those of the last 14 days."""

    symptoms: Annotated[list[Symptom], Field(max_length=len(Symptom), examples=[[]]), at_edge(_each_once)]
    """Those they have now; an empty list for none."""
    contact_with_patient: bool
    """Whether they met somebody who has the disease, or may have it."""
    contact_with_ill_person: bool
    """Whether they met somebody with such symptoms."""
    contact_with_affected_area: bool
    """Whether they met somebody from an area with the disease."""
    vaccination: Vaccination | None = None
    """Their doses; left out if they do not say."""
    test: Test | None = None
    """Their latest test, if they had one."""
