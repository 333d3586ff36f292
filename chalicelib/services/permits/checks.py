"""Check a permit at a gate: one query of the table."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.passes import PassClaims
from chalicelib.models.permits.permits import PermitRecord, PermitVerdict
from chalicelib.services.permits.ports import Permits
from chalicelib.services.ports import Clock


class CheckedPermitRecord(NamedTuple):
    """The verdict, and the permit if it is on record."""

    verdict: PermitVerdict
    at: datetime
    code: Code
    record: PermitRecord | None = None


class PermitScan(NamedTuple):
    """A permit as it was scanned or typed."""

    code: Code
    token: str | None = None
    """The text of its QR; None for a typed code."""


def check_permit(
    scan: PermitScan,
    *,
    checkpoint: str | None,
    permits: Permits,
    verify: Callable[[str], PassClaims | None],
    zone: tzinfo,
    clock: Clock,
) -> CheckedPermitRecord:
    """Judge a permit at a checkpoint, or at any.

    The token that is on record is genuine. Any other token is genuine if a listed key signed it.
    """
    record = permits.find(scan.code)
    known = record.decision.token if record and record.decision else None
    if scan.token is not None and scan.token != known and verify(scan.token) is None:
        return CheckedPermitRecord(PermitVerdict.FORGED, clock(), scan.code)
    now = clock()
    if record is None:
        return CheckedPermitRecord(PermitVerdict.UNKNOWN, now, scan.code)
    return CheckedPermitRecord(record.verdict(now, checkpoint, zone), now, scan.code, record)
