"""The answer to a scan of a permit."""

from datetime import datetime, tzinfo
from typing import Literal

from chalicelib.handlers.entry.answers import Shown
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.passes import masked
from chalicelib.models.fields import with_offset
from chalicelib.models.gate.scans import ReadAs
from chalicelib.models.permits.conditions import PermitConditions
from chalicelib.models.permits.permits import PermitRecord, PermitVerdict
from chalicelib.services.permits.checks import CheckedPermitRecord


class PermitFacts(Shape):
    """What to compare with the papers and the vehicle."""

    masked_name: str
    """The person's name, as the QR shows it: initials and the last word, without accents."""
    birth_year: int
    """The person's year of birth."""
    plate: str | None = None
    """The vehicle's plate; left out if there is none."""
    employer: str
    """The company or organisation that they cross for."""


class CheckedPermit(Shape):
    """A permit."""

    read_as: Literal[ReadAs.PERMIT] = ReadAs.PERMIT
    """What the text was taken for."""
    verdict: PermitVerdict
    """Whether its holder may pass now, on the way in. On the way out everyone may."""
    checked_at: datetime
    """When it was checked."""
    code: Shown
    """The permit's code."""
    checkpoint: str | None = None
    """The checkpoint for which it was checked: where the caller is posted. Without one, it was checked for any."""
    facts: PermitFacts | None = None
    """Left out if it is not on record, or forged."""
    conditions: PermitConditions | None = None
    """When and where it is valid, if it was granted."""
    ends_at: datetime | None = None
    """When it ends, if it was granted."""
    tested_at: datetime | None = None
    """When the sample of the last test was taken that staff have seen. Only for callers who see health answers."""


def checked_permit(
    result: CheckedPermitRecord, checkpoint: str | None, zone: tzinfo, *, with_health: bool
) -> CheckedPermit:
    record = result.record
    answer = CheckedPermit(verdict=result.verdict, checked_at=result.at, code=result.code.shown, checkpoint=checkpoint)
    if record is None:
        return answer
    granted = {"conditions": record.conditions, "ends_at": record.ends_at(zone)} if record.conditions else {}
    tested_at = with_offset(record.tested_at, zone) if record.tested_at and with_health else None
    return answer.model_copy(update={"facts": _facts(record), "tested_at": tested_at, **granted})


def _facts(record: PermitRecord) -> PermitFacts:
    form = record.permit.form
    return PermitFacts(
        masked_name=masked(form.person.full_name),
        birth_year=form.person.birth_year,
        plate=form.plate,
        employer=form.employer,
    )
