"""The report: a person's health on a day of the stay, sent by the person or written down by the commune."""

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
    """The person's health."""

    day: Day = Field(examples=["2021-07-23"])
    """The day that it describes: today, or an earlier day of the stay."""
    symptoms: Annotated[list[Symptom], Field(max_length=len(Symptom), examples=[[]]), at_edge(_in_order)]
    """Symptoms on that day; an empty list for none."""
    temperature: Temperature = None
    """°C, if it was taken."""


class Report(Record):
    """A stored report: one for each day."""

    day: date
    """The day that it describes."""
    symptoms: list[Symptom]
    """Symptoms on that day."""
    temperature: float | None = None
    """°C, if it was taken."""
    reported_at: AwareDatetime
    """When it was sent."""
    recorded_by: str | None = None
    """The member of staff who wrote it down, the subject of their token; left out if the person sent it."""
    recorded_by_name: str | None = None
    """Their name."""

    def is_of(self, form: ReportForm) -> bool:
        """Whether it has the content of a form."""
        return (self.symptoms, self.temperature) == (form.symptoms, form.temperature)

    def is_ill(self, fever_from: float | None) -> bool:
        fever = fever_from is not None and self.temperature is not None and self.temperature >= fever_from
        return bool(self.symptoms) or fever
