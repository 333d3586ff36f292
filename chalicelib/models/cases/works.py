"""The work of officers with contacts, as numbered facts. A fact never changes."""

from datetime import date
from typing import Annotated, Any, NamedTuple, Self

from pydantic import AwareDatetime, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.entry.codes import StoredCode, TypedCode
from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Day, Line
from chalicelib.models.records import STORED, Record


class WorkKind(StrEnum):
    """The kinds of facts that an officer records about a contact."""

    ASSIGNED = "assigned"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    TESTED = "tested"
    CLEARED = "cleared"
    BECAME_CASE = "became_case"


ENDS_WORK = frozenset({WorkKind.CLEARED, WorkKind.BECAME_CASE})
FOUND = "found"
"""The state of a contact without recorded facts; later the state is the kind of the last fact."""


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
    """For `assigned`: the member of staff who does the work, by the subject of their token; left out, the caller."""
    due_on: Day | None = None
    """For `assigned`, `reached` and `not_reached`: when the next step is due; left out, tomorrow."""
    result: WorkResult | None = None
    """For `tested`: the result."""
    case: TypedCode | None = None
    """For `became_case`: the code of this person's own case."""
    note: Annotated[str, Line(500)] | None = None
    """The officer's note."""

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
    """A stored fact about a contact. Facts are numbered and never change."""

    kind: WorkKind
    officer: str | None = None
    """Who does the work from now on."""
    due_on: date | None = None
    """When the next step is due; None if nothing is due."""
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
        """Its key in the officer's list, which is sorted by due day."""
        return f"{self.due_on}#{self.case}#{self.person}"

    @classmethod
    def of(cls, officer: str, key: str) -> Self:
        """The inverse of `key`."""
        due_on, case, person = key.split("#")
        return cls(officer, date.fromisoformat(due_on), case, person)
