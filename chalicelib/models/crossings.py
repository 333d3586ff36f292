"""The crossing: what a member of staff recorded about one pass at one checkpoint."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.codes import Code
from chalicelib.models.errors import CodeMistyped
from chalicelib.models.strict import STORED, Strict, Text, at_edge

LOWEST_TEMPERATURE = 30.0
HIGHEST_TEMPERATURE = 45.0
"""°C. What lies outside is a slip of the finger or a broken thermometer, not a living person."""


_RANGE: dict[str, Any] = {"minimum": LOWEST_TEMPERATURE, "maximum": HIGHEST_TEMPERATURE}


class Decision(StrEnum):
    ADMIT = "admit"
    REFUSE = "refuse"
    ISOLATE = "isolate"


class Document(StrEnum):
    """Papers that staff look at."""

    IDENTITY_DOCUMENT = "identity_document"
    VACCINATION_CERTIFICATE = "vaccination_certificate"
    TEST_RESULT = "test_result"
    TRAVEL_PERMIT = "travel_permit"
    VEHICLE_PAPERS = "vehicle_papers"
    OTHER = "other"


def _code(text: str, _: ValidationInfo) -> str:
    try:
        return str(Code.parse(text))
    except CodeMistyped as error:
        raise PydanticCustomError("code_mistyped", "not a pass's code") from error


def _in_order(documents: list[Document], _: ValidationInfo) -> list[Document]:
    # A request repeated in another order is the same request.
    return sorted(set(documents))


def _temperature(degrees: float | None, _: ValidationInfo) -> float | None:
    if degrees is not None and not LOWEST_TEMPERATURE <= degrees <= HIGHEST_TEMPERATURE:
        context = {"lowest": LOWEST_TEMPERATURE, "highest": HIGHEST_TEMPERATURE}
        raise PydanticCustomError("temperature_out_of_range", "not a living person's", context)
    return degrees


class CrossingForm(Strict):
    """What staff send. Whoever is not admitted is told why."""

    code: Annotated[str, Field(max_length=40, examples=["0000-0000-0000-0000"]), at_edge(_code)]
    checkpoint: str = Field(max_length=40, examples=["an-hoa"])
    temperature: Annotated[float | None, Field(examples=[36.6], json_schema_extra=_RANGE), at_edge(_temperature)] = None
    """°C, 30 to 45. Left out only where it could not be taken."""
    documents_seen: Annotated[
        list[Document], Field(max_length=len(Document), examples=[["identity_document"]]), at_edge(_in_order)
    ] = []
    decision: Decision
    reason: Text | None = Field(default=None, max_length=500)

    @model_validator(mode="after")
    def _refusal_has_a_reason(self, info: ValidationInfo) -> Self:
        if info.context is not STORED and self.decision is not Decision.ADMIT and not self.reason:
            raise PydanticCustomError("reason_missing", "whoever is not admitted is told why", {"at": "reason"})
        return self


class Crossing(CrossingForm):
    """The record of a crossing: one for each pass, whoever scans at the same moment."""

    recorded_at: AwareDatetime
    recorded_by: str
    """The member of staff: the subject of their token."""
    recorded_by_name: str | None = None
    """The name their colleagues know them by."""

    @property
    def form(self) -> CrossingForm:
        return CrossingForm.model_construct(**{name: getattr(self, name) for name in CrossingForm.model_fields})
