"""The work of officers with contacts: numbered facts, none of which is changed."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, Self

from pydantic import AwareDatetime, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.entry.codes import StoredCode, TypedCode
from chalicelib.models.fields import Day, Line
from chalicelib.models.records import STORED, Record


class WorkKind(StrEnum):
    """What an officer records of a contact."""

    ASSIGNED = "assigned"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    TESTED = "tested"
    CLEARED = "cleared"
    BECAME_CASE = "became_case"


ENDS_WORK = frozenset({WorkKind.CLEARED, WorkKind.BECAME_CASE})
FOUND = "found"
"""The state of a contact of whom nothing is recorded yet; later it is the kind of the last fact."""


class WorkState(StrEnum):
    """The state of a contact: the kind of the last fact, or `found`."""

    FOUND = FOUND
    ASSIGNED = WorkKind.ASSIGNED.value
    REACHED = WorkKind.REACHED.value
    NOT_REACHED = WorkKind.NOT_REACHED.value
    TESTED = WorkKind.TESTED.value
    CLEARED = WorkKind.CLEARED.value
    BECAME_CASE = WorkKind.BECAME_CASE.value


class WorkResult(StrEnum):
    """Of a contact's test."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    PENDING = "pending"


class WorkForm(Record):
    """A fact about a contact."""

    kind: WorkKind
    """What was done."""
    officer: Annotated[str | None, Field(max_length=100)] = None
    """Of `assigned`: the subject of the member of staff who does the work; left out, the caller."""
    due_on: Day | None = None
    """Of `assigned`, `reached` and `not_reached`: by when the next step is due; left out, tomorrow."""
    result: WorkResult | None = None
    """Of `tested`: the result."""
    case: TypedCode | None = None
    """Of `became_case`: the code of the case that was opened of this person."""
    note: Annotated[str, Line(500)] | None = None
    """In the officer's words."""

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Self:
        if info.context is STORED:
            return self
        needed: dict[WorkKind, tuple[str, Any]] = {
            WorkKind.TESTED: ("result", self.result),
            WorkKind.BECAME_CASE: ("case", self.case),
        }
        name, value = needed.get(self.kind, ("", True))
        if value is None:
            raise PydanticCustomError("work_incomplete", "this kind needs more", {"at": name})
        return self


class Work(Record):
    """A fact about a contact, as it is kept. Facts are numbered, and none is changed."""

    kind: WorkKind
    officer: str | None = None
    """Who does the work from now on."""
    due_on: date | None = None
    """By when; None if nothing is due."""
    result: WorkResult | None = None
    case: StoredCode | None = None
    note: str | None = None
    recorded_by: str
    recorded_at: AwareDatetime


class OpenWork(NamedTuple):
    """Work that an officer still has to do."""

    officer: str
    """The subject of a member of staff."""
    due_on: date
    case: str
    person: str
    """The contact's keyed hash."""

    @property
    def key(self) -> str:
        """In the officer's list: what is due first is first."""
        return f"{self.due_on}#{self.case}#{self.person}"

    @classmethod
    def of(cls, officer: str, key: str) -> Self:
        """The inverse of `key`."""
        due_on, case, person = key.split("#")
        return cls(officer, date.fromisoformat(due_on), case, person)
