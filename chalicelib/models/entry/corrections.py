"""The correction: a decision was overruled. The crossing stays as it was; the last correction holds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from chalicelib.models.entry.codes import StoredCode, TypedCode
from chalicelib.models.entry.crossings import Decision, Temperature
from chalicelib.models.fields import Reason
from chalicelib.models.records import Record
from chalicelib.models.staff.recorded import Recorded

MOST_CORRECTIONS = 50
"""Of one crossing, by pass or by permit."""


class CorrectionForm(Record):
    """What staff say about a crossing that was recorded wrongly, or that they overrule."""

    code: TypedCode
    """The pass's code."""
    decision: Decision
    """What holds now."""
    temperature: Temperature = None
    """°C, if it was taken again."""
    reason: Reason
    """Why the decision is changed."""


class Correction(Recorded):
    """The fact that a decision was corrected. The last one of a crossing holds."""

    decision: Decision
    """What held from then on."""
    temperature: float | None = None
    """°C, if it was taken again."""
    reason: str
    """Why the decision was changed."""


def time_of_next(corrections: Sequence[Recorded], now: datetime) -> datetime:
    """The time of the next correction after these: now, or right after the last one if that has a later time.

    The record has corrections by their numbers, gates have them by their times, and servers' clocks differ by seconds.
    """
    return max([now, *(each.recorded_at + timedelta(microseconds=1) for each in corrections[-1:])])


class CorrectedPass(Record):
    """What a gate learns of a correction: what holds for the pass now, and nothing else about the person."""

    code: StoredCode
    """The pass's."""
    decision: Decision
    """What holds for the pass."""
    corrected_at: AwareDatetime
    """When it was corrected."""
    expires_at: AwareDatetime
    """When the pass ends: from then on it need not be remembered."""
