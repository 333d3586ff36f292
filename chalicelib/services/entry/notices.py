"""The notices of entry: what people are sent about their passes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.records import DeclarationRecord, HeldPass
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.people.languages import Language
from chalicelib.models.policy.policies import Policy


@dataclass(frozen=True, slots=True)
class NoticeSources:
    """Dependencies of these notices. `text_link` returns the link that only texts have, `hotline` is the number in the
    form that a phone dials, `retention` is that of declarations."""

    find_record: Callable[[Code], DeclarationRecord | None]
    find_policy: Callable[[str], Policy]
    text_link: Callable[[Code], str]
    hotline: str
    zone: ZoneInfo
    retention: timedelta

    def keep_until(self, held: HeldPass) -> datetime:
        return held.issued_at + self.retention


SENT_TO_ALL = frozenset({Origin.STAFF, Origin.PARTNER})
"""The origins whose companions get texts, too. A caller with a proven phone may still
enter other people's numbers."""


def notices_of(event: EntryEvent, *, sources: NoticeSources) -> list[Notice]:
    """The notices that an event asks for, to those who gave a phone number; none if the record has left, or if the
    traveller declined messages. A person with restricted data gets none."""
    write, record = _WRITERS.get(event.kind), sources.find_record(event.code)
    if write is None or record is None or not record.declaration.form.consent.messages:
        return []
    return list(write(HeldPass(event.code, record), sources))


def _declared(held: HeldPass, sources: NoticeSources) -> Iterator[Notice]:
    ends = held.expires_at.astimezone(sources.zone)
    passes = held.record.passes(held.code.declaration)
    phones: set[str] = set()
    # Anyone can put 50 phone numbers of other people into the public form. The sender sees all codes on the screen.
    for each in passes if held.record.origin in SENT_TO_ALL else passes[:1]:
        # A family with one phone gets one message, with the first one's code: it leads to all of theirs.
        if each.person.phone and each.person.phone not in phones and not each.is_restricted:
            phones.add(each.person.phone)
            link = sources.text_link(each.code)
            yield Notice(
                recipient=each.person.phone,
                text_id="declared",
                values={"code": each.code.shown, "ends": f"{ends:%H:%M %d/%m}", "link": link},
                about=str(each.code),
                event=EntryEventKind.DECLARATION_SUBMITTED,
                keep_until=sources.keep_until(held),
                # After its revocation, too: that event has a queue of its own, so its text may be out already.
                useful_until=each.ends_at,
                language=_language(held),
            )


def _admitted(held: HeldPass, sources: NoticeSources) -> Iterator[Notice]:
    """By the decision that holds now: a person who was refused by mistake gets it after the correction.

    Its event is always the crossing, so that crossing and correction send it once.
    """
    if held.person.phone and held.decision is Decision.ADMIT and not held.is_restricted:
        policy = sources.find_policy(held.policy_version)
        steps = [policy.instructions[name] for name in held.instructions]
        is_vietnamese = _language(held) is Language.VI
        yield Notice(
            recipient=held.person.phone,
            text_id="admitted",
            values={},
            about=str(held.code),
            event=EntryEventKind.CROSSING_RECORDED,
            keep_until=sources.keep_until(held),
            is_essential=True,
            language=_language(held),
            # The short form is in Vietnamese and English. Readers of other languages get it in English.
            sentences=[step.sms if is_vietnamese else step.sms_en or step.en for step in steps],
            full_sentences=[step.in_language(_language(held)) for step in steps],
        )


def _revoked(held: HeldPass, sources: NoticeSources) -> Iterator[Notice]:
    phone = held.person.phone
    if phone is None and not held.record.is_restricted(0):
        phone = held.record.declaration.form.traveller.phone
    if phone and held.is_revoked and not held.is_restricted:
        yield Notice(
            recipient=phone,
            text_id="revoked",
            # Not the reason: it may reveal health, and a companion's is not the traveller's to know.
            values={"group": held.code.shown[-4:], "hotline": sources.hotline},
            about=str(held.code),
            event=EntryEventKind.PASS_REVOKED,
            keep_until=sources.keep_until(held),
            is_essential=True,
            language=_language(held),
        )


def _language(held: HeldPass) -> Language:
    return held.record.declaration.form.language


_WRITERS: Mapping[EntryEventKind, Callable[[HeldPass, NoticeSources], Iterator[Notice]]] = {
    EntryEventKind.DECLARATION_SUBMITTED: _declared,
    EntryEventKind.CROSSING_RECORDED: _admitted,
    EntryEventKind.CROSSING_CORRECTED: _admitted,
    EntryEventKind.PASS_REVOKED: _revoked,
}
