"""The report: how someone who stays is on a day, by themselves or by their commune."""

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field, ValidationInfo

from chalicelib.models.entry.crossings import Temperature
from chalicelib.models.fields import Day
from chalicelib.models.people.health import Symptom
from chalicelib.models.records import Record, at_edge


def _in_order(symptoms: list[Symptom], _: ValidationInfo) -> list[Symptom]:
    # A report repeated in another order is the same report.
    return sorted(set(symptoms))


class ReportForm(Record):
    """How the person is."""

    day: Day = Field(examples=["2021-07-23"])
    """Of which day it tells: today, or an earlier day of the stay."""
    symptoms: Annotated[list[Symptom], Field(max_length=len(Symptom), examples=[[]]), at_edge(_in_order)]
    """Those they have that day; an empty list for none."""
    temperature: Temperature = None
    """°C, if it was taken."""


class Report(Record):
    """The fact that someone reported: one for each day."""

    day: date
    """Of which day it tells."""
    symptoms: list[Symptom]
    """Those they had."""
    temperature: float | None = None
    """°C, if it was taken."""
    reported_at: AwareDatetime
    """When."""
    recorded_by: str | None = None
    """The member of staff who wrote it down, the subject of their token; left out if the person sent it."""
    recorded_by_name: str | None = None
    """Their name."""

    def is_of(self, form: ReportForm) -> bool:
        """Whether it says what a form says."""
        return (self.symptoms, self.temperature) == (form.symptoms, form.temperature)

    def is_ill(self, fever_from: float | None) -> bool:
        fever = fever_from is not None and self.temperature is not None and self.temperature >= fever_from
        return bool(self.symptoms) or fever
