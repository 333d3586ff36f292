"""Notify: tell people, by SMS, what they need to know; once for each event."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.records import Facts
from chalicelib.models.messaging.messages import Claim, Outcome, PermanentRefusal, TemporaryFailure
from chalicelib.models.policy.policies import SMS_LENGTH
from chalicelib.services.collaborators import Clock, Entries, Messages, References, SendSms


@dataclass(frozen=True, slots=True)
class _Message:
    code: Code
    about: EntryEventKind
    phone: str
    text: str


def notify(
    event: EntryEvent,
    *,
    entries: Entries,
    messages: Messages,
    references: References,
    send_sms: SendSms,
    texts: Mapping[str, str],
    link: str,
    hotline: str,
    time_zone: str,
    retention: timedelta,
    clock: Clock,
) -> list[Outcome]:
    """Tell everyone whom the event concerns and who gave a phone number.

    A message is claimed by a conditional write before it is handed to the provider, and settled after: an event that
    is delivered twice, or to two workers at once, is told once. One window remains, from the provider's taking the
    text to the settling write: if the worker dies in it, or the provider's answer is lost, or the write is refused,
    whoever gets the event next cannot know whether the text went out (the provider has no key by which it would drop
    a repetition), and sends it: hearing twice is a nuisance, never hearing is a person at the gate without a code.

    Raises
    ------
    TemporaryFailure
        The provider did not take a text now, or another worker is at it. What was sent stays settled; deliver the
        event again.
    """
    facts = entries.find(event.code)
    if facts is None:
        return []
    keep_until = facts.declaration.issued_at + retention
    outcomes: list[Outcome] = []
    failed: TemporaryFailure | None = None
    for message in _messages(event, facts, references, texts, link, hotline, ZoneInfo(time_zone)):
        claim = messages.claim(message.code, message.about, now=clock(), keep_until=keep_until)
        if claim is Claim.HELD:
            failed = TemporaryFailure("another worker holds the claim")
            continue
        if claim is Claim.SETTLED:
            outcomes.append(Outcome.REPEATED)
            continue
        try:
            reference = send_sms(message.phone, message.text)
        except PermanentRefusal as refusal:
            messages.settle(message.code, message.about, outcome=Outcome.REFUSED, reference=str(refusal))
            outcomes.append(Outcome.REFUSED)
        except TemporaryFailure as failure:
            messages.release(message.code, message.about)
            # One number that cannot be reached now keeps nobody else from being told.
            failed = failure
        else:
            messages.settle(message.code, message.about, outcome=Outcome.SENT, reference=reference)
            outcomes.append(Outcome.SENT)
    if failed is not None:
        raise failed
    return outcomes


def _messages(
    event: EntryEvent,
    facts: Facts,
    references: References,
    texts: Mapping[str, str],
    link: str,
    hotline: str,
    zone: ZoneInfo,
) -> Iterator[_Message]:
    persons = facts.declaration.form.persons
    if event.kind is EntryEventKind.DECLARATION_SUBMITTED:
        ends = facts.declaration.expires_at.astimezone(zone)
        told: set[str] = set()
        for number, person in enumerate(persons):
            # A family with one phone is told once, the traveller's code: it leads to all of theirs.
            if person.phone and person.phone not in told:
                told.add(person.phone)
                code = Code(event.code.declaration, number)
                text = texts["declared"].format(
                    code=code.shown, ends=f"{ends:%H:%M %d/%m}", link=link.format(code=code)
                )
                yield _Message(code, event.kind, person.phone, text)
    elif event.kind in (EntryEventKind.CROSSING_RECORDED, EntryEventKind.CROSSING_CORRECTED):
        phone = persons[event.code.person].phone
        # What holds now: whoever was refused by mistake is told when that is corrected, and all others once.
        if phone and facts.decision(event.code.person) is Decision.ADMIT:
            policy = references.policy(facts.declaration.policy_version)
            proven = facts.crossings[event.code.person].instructions
            names = facts.declaration.passes[event.code.person].instructions if proven is None else proven
            steps = [policy.instructions[name].sms for name in names]
            yield _Message(event.code, EntryEventKind.CROSSING_RECORDED, phone, _one_part(texts["admitted"], steps))
    elif event.kind is EntryEventKind.PASS_REVOKED and event.code.person in facts.revocations:
        phone = persons[event.code.person].phone or persons[0].phone
        if phone:
            # Not the reason: it may tell how one is, and a companion's is not the traveller's to know.
            text = texts["revoked"].format(group=event.code.shown[-4:], hotline=hotline)
            yield _Message(event.code, event.kind, phone, text)


def _one_part(opening: str, steps: Sequence[str]) -> str:
    """The opening and as many whole steps, the first ones first, as one part of an SMS takes."""
    text = opening
    for step in steps:
        if len(text) + 1 + len(step) > SMS_LENGTH:
            break
        text = f"{text} {step}"
    return text
