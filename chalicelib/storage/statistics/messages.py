"""Maps changes of the `messages` table to events for those who count."""

import re
from typing import Any

from chalicelib.models.events import RowUnreadable
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.messages import MessageFactKind

_CODE = re.compile(r"[0-9A-Z]{16}")
"""The partitions of messages. The table's others have longer names with a `#`, or are `SPENT`."""


def fact_of(keys: Any) -> CountEvent | None:
    """What a changed row means, by its keys as a stream record has them; None if it means nothing.

    Raises `RowUnreadable`.
    """
    try:
        code, event = keys["code"]["S"], keys["event"]["S"]
        is_message = _CODE.fullmatch(code)
    except (AttributeError, LookupError, TypeError) as error:
        raise RowUnreadable from error
    return CountEvent(kind=MessageFactKind.MESSAGE_CHANGED, subject=code, fact=event) if is_message else None
