"""Maps new rows of the `permits` table to events for those who count."""

from typing import Any

from chalicelib.models.events import RowUnreadable
from chalicelib.models.permits.events import PermitFactKind
from chalicelib.models.statistics.events import CountEvent
from chalicelib.storage.permits.permits import CROSSINGS, DECISION, PERMIT, REVOCATION

_FACTS = {
    PERMIT: PermitFactKind.PERMIT_ASKED,
    DECISION: PermitFactKind.PERMIT_DECIDED,
    REVOCATION: PermitFactKind.PERMIT_REVOKED,
}


def fact_of(keys: Any) -> CountEvent | None:
    """What a new row means, by its keys as a stream record has them; None if it means nothing.

    Raises `RowUnreadable`.
    """
    try:
        partition, row = keys["partition"]["S"], keys["row"]["S"]
        begins, _, code = partition.partition("#")
    except (AttributeError, LookupError, TypeError) as error:
        raise RowUnreadable from error
    if begins == CROSSINGS:
        is_correction = row.count("#") > 1  # `<minute>#<direction>#<number>`
        kind = PermitFactKind.PERMIT_CROSSING_CORRECTED if is_correction else PermitFactKind.PERMIT_CROSSED
        return CountEvent(kind=kind, subject=code, fact=row)
    if row in _FACTS and not code:
        return CountEvent(kind=_FACTS[row], subject=partition, fact=row)
    return None
