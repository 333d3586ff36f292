"""Tell contacts by a wave of messages: each of them once for each case, over all waves.

Whom a request chose is stored first, then which contacts its wave took, then the wave, which waits until an officer
releases it. A request that dies between two of these does no harm: the same one again goes on with the same choice.
A contact whom a wave took that was never made, or that sent them nothing before it was stopped, may be taken by
another one.
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
from chalicelib.services.cases.cases import CaseFile, Registry, holders_of, read_case
from chalicelib.services.cases.notices import reach_of
from chalicelib.services.messaging.waves import Officer, WaveKinds, make_wave, wave_id
from chalicelib.services.parallel import in_parallel

if TYPE_CHECKING:
    from chalicelib.models.cases.contacts import Contact
    from chalicelib.models.messaging.messages import Channel, Message
    from chalicelib.models.staff.roles import Principal
    from chalicelib.services.messaging.ports import Messages
    from chalicelib.services.messaging.waves import Waves

_NEVER_MADE = timedelta(minutes=5)
"""A request that took contacts has made its wave after so long, or has died: it is ended after 20 seconds."""

_CROWD = 5
"""The kind of place is said only if so many contacts were near the same person at this place on that day. Of a couple
who rode one motorbike, it would say who the case is, however many others sat in a bus that day."""

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
    """What telling needs. `retention` is that of waves."""

    registry: Registry
    waves: Waves
    messages: Messages
    retention: timedelta


class Made(NamedTuple):
    """A wave, and whom the request chose. `repeated`: the same request had made it before."""

    file: CaseFile
    telling: Telling
    record: WaveRecord
    repeated: bool


class ToldState(NamedTuple):
    """How far the message to a contact has come."""

    wave: str
    state: str
    """Of the message, as far as it is on record; before, of the wave; `unknown` if that was never made or has left."""
    channel: Channel | None
    at: datetime


def tell(code: str, form: TellingForm, *, staff: Principal, idempotency_key: str, teller: Teller) -> Made:
    """Make a wave that tells contacts of a case.

    Raises
    ------
    CodeMistyped, CaseUnknown
    InvalidInput
        With each id that no contact of the case has.
    TellingTooLarge
    NobodyToTell
        All are told already, or cannot be reached by a message.
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
    ).model_copy(update={"asked": asked, "second_officer_above": _second_officer_above(now, teller.registry)})
    stored = teller.waves.append(wave, subjects)
    return Made(file, telling, WaveRecord(stored or wave), repeated=stored is not None)


def states_of(file: CaseFile, contacts: Sequence[Contact], *, teller: Teller) -> dict[str, ToldState]:
    """How far the messages to those contacts have come who were told, by contact id."""
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
    chosen: list[Chosen] = []
    by_phone: dict[str, str] = {}
    not_reachable: dict[str, NotReachable] = {}
    for contact in fresh:
        phone, why = reach_of(holders.get(contact.id))
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
    """The number under which it is stored that a contact was told: the one that has it already, or else the first."""
    return next((each for each in sorted(contact.persons) if each in file.told), min(contact.persons))


def _take(file: CaseFile, telling: Telling, now: datetime, teller: Teller) -> list[str]:
    """Take the chosen for the wave. Gives those that no other wave had taken first."""
    there = [file.told[each.person] for each in telling.chosen if each.person in file.told]
    # Those of an earlier try of this request are taken again: their time counts for others.
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
    """Those whose wave was never made, or was stopped before it sent them anything."""
    records, messages = _progress(told, teller)
    is_void = partial(_is_void, now=now, retention=teller.retention)
    return [each for each in told if is_void(each, records[each.wave], messages.get((each.wave, each.code)))]


def _is_void(
    told: Told, record: WaveRecord | None, message: Message | None, *, now: datetime, retention: timedelta
) -> bool:
    if record is None:
        # An old one has been made and has left.
        return told.at + _NEVER_MADE < now < told.at + retention - timedelta(days=1)
    if record.state is not WaveState.STOPPED:
        return False
    if message is None:
        return record.facts[-1].at + SETTLED_WITHIN < now
    return message.outcome is DeliveryOutcome.STOPPED


def _progress(
    told: Sequence[Told], teller: Teller
) -> tuple[Mapping[str, WaveRecord | None], Mapping[tuple[str, str], Message]]:
    """The waves, by id, and the messages that are on record, by wave and code."""
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
