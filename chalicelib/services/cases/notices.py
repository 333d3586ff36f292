"""What contacts are told, and by which phone.

To tell a contact is the health authority's duty. So it does not depend on `consent.messages`, which is about messages
about the declaration. Restricted data sends nothing: an officer calls.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from chalicelib.data import words
from chalicelib.models.cases.tellings import NotReachable, WaveSubject
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.waves import WaveItem
from chalicelib.models.people.languages import Language
from chalicelib.services.entry.notices import SENT_TO_ALL, NoticeSources


class Reach(NamedTuple):
    """A contact's phone in E.164, or why there is none to send a message to."""

    phone: str | None
    why: NotReachable | None = None


def reach_of(held: HeldPass | None) -> Reach:
    """Their own phone alone: what it says is theirs to know. `held` is None if the declaration has left."""
    if held is None:
        return Reach(None, NotReachable.RECORD_LEFT)
    if held.is_restricted:
        return Reach(None, NotReachable.RESTRICTED)
    if not held.person.phone:
        return Reach(None, NotReachable.NO_PHONE)
    if held.code.person and held.origin not in SENT_TO_ALL:
        return Reach(None, NotReachable.PHONE_UNCONFIRMED)
    return Reach(held.person.phone)


def notice_of_contact(item: WaveItem, *, sources: NoticeSources) -> Notice | None:
    """What a contact is sent, of a wave that tells them or takes it back; None if they cannot be reached any more.

    It has the day and the kind of place, and neither who the case is nor where it was.
    """
    subject = WaveSubject.of(item.subject)
    code = Code.parse(subject.code)
    try:
        held = pass_of(code, sources.find_record(code))
    except PassUnknown:
        return None
    phone = reach_of(held).phone
    if phone is None:
        return None
    language = held.record.declaration.form.language
    if item.taken_back is not None:
        sent = item.taken_back.astimezone(sources.zone)
        values = {"sent": f"{sent:%H:%M %d/%m}", "hotline": sources.hotline}
    else:
        place = words("cases")["told_places"][subject.place]
        values = {
            "day": f"{date.fromisoformat(subject.day):%d/%m}",
            # An SMS in Khmer or Chinese is the English one, so its values are English, too.
            "place": place["vi" if language is Language.VI else "en"],
            "hotline": sources.hotline,
        }
    return Notice(
        recipient=phone,
        text_id=item.wave.text,
        values=values,
        about=subject.code,
        event=item.wave.event,
        # As long as the wave, which may be later than the declaration leaves.
        keep_until=item.wave.made_at + sources.retention,
        is_essential=True,
        language=language,
    )
