"""The correction: a decision was overruled. The crossing stays as it was; the last correction holds."""

from typing import Annotated

from pydantic import (
    AwareDatetime,
    Field,
)

from chalicelib.models.entry.codes import TypedCode
from chalicelib.models.entry.crossings import _RANGE, Decision, _temperature
from chalicelib.models.fields import Reason
from chalicelib.models.records import Strict, at_edge


class CorrectionForm(Strict):
    """What staff say about a crossing that was recorded wrongly, or that they overrule."""

    code: TypedCode
    decision: Decision
    """What holds now."""
    temperature: Annotated[float | None, Field(examples=[36.6], json_schema_extra=_RANGE), at_edge(_temperature)] = None
    """°C, if it was taken again."""
    reason: Reason


class Correction(Strict):
    """The fact that a decision was corrected. It stands beside the crossing; the last one holds."""

    decision: Decision
    temperature: float | None = None
    reason: str
    recorded_at: AwareDatetime
    recorded_by: str
    """The member of staff: the subject of their token."""
    recorded_by_name: str | None = None


class CorrectedPass(Strict):
    """What a gate learns of a correction: what holds for the pass now, and nothing else about the person."""

    code: str
    """16 characters without hyphens."""
    decision: Decision
    corrected_at: AwareDatetime
    expires_at: AwareDatetime
    """When the pass ends: from then on it need not be remembered."""
