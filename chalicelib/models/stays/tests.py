"""Tests for the virus during a stay."""

from datetime import date

from pydantic import Field

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Day
from chalicelib.models.people.health import TestKind
from chalicelib.models.records import Record
from chalicelib.models.staff.recorded import Recorded


class StayTestResult(StrEnum):
    """What came of it."""

    NEGATIVE = "negative"
    POSITIVE = "positive"


class StayTestForm(Record):
    """A test, and its result."""

    day: Day = Field(examples=["2021-07-28"])
    """The day of the sample."""
    kind: TestKind
    """How it was examined."""
    result: StayTestResult
    """What came of it."""


class StayTest(Recorded):
    """A stored test: one for each day."""

    day: date
    """The day of the sample."""
    kind: TestKind
    """How it was examined."""
    result: StayTestResult
    """What came of it."""

    @property
    def is_positive(self) -> bool:
        return self.result is StayTestResult.POSITIVE

    def is_of(self, form: StayTestForm) -> bool:
        """Whether it has the content of a form."""
        return (self.kind, self.result) == (form.kind, form.result)
