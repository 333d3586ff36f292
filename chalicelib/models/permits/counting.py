"""How permits and the crossings of their holders are counted."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from chalicelib.models.entry.crossings import Decision
from chalicelib.models.permits.corrections import CorrectedPermitCrossing
from chalicelib.models.permits.crossings import PermitCrossing
from chalicelib.models.permits.events import PermitEventKind, PermitFactKind
from chalicelib.models.permits.permits import PermitRecord
from chalicelib.models.statistics import series
from chalicelib.models.statistics.counting import At, Counter, counted, one
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.figures import Counted, Figure


def _asked(event: CountEvent, record: PermitRecord, zone: tzinfo) -> Sequence[Counted] | None:
    at = record.permit.asked_at
    asker = "staff" if record.permit.partner is None else "partner"
    return _counted(event, one(At.of(at, zone).day, series.PERMIT_REQUESTS, asker), at, zone)


def _decided(event: CountEvent, record: PermitRecord, zone: tzinfo) -> Sequence[Counted] | None:
    if record.decision is None:
        return None
    at = record.decision.recorded_at
    return _counted(event, one(At.of(at, zone).day, series.PERMIT_DECISIONS, record.decision.outcome), at, zone)


def _revoked(event: CountEvent, record: PermitRecord, zone: tzinfo) -> Sequence[Counted] | None:
    if record.revocation is None:
        return None
    at = record.revocation.recorded_at
    return _counted(event, one(At.of(at, zone).day, series.PERMIT_REVOCATIONS), at, zone)


def _crossed(event: CountEvent, record: CorrectedPermitCrossing, zone: tzinfo) -> Sequence[Counted] | None:
    crossing = record.crossing
    return _counted(event, _decision(crossing, crossing.decision, 1, zone), crossing.recorded_at, zone)


def _corrected(event: CountEvent, record: CorrectedPermitCrossing, zone: tzinfo) -> Sequence[Counted] | None:
    """A correction moves the crossing to another decision, on the day of the crossing."""
    crossing, number = record.crossing, int(event.fact.rpartition("#")[2])
    if number >= len(record.corrections):
        return None
    correction = record.corrections[number]
    before = record.corrections[number - 1].decision if number else crossing.decision
    day = At.of(crossing.crossed_at, zone).day
    return _counted(
        event,
        _decision(crossing, before, -1, zone),
        correction.recorded_at,
        zone,
        _decision(crossing, correction.decision, 1, zone),
        one(day, series.PERMIT_CORRECTIONS, crossing.checkpoint, correction.decision),
    )


COUNTERS: Mapping[str, Counter] = {
    PermitFactKind.PERMIT_ASKED: _asked,
    PermitFactKind.PERMIT_DECIDED: _decided,
    PermitFactKind.PERMIT_REVOKED: _revoked,
    PermitFactKind.PERMIT_CROSSED: _crossed,
    PermitFactKind.PERMIT_CROSSING_CORRECTED: _corrected,
}

NOT_COUNTED: Mapping[str, str] = {
    PermitEventKind.PERMIT_GRANTED: "The decision is counted.",
    PermitEventKind.PERMIT_STAY: "The stay is counted.",
}


def record_of(event: CountEvent) -> str:
    """The permit, or one crossing by it."""
    name = crossing_of(event)
    return event.subject if name is None else f"{event.subject}/{name}"


def crossing_of(event: CountEvent) -> str | None:
    """The name of the crossing that an event is about, its minute and direction; None if it is about the permit."""
    minute, _, rest = event.fact.partition("#")
    return f"{minute}#{rest.partition('#')[0]}" if rest else None


def _decision(crossing: PermitCrossing, decision: Decision, count: int, zone: tzinfo) -> Figure:
    day = At.of(crossing.crossed_at, zone).day
    cell = (crossing.checkpoint, crossing.direction, crossing.verdict, decision)
    return one(day, series.PERMIT_CROSSINGS, *cell, count=count)


def _counted(event: CountEvent, first: Figure, known_at: datetime, zone: tzinfo, *others: Figure) -> Sequence[Counted]:
    identity = f"permit/{event.subject}/{event.fact}"
    return [counted(identity, event.kind, [first, *others], day=first.day, known_at=known_at, zone=zone)]
