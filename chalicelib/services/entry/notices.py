"""The notices of entry: what people are sent about their passes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.records import Facts
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.policy.policies import Policy


@dataclass(frozen=True, slots=True)
class NoticeSources:
    """What notices are written from. `link` is the address of a pass's picture, with `{code}` for the code; `retention`
    that of declarations."""

    find_record: Callable[[Code], Facts | None]
    find_policy: Callable[[str], Policy]
    link: str
    hotline: str
    zone: ZoneInfo
    retention: timedelta

    def keep_until(self, record: Facts) -> datetime:
        return record.declaration.issued_at + self.retention


def notices_of(event: EntryEvent, *, sources: NoticeSources) -> list[Notice]:
    """The notices that an event asks for, to those who gave a phone number; none if the record has left."""
    write, record = _WRITERS.get(event.kind), sources.find_record(event.code)
    return [] if write is None or record is None else list(write(event.code, record, sources))


def _declared(code: Code, record: Facts, sources: NoticeSources) -> Iterator[Notice]:
    ends = record.declaration.expires_at.astimezone(sources.zone)
    phones: set[str] = set()
    for number, person in enumerate(record.declaration.form.persons):
        # A family with one phone gets one message, with the first one's code: it leads to all of theirs.
        if person.phone and person.phone not in phones:
            phones.add(person.phone)
            own = Code(code.declaration, number)
            yield Notice(
                recipient=person.phone,
                text_id="declared",
                values={"code": own.shown, "ends": f"{ends:%H:%M %d/%m}", "link": sources.link.format(code=own)},
                about=str(own),
                event=EntryEventKind.DECLARATION_SUBMITTED,
                keep_until=sources.keep_until(record),
            )


def _admitted(code: Code, record: Facts, sources: NoticeSources) -> Iterator[Notice]:
    """By the decision that holds now: a person who was refused by mistake gets it after the correction.

    Its event is always the crossing, so that crossing and correction send it once.
    """
    phone = record.declaration.form.persons[code.person].phone
    if phone and record.decision(code.person) is Decision.ADMIT:
        policy = sources.find_policy(record.declaration.policy_version)
        proven = record.crossings[code.person].instructions
        names = record.declaration.passes[code.person].instructions if proven is None else proven
        yield Notice(
            recipient=phone,
            text_id="admitted",
            values={},
            about=str(code),
            event=EntryEventKind.CROSSING_RECORDED,
            keep_until=sources.keep_until(record),
            sentences=[policy.instructions[name].sms for name in names],
        )


def _revoked(code: Code, record: Facts, sources: NoticeSources) -> Iterator[Notice]:
    persons = record.declaration.form.persons
    phone = persons[code.person].phone or persons[0].phone
    if phone and code.person in record.revocations:
        yield Notice(
            recipient=phone,
            text_id="revoked",
            # Not the reason: it may reveal health, and a companion's is not the traveller's to know.
            values={"group": code.shown[-4:], "hotline": sources.hotline},
            about=str(code),
            event=EntryEventKind.PASS_REVOKED,
            keep_until=sources.keep_until(record),
        )


_WRITERS: Mapping[EntryEventKind, Callable[[Code, Facts, NoticeSources], Iterator[Notice]]] = {
    EntryEventKind.DECLARATION_SUBMITTED: _declared,
    EntryEventKind.CROSSING_RECORDED: _admitted,
    EntryEventKind.CROSSING_CORRECTED: _admitted,
    EntryEventKind.PASS_REVOKED: _revoked,
}
