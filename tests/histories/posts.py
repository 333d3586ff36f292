"""Whether those who recorded were posted where they did, while postings changed.

The rule (`docs/design/staff.md`): a new posting counts at once, the one before it for a minute at most. A posting is
read again before someone is refused. What was recorded without network counts by the posting at that time.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Any

from tests.histories.calls import Call, Kind

_KEPT = 60.0
"""Seconds for which a process keeps a posting."""
_TOLERANCE = 60.0
"""Seconds by which clocks may differ."""
_WHOLE = 1.0
"""Times of postings have whole seconds."""
_STILL_RUNS = 20.0
"""Seconds for which a function may go on when nobody waits for its answer any more."""

NOT_POSTED = ("staff_not_posted", "staff_posted_elsewhere")

_REMEMBERED = 20
"""Postings of each member of staff that are kept."""

Where = str | None


class Posts:
    """Where each member of staff can have been posted. Their postings are changed by one call after the other."""

    def __init__(self, history: Sequence[Call], on_record: Mapping[str, Any]) -> None:
        self._changes: dict[str, list[Call]] = {}
        for call in history:
            if call.kind is Kind.POST and not call.refused:
                self._changes.setdefault(call.about, []).append(call)
        for changes in self._changes.values():
            changes.sort(key=lambda call: call.began)
        self._on_record = on_record
        self._faults: list[str] = []

    def faults(self) -> Iterator[str]:
        yield from self._faults
        for subject, changes in self._changes.items():
            yield from _lost(subject, changes, self._on_record.get(subject, {}).get("postings", []))

    def saw(self, call: Call, checkpoints: set[str]) -> None:
        """Someone recorded at one of these checkpoints, or was refused because they were posted to none of them."""
        if call.refused and call.problem in NOT_POSTED:
            self._require(call, bool(self._between(call.caller, call.began, call.ended) - checkpoints), "refused")
        elif call.succeeded:
            possible = self._between(call.caller, call.began - _KEPT, call.ended)
            self._require(call, bool(possible & checkpoints), "recorded")

    def saw_later(self, call: Call, sent: Any, *, refused: bool, passing: bool) -> None:
        """The same for a line of a batch. `passing`: it was not recorded for another reason."""
        if passing:
            return
        said = datetime.fromisoformat(sent["recorded_at"]).timestamp()
        since = min(said, call.began) - _TOLERANCE - _WHOLE
        possible = self._between(call.caller, since, call.ended)
        if refused:
            self._require(call, bool(possible - {sent["checkpoint"]}), "refused")
        else:
            # A time before the declaration is replaced: then any posting since the declaration counts.
            self._require(call, sent["checkpoint"] in possible, "recorded")

    def _require(self, call: Call, possible: bool, what: str) -> None:
        if not possible:
            self._faults.append(f"{call}: {what}, and no posting explains it")

    def _between(self, subject: str, since: float, until: float) -> set[Where]:
        """The checkpoints to which someone can have been posted at some moment from one time to the other."""
        possible: set[Where] = set()
        changes = self._changes.get(subject, [])
        for number, change in enumerate(changes):
            later = [each for each in changes[number + 1 :] if each.succeeded]
            replaced = later[0].ended if later else inf
            if not change.succeeded:
                replaced += _STILL_RUNS
            if change.began - _WHOLE <= until and since <= replaced:
                possible.add(change.asked["checkpoint"])
        if not changes or since < changes[0].ended:
            possible.add(None)  # nobody knows more of the time before
        return possible


def _lost(subject: str, changes: Sequence[Call], on_record: Sequence[Any]) -> Iterator[str]:
    """Postings that were answered, and are neither on record nor pushed out by later ones."""
    kept = {(each.get("checkpoint"), each["since"]) for each in on_record}
    full = len(on_record) >= _REMEMBERED
    oldest = min((each["since"] for each in on_record), default="")
    for change in changes:
        if change.succeeded and change.answer.get("since"):
            posting = change.answer.get("checkpoint"), change.answer["since"]
            if posting not in kept and not (full and posting[1] <= oldest):
                yield f"lost: {subject[:8]} posted to {posting[0]}, which is not on record"
    certain = [change for change in changes if change.succeeded]
    after = [change for change in changes if certain and change.began > certain[-1].began]
    if certain and not after and on_record:
        last = certain[-1].asked["checkpoint"]
        if on_record[0].get("checkpoint") != last:
            yield f"{subject[:8]} was posted to {last} last, and on record is {on_record[0].get('checkpoint')}"
