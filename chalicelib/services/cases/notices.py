"""The messages to contacts, and the phones that get them.

The health authority has the duty to inform contacts. So these messages do not depend on `consent.messages`, which
covers only messages about the declaration. A person with restricted data gets no message: an officer calls.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.data import words
from chalicelib.models.cases.tellings import NotReachable, WaveSubject
from chalicelib.models.entry.codes import PERMIT, Code
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.waves import WaveItem
from chalicelib.models.people.languages import Language
from chalicelib.services.entry.notices import SENT_TO_ALL, NoticeSources

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.models.permits.permits import PermitRecord

    FindPermit = Callable[[Code], PermitRecord | None]


class Reach(NamedTuple):
    """A contact's phone in E.164, or why there is none to send a message to."""

    phone: str | None
    why: NotReachable | None = None


def reach_of(held: HeldPass | None) -> Reach:
    """Only the contact's own phone: the message is confidential. `held` is None if the declaration was deleted."""
    if held is None:
        return Reach(None, NotReachable.RECORD_LEFT)
    if held.is_restricted:
        return Reach(None, NotReachable.RESTRICTED)
    if not held.person.phone:
        return Reach(None, NotReachable.NO_PHONE)
    if held.code.person and held.origin not in SENT_TO_ALL:
        return Reach(None, NotReachable.PHONE_UNCONFIRMED)
    return Reach(held.person.phone)


def reach_of_permit(record: PermitRecord) -> Reach:
    """The phone that the asker of the permit gave, whose holder an office has checked."""
    phone = record.permit.form.person.phone
    return Reach(phone) if phone else Reach(None, NotReachable.NO_PHONE)


def notice_of_contact(item: WaveItem, *, sources: NoticeSources, find_permit: FindPermit) -> Notice | None:
    """The notice to a contact, for a wave to contacts or one that takes such a wave back; None if the contact cannot be
    reached any more.

    It names the day and the kind of place, but not the case or the exact place.
    """
    subject = WaveSubject.of(item.subject)
    phone, language = _recipient(Code.parse(subject.code), sources, find_permit)
    if phone is None:
        return None
    if item.taken_back is not None:
        sent = item.taken_back.astimezone(sources.zone)
        values = {"sent": f"{sent:%H:%M %d/%m}", "hotline": sources.hotline}
    else:
        place = words("cases")["told_places"][subject.place]
        values = {
            "day": f"{date.fromisoformat(subject.day):%d/%m}",
            # Readers of Khmer and Chinese get the English SMS, so its values are English, too.
            "place": place["vi" if language is Language.VI else "en"],
            "hotline": sources.hotline,
        }
    return Notice(
        recipient=phone,
        text_id=item.wave.text,
        values=values,
        about=subject.code,
        event=item.wave.event,
        # As long as the wave, which may be kept longer than the declaration.
        keep_until=item.wave.made_at + sources.retention,
        is_essential=True,
        language=language,
    )


def _recipient(code: Code, sources: NoticeSources, find_permit: FindPermit) -> tuple[str | None, Language]:
    """The phone of a pass's or a permit's holder, if a message can reach them, and their language."""
    if code.person == PERMIT:
        permit = find_permit(code)
        return (reach_of_permit(permit).phone if permit else None), Language.VI
    try:
        held = pass_of(code, sources.find_record(code))
    except PassUnknown:
        return None, Language.VI
    return reach_of(held).phone, held.record.declaration.form.language
