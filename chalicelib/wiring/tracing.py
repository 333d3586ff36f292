"""What tracing needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib.models.people.province import province
from chalicelib.settings import settings

if TYPE_CHECKING:
    from chalicelib.storage.tracing.exposures import Exposures

from chalicelib import wiring


@cache
def exposures() -> Exposures:
    from chalicelib.storage.tracing.exposures import ExposureRow, Exposures

    table = wiring.table(ExposureRow, "tracing_table")
    return Exposures(table, time_zone=province(settings().province).time_zone)
