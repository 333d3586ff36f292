"""The notices of permits: the holder gets the link to the permit when it is granted, and a message if it is revoked."""

from collections.abc import Callable
from datetime import date, timedelta, tzinfo
from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.permits.events import PermitEvent, PermitEventKind
from chalicelib.models.permits.permits import PermitRecord
from chalicelib.services.permits.ports import Permits


class PermitNotices(NamedTuple):
    """Dependencies of these notices. `text_link` returns the link that only texts have, `hotline` is the number in the
    form that a phone dials, `retention` is that of permits."""

    permits: Permits
    text_link: Callable[[Code], str]
    hotline: str
    zone: tzinfo
    retention: timedelta


def notices_of_permit(event: PermitEvent, *, sources: PermitNotices) -> list[Notice]:
    """The notice about a decision or a revocation. None if it was not stored, if the asker gave no phone, or if a
    permit that was granted is revoked by now."""
    record = sources.permits.find(event.code)
    phone = record and record.permit.form.person.phone
    if record is None or record.conditions is None or not phone:
        return []
    is_revoked = record.revocation is not None
    if is_revoked != (event.kind is PermitEventKind.PERMIT_REVOKED):
        return []
    if is_revoked:
        return [_revoked(phone, record, sources)]
    return [_granted(phone, record, record.conditions.until, sources)]


def _granted(phone: str, record: PermitRecord, last_day: date, sources: PermitNotices) -> Notice:
    ends_at = record.ends_at(sources.zone)
    return Notice(
        recipient=phone,
        text_id=PermitEventKind.PERMIT_GRANTED,
        values={"until": f"{last_day:%d/%m/%Y}", "link": sources.text_link(record.code)},
        about=record.permit.code,
        event=PermitEventKind.PERMIT_GRANTED,
        keep_until=ends_at + sources.retention,
        useful_until=ends_at,
        is_essential=True,
    )


def _revoked(phone: str, record: PermitRecord, sources: PermitNotices) -> Notice:
    return Notice(
        recipient=phone,
        text_id=PermitEventKind.PERMIT_REVOKED,
        # Not the reason: it is for colleagues.
        values={"group": record.code.shown[-4:], "hotline": sources.hotline},
        about=record.permit.code,
        event=PermitEventKind.PERMIT_REVOKED,
        keep_until=record.ends_at(sources.zone) + sources.retention,
        is_essential=True,
    )
