"""How verdicts of checks are counted: by the line that a function writes into its log for each request.

A check stores nothing, so that a gate is fast. But its line has what was read and the verdict, and who asked.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

from chalicelib.models.enums import StrEnum
from chalicelib.models.statistics import series
from chalicelib.models.statistics.counting import At, Counter, counted, one
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Counted
from chalicelib.models.statistics.series import NO_GATE

GateOf = Callable[[str, datetime], str | None]
"""The checkpoint that a member of staff, by their subject, was posted to at a moment; None for none."""

_OF_REQUEST = "invocation"
_WORD = re.compile(r"[a-z][a-z_]{0,39}")
_FACT = re.compile(r"([0-9]{1,15}) ([a-z0-9-]{1,40}) ([a-z_]{1,40}) ([a-z_]{1,40})")


class CheckKind(StrEnum):
    """`subject` is the log's own id of the line, `fact` its time in milliseconds, the gate, what was read and the
    verdict."""

    CHECKED = "checked"


class _Check(NamedTuple):
    staff: str
    read_as: str
    verdict: str


def is_of_request(message: str) -> bool:
    """Whether a line of the log is about a request as a whole, and so no audit line."""
    try:
        return bool(json.loads(message)["message"] == _OF_REQUEST)
    except (ValueError, LookupError, TypeError):
        return False


def checks_of(lines: Iterable[Mapping[str, Any]], gate_of: GateOf) -> Iterator[CountEvent]:
    """The events of log events as CloudWatch hands them over: of each check that was answered with a verdict. An event
    has neither who checked nor what."""
    for line in lines:
        check = _check(line["message"])
        if check is not None:
            gate = gate_of(check.staff, _moment(line["timestamp"])) or NO_GATE
            fact = f"{line['timestamp']} {gate} {check.read_as} {check.verdict}"
            yield CountEvent(kind=CheckKind.CHECKED, subject=line["id"], fact=fact)


def _checked(event: CountEvent, _record: CountEvent, zone: tzinfo) -> Sequence[Counted] | None:
    parts = _FACT.fullmatch(event.fact)
    if parts is None:
        return None
    milliseconds, gate, read_as, verdict = parts.groups()
    moment = _moment(int(milliseconds))
    at = At.of(moment, zone)
    increment = one(at.day, series.CHECKS, gate, at.hour, read_as, verdict)
    return [counted(f"check/{event.subject}", event.kind, [increment], day=at.day, known_at=moment, zone=zone)]


COUNTERS: Mapping[str, Counter] = {CheckKind.CHECKED: _checked}

NOT_COUNTED: Mapping[str, str] = {}


def record_of(event: CountEvent) -> str:
    return event.subject


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _check(message: str) -> _Check | None:
    """What a line says of a check; None for a line of something else, of a request that failed, or one that cannot be
    read."""
    try:
        line = json.loads(message)
        if (line["message"], line["outcome"], line["status"]) != (_OF_REQUEST, "answered", 200):
            return None
        check = _Check(line["staff"], line["read_as"], line["verdict"])
        return check if _WORD.fullmatch(check.read_as) and _WORD.fullmatch(check.verdict) else None
    except (ValueError, LookupError, TypeError):
        return None
