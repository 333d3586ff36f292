"""The notices of stays: messages to people about changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.models.messaging.notices import Notice
from chalicelib.models.stays.events import StayChange, StayEventKind
from chalicelib.models.stays.stays import StayRecord
from chalicelib.services.stays.communes import ANNOUNCED
from chalicelib.services.stays.ports import FindRestricted, Stays


@dataclass(frozen=True, slots=True)
class StayNotices:
    """Dependencies of these notices. `keep_until` says how long a stay is on record, `hotline` is the number in the
    form that a phone dials."""

    stays: Stays
    restricted: FindRestricted
    keep_until: Callable[[StayRecord], datetime]
    hotline: str


def notices_of_change(change: StayChange, *, sources: StayNotices) -> list[Notice]:
    """The notice about a change; none if the change was not stored, if the person declined messages or has no phone, or
    if their data is restricted. It has the new end of the stay, but no reason."""
    record = sources.stays.find(change.code)
    if record is None or change.number >= len(record.changes):
        return []
    phone, made = record.stay.person.phone, record.changes[change.number]
    if made.kind not in ANNOUNCED or made.follows_decision or not phone or not record.stay.messages:
        return []
    if change.code in sources.restricted():
        return []
    return [
        Notice(
            recipient=phone,
            text_id=StayEventKind.STAY_CHANGED,
            values={
                "group": change.code.shown[-4:],
                "until": f"{record.until:%d/%m/%Y}",
                "hotline": sources.hotline,
            },
            about=str(change.code),
            event=f"{StayEventKind.STAY_CHANGED}.{change.number:03d}",
            keep_until=sources.keep_until(record),
            is_essential=True,
            language=record.stay.language,
        )
    ]
