"""Maps new rows of the `stays` table to events for those who count."""

from typing import Any

from chalicelib.models.events import RowUnreadable
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.stays.events import StayFactKind
from chalicelib.storage.stays.stays import ARRIVAL, CHANGE, REPORT, STAY

_FACTS = {
    STAY: StayFactKind.STAY_OPENED,
    ARRIVAL: StayFactKind.ARRIVAL_FOUND,
    CHANGE: StayFactKind.STAY_CHANGED,
    REPORT: StayFactKind.REPORT_SENT,
}
"""By the beginning of the row's name. Tests are not counted: see docs/design/statistics.md."""


def fact_of(keys: Any) -> CountEvent | None:
    """What a new row means, by its keys as a stream record has them; None if it means nothing.

    Raises `RowUnreadable`.
    """
    try:
        partition, row = keys["partition"]["S"], keys["row"]["S"]
        kind = None if "#" in partition else _FACTS.get(row.partition("#")[0])
    except (AttributeError, LookupError, TypeError) as error:
        raise RowUnreadable from error
    return None if kind is None else CountEvent(kind=kind, subject=partition, fact=row)
