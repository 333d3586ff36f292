"""Trace the crossings of permits' holders: each is an exposure, as a crossing by pass is."""

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.models.entry.declarations import Origin
from chalicelib.models.people import hashed
from chalicelib.models.permits.crossings import PermitCrossing
from chalicelib.models.permits.events import PermitEvent
from chalicelib.models.permits.permits import PermitRecord
from chalicelib.models.tracing.exposures import Exposure, ExposureKind
from chalicelib.services.permits.ports import Permits
from chalicelib.services.ports import KeyedHash
from chalicelib.services.tracing.exposures import Tracer, store


def trace_permit(
    event: PermitEvent,
    *,
    permits: Permits,
    tracer: Tracer,
    keyed_hash: KeyedHash,
    retention: timedelta,
) -> int:
    """Store the exposures of a crossing, one for each plate that staff wrote. Returns how many exposures there are:
    none if the crossing was not stored.

    A corrected plate adds an exposure. The other one stays: a case may have followed it.
    """
    record = permits.find(event.code)
    found = permits.find_crossing(event.code, event.crossing)
    if record is None or found is None:
        return 0
    plates: list[str | None] = [*dict.fromkeys(found.plates_seen)] or [record.permit.form.plate]
    *hashes, declared = (
        keyed_hash.text(hashed.PLATE, each) if each else None for each in (*plates, record.permit.form.plate)
    )
    # Where no plate was written at first, that of the permit was stored.
    exposures = [_exposure(record, found.crossing, each, [*hashes, declared], keyed_hash) for each in hashes]
    store(exposures, [], found.crossing.crossed_at + retention, tracer=tracer)
    return len(exposures)


def _exposure(
    record: PermitRecord,
    crossing: PermitCrossing,
    plate: str | None,
    plates: Sequence[str | None],
    keyed_hash: KeyedHash,
) -> Exposure:
    form = record.permit.form
    return Exposure(
        kind=ExposureKind.CROSSED,
        at=crossing.crossed_at,
        code=record.permit.code,
        person=record.permit.hashed,
        phone=keyed_hash.text(hashed.PHONE, form.person.phone) if form.person.phone else None,
        plate=plate,
        other_plates=sorted({each for each in plates if each is not None and each != plate}),
        checkpoint=crossing.checkpoint,
        commune=form.commune,
        # An office has checked the person's document.
        origin=Origin.STAFF,
    )
