"""The health answers of one person."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.fields import Day, Moment
from chalicelib.models.records import STORED, Record, at_edge

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


class Vaccination(Record):
    """Doses against COVID-19 received so far."""

    doses: int = Field(ge=0, le=MOST_DOSES, examples=[2])
    last_date: Day | None = Field(default=None, examples=["2021-07-01"])

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
    result: TestResult
    taken_at: Moment = Field(examples=["2021-07-22T08:00:00+07:00"])


def _each_once(symptoms: list[Symptom], _: ValidationInfo) -> list[Symptom]:
    return list(dict.fromkeys(symptoms))


class Health(Record):
    """Health answers of one person. The contacts are those of the last 14 days."""

    symptoms: Annotated[list[Symptom], Field(max_length=len(Symptom), examples=[[]]), at_edge(_each_once)]
    contact_with_patient: bool
    contact_with_ill_person: bool
    contact_with_affected_area: bool
    vaccination: Vaccination | None = None
    test: Test | None = None
