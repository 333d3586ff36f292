"""How looks of staff at persons' data are counted: by the lines of the audit log, which has one for each.

Staff stands below statistics, so its counting is here.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from chalicelib.models.enums import StrEnum
from chalicelib.models.statistics import series
from chalicelib.models.statistics.counting import At, Counter, counted, one
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Counted

_ACTION = re.compile(r"[a-z][a-z ]{0,39}")
_FACT = re.compile(r"([0-9]+) (.+)")


class LookKind(StrEnum):
    """`subject` is the log's own id of the line, `fact` the line's time in milliseconds and the action."""

    LOOKED = "looked"


def looks_of(lines: Iterable[Mapping[str, Any]]) -> list[CountEvent]:
    """The events of log events as CloudWatch hands them over: of each line that says which persons it is about. An
    event names no member of staff, no person and no reason."""
    return [
        CountEvent(kind=LookKind.LOOKED, subject=line["id"], fact=f"{line['timestamp']} {action}")
        for line in lines
        if (action := _action(line["message"]))
    ]


def _looked(event: CountEvent, _record: CountEvent, zone: tzinfo) -> Sequence[Counted] | None:
    parts = _FACT.fullmatch(event.fact)
    if parts is None:
        return None
    moment = datetime.fromtimestamp(int(parts[1]) / 1000, UTC)
    day = At.of(moment, zone).day
    increment = one(day, series.LOOKS, parts[2])
    return [counted(f"look/{event.subject}", event.kind, [increment], day=day, known_at=moment, zone=zone)]


COUNTERS: Mapping[str, Counter] = {LookKind.LOOKED: _looked}

NOT_COUNTED: Mapping[str, str] = {}


def record_of(event: CountEvent) -> str:
    return event.subject


def _action(message: str) -> str | None:
    """The action of an audit line about persons; None for a line about none, or one that cannot be read."""
    try:
        line = json.loads(message)
        action, codes = line["action"], line["codes"]
        return action if codes and _ACTION.fullmatch(action) else None
    except (ValueError, LookupError, TypeError):
        return None
