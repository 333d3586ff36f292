"""Inform contacts by waves of messages. Each contact gets one message for each case, over all its waves.

A request stores first the chosen contacts, then the contacts that its wave includes, then the wave, which waits until
an officer releases it. If the request fails in between, it can be repeated: it continues with the same choice. If the
wave was never made, or was stopped before it sent a contact anything, another wave may include this contact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.models.cases.errors import NobodyToTell, TellingTooLarge
from chalicelib.models.cases.forms import MOST_TOLD, TellingForm
from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.cases.tellings import CONTACT_TOLD, Chosen, NotReachable, Telling, Told, WaveSubject
from chalicelib.models.cases.works import ENDS_WORK
from chalicelib.models.entry.errors import IdempotencyKeyReused
from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.messaging.messages import DeliveryOutcome
from chalicelib.models.messaging.waves import SETTLED_WITHIN, WaveRecord, WaveState
from chalicelib.services.cases.cases import CaseFile, Registry, holders_of, permits_of, read_case
from chalicelib.services.cases.notices import reach_of, reach_of_permit
from chalicelib.services.messaging.waves import Officer, WaveKinds, make_wave, wave_id
from chalicelib.services.parallel import in_parallel

if TYPE_CHECKING:
    from chalicelib.models.cases.contacts import Contact
    from chalicelib.models.messaging.messages import Channel, Message
    from chalicelib.models.staff.roles import Principal
    from chalicelib.services.messaging.ports import Messages, Waves

_NEVER_MADE = timedelta(minutes=5)
"""After this time a request has made its wave or failed: requests end after 20 seconds."""

_CROWD = 5
"""The message names the kind of place only if so many contacts were near the same person at this place on that day. For
two people on one motorbike the kind would reveal the case, however many others were in a bus on that day."""

ANYWHERE = "anywhere"
_PLACES: Mapping[ContactKind, str] = {
    ContactKind.DECLARATION: "vehicle",
    ContactKind.VEHICLE: "vehicle",
    ContactKind.SERVICE: "vehicle",
    ContactKind.HOUSEHOLD: "home",
    ContactKind.HOST: "home",
    ContactKind.CHECKPOINT: "checkpoint",
    ContactKind.COMMUNE: "commune",
}
"""The keys of `told_places` in the words of cases."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Dependencies of this service. `retention` is that of waves."""

    registry: Registry
    waves: Waves
    messages: Messages
    retention: timedelta


class Made(NamedTuple):
    """A wave, and the contacts chosen by the request. `repeated`: an earlier identical request made it."""

    file: CaseFile
    telling: Telling
    record: WaveRecord
    repeated: bool


class ToldState(NamedTuple):
    """The state of the message to a contact."""

    wave: str
    state: str
    """The message's state; without a message, the wave's; `unknown` if the wave was never made or was deleted."""
    channel: Channel | None
    at: datetime


def tell(code: str, form: TellingForm, *, staff: Principal, idempotency_key: str, teller: Teller) -> Made:
    """Make a wave of messages to contacts of a case.

    Raises
    ------
    CodeMistyped, CaseUnknown
    InvalidInput
        Lists each id that is no contact of the case.
    TellingTooLarge
    NobodyToTell
        Every chosen contact has a message already, or can get none.
    IdempotencyKeyReused
        The officer has sent another request about this case with this key.
    """
    file = read_case(code, registry=teller.registry)
    case, cases, now = file.case, teller.registry.cases, teller.registry.clock()
    name = wave_id(f"of contacts of {case.code} by {staff.subject} {idempotency_key}")
    asked = sha256(form.model_dump_json().encode()).hexdigest()
    telling = cases.find_telling(case.code, name)
    if telling is None:
        telling = _telling(file, form, name, asked, staff, now, teller)
        telling = cases.append_telling(case, telling) or telling
    if telling.asked != asked:
        raise IdempotencyKeyReused
    found = teller.waves.find(name)
    if found is not None:
        return Made(file, telling, found, repeated=True)
    taken = _take(file, telling, now, teller)
    if not taken:
        raise NobodyToTell(list(telling.not_reachable))
    subjects = telling.subjects(taken)
    wave = make_wave(
        WaveKinds(CONTACT_TOLD, CONTACT_TOLD, {}),
        subjects,
        name=name,
        reason=form.reason,
        rate=form.rate,
        by=Officer(staff.subject, staff.name),
        at=now,
    ).model_copy(
        update={
            "asked": asked,
            "second_officer_above": _second_officer_above(now, teller.registry),
            "known_since": case.opened_at,
        }
    )
    stored = teller.waves.append(wave, subjects)
    return Made(file, telling, WaveRecord(stored or wave), repeated=stored is not None)


def states_of(file: CaseFile, contacts: Sequence[Contact], *, teller: Teller) -> dict[str, ToldState]:
    """The states of messages to contacts, by contact id. Contacts without a wave are left out."""
    told = {each.id: found for each in contacts if (found := file.told_of(each)) is not None}
    records, messages = _progress(list(told.values()), teller)
    states = {
        name: _state(each, records[each.wave], messages.get((each.wave, each.code))) for name, each in told.items()
    }
    return {name: each._replace(at=each.at.astimezone(file.zone)) for name, each in states.items()}


def _telling(
    file: CaseFile, form: TellingForm, name: str, asked: str, staff: Principal, now: datetime, teller: Teller
) -> Telling:
    wanted = _wanted(file, form)
    told = {each.id: found for each in wanted if (found := file.told_of(each)) is not None}
    void = _void(list(told.values()), now, teller)
    fresh = [each for each in wanted if each.id not in told or told[each.id] in void]
    if len(fresh) > MOST_TOLD:
        raise TellingTooLarge(limit=MOST_TOLD)
    places = _places(file)
    holders = holders_of(fresh, records=teller.registry.records)
    permits = permits_of(fresh, permits=teller.registry.permits)
    chosen: list[Chosen] = []
    by_phone: dict[str, str] = {}
    not_reachable: dict[str, NotReachable] = {}
    for contact in fresh:
        permit = permits.get(contact.id)
        phone, why = reach_of_permit(permit) if permit else reach_of(holders.get(contact.id))
        if phone is None:
            assert why is not None
            not_reachable[contact.id] = why
            continue
        day, place = places[contact.id]
        subject = by_phone.setdefault(phone, str(WaveSubject(contact.code, day, place)))
        chosen.append(Chosen(person=_person(file, contact), subject=subject))
    return Telling(
        wave=name,
        asked=asked,
        chosen=chosen,
        not_reachable=not_reachable,
        told_before=len(wanted) - len(fresh),
        made_by=staff.subject,
        made_at=now,
    )


def _second_officer_above(now: datetime, registry: Registry) -> int | None:
    """The number of the policy in force; None if it has no rule of tracing for this day."""
    rule = registry.in_force.current().policy.tracing_on(now.astimezone(registry.zone).date())
    return None if rule is None else rule.second_officer_above


def _wanted(file: CaseFile, form: TellingForm) -> list[Contact]:
    if form.contacts is not None:
        found = {name: file.contact(name) for name in dict.fromkeys(form.contacts)}
        problems = [
            FieldProblem(f"/contacts/{number}", "contact_unknown")
            for number, name in enumerate(form.contacts)
            if found[name] is None
        ]
        if problems:
            raise InvalidInput(problems)
        return list({each.id: each for each in found.values() if each is not None}.values())
    return [
        each
        for each in file.contacts
        if (form.hops is None or each.hop in form.hops)
        and (form.kinds is None or any(reason.kind in form.kinds for reason in each.reasons))
        and (file.state_of(each) not in ENDS_WORK if form.states is None else file.state_of(each) in form.states)
    ]


def _places(file: CaseFile) -> dict[str, tuple[str, str]]:
    """The day of each contact's last reason, and the kind of place there, by contact id."""
    last = {each.id: max(each.reasons, key=lambda reason: (reason.until, -reason.kind.rank)) for each in file.contacts}
    known = {
        name: (edge.until.astimezone(file.zone).date().isoformat(), _PLACES[edge.kind], edge.near)
        for name, edge in last.items()
    }
    shared = Counter(known.values())
    return {name: (each[0], each[1] if shared[each] >= _CROWD else ANYWHERE) for name, each in known.items()}


def _person(file: CaseFile, contact: Contact) -> str:
    """The person's number under which the contact's wave is stored: the number that has one already, else the first."""
    return next((each for each in sorted(contact.persons) if each in file.told), min(contact.persons))


def _take(file: CaseFile, telling: Telling, now: datetime, teller: Teller) -> list[str]:
    """Record that the wave includes the chosen contacts. Returns those that no other wave includes."""
    there = [file.told[each.person] for each in telling.chosen if each.person in file.told]
    # Rows of an earlier attempt of this request are written again: other requests look at their time.
    replaced = [*_void(there, now, teller), *(each for each in there if each.wave == telling.wave)]

    def take(chosen: Chosen) -> bool:
        before = file.told.get(chosen.person)
        told = Told(wave=telling.wave, code=WaveSubject.of(chosen.subject).code, at=now)
        instead_of = before if before in replaced else None
        found = teller.registry.cases.append_told(file.case, chosen.person, told, instead_of)
        return found is None or found.wave == telling.wave

    taken = in_parallel(take, telling.chosen)
    return [each.person for each, is_taken in zip(telling.chosen, taken, strict=True) if is_taken]


def _void(told: Sequence[Told], now: datetime, teller: Teller) -> list[Told]:
    """The contacts whose wave was never made, or was stopped before it sent them anything."""
    records, messages = _progress(told, teller)
    is_void = partial(_is_void, now=now, retention=teller.retention)
    return [each for each in told if is_void(each, records[each.wave], messages.get((each.wave, each.code)))]


def _is_void(
    told: Told, record: WaveRecord | None, message: Message | None, *, now: datetime, retention: timedelta
) -> bool:
    if record is None:
        # An old wave was made and has been deleted since.
        return told.at + _NEVER_MADE < now < told.at + retention - timedelta(days=1)
    if record.state is not WaveState.STOPPED:
        return False
    if message is None:
        return record.facts[-1].at + SETTLED_WITHIN < now
    return message.outcome is DeliveryOutcome.STOPPED


def _progress(
    told: Sequence[Told], teller: Teller
) -> tuple[Mapping[str, WaveRecord | None], Mapping[tuple[str, str], Message]]:
    """The waves by id, and their stored messages by wave and code."""
    codes: dict[str, set[str]] = {}
    for each in told:
        codes.setdefault(each.wave, set()).add(each.code)
    records = dict(zip(codes, in_parallel(teller.waves.find, list(codes)), strict=True))
    messages = {
        (wave, code): message
        for wave, record in records.items()
        if record is not None
        for code, message in teller.messages.of_event(record.wave.event, sorted(codes[wave])).items()
    }
    return records, messages


def _state(told: Told, record: WaveRecord | None, message: Message | None) -> ToldState:
    if message is not None and message.outcome is not None:
        state: str = message.state if message.state is not None else message.outcome
        if message.outcome is DeliveryOutcome.SENT and record is not None and record.taken_back_by:
            state = "taken_back"
        return ToldState(told.wave, state, message.channel, message.state_at or message.sent_at or told.at)
    return ToldState(told.wave, "unknown" if record is None else record.state.value, None, told.at)
