"""How permits and the crossings of their holders are counted."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from chalicelib.models.permits.crossings import PermitCrossing
from chalicelib.models.permits.events import PermitFactKind
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


def _crossed(event: CountEvent, crossing: PermitCrossing, zone: tzinfo) -> Sequence[Counted] | None:
    day = At.of(crossing.crossed_at, zone).day
    cell = (crossing.checkpoint, crossing.direction, crossing.verdict, crossing.decision)
    return _counted(event, one(day, series.PERMIT_CROSSINGS, *cell), crossing.recorded_at, zone)


COUNTERS: Mapping[str, Counter] = {
    PermitFactKind.PERMIT_ASKED: _asked,
    PermitFactKind.PERMIT_DECIDED: _decided,
    PermitFactKind.PERMIT_REVOKED: _revoked,
    PermitFactKind.PERMIT_CROSSED: _crossed,
}

NOT_COUNTED: Mapping[str, str] = {}


def record_of(event: CountEvent) -> str:
    """The permit, or one crossing by it."""
    if event.kind == PermitFactKind.PERMIT_CROSSED:
        return f"{event.subject}/{event.fact}"
    return event.subject


def _counted(event: CountEvent, increment: Figure, known_at: datetime, zone: tzinfo) -> Sequence[Counted]:
    identity = f"permit/{event.subject}/{event.fact}"
    return [counted(identity, event.kind, [increment], day=increment.day, known_at=known_at, zone=zone)]
