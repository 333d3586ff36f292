"""Open a case: the person, the time in which the person could infect others, and the places of the interview."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from chalicelib.models.cases.cases import CASE, Case, CasePerson, SearchedVisit
from chalicelib.models.cases.errors import CaseExists, CasePersonShared, CasePersonUnknown, TracingRulesMissing
from chalicelib.models.cases.forms import LONGEST_WINDOW, CaseForm, Visit
from chalicelib.models.entry.codes import DECLARATION_BITS, PERMIT, Code
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import pass_of
from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.people import hashed
from chalicelib.models.people.names import compared
from chalicelib.models.tracing.places import PlaceKind, Span, at_gate, day_of, day_place, name_of, second

if TYPE_CHECKING:
    from chalicelib.models.policy.policies import TracingRule
    from chalicelib.models.staff.roles import Principal
    from chalicelib.models.tracing.exposures import Exposure
    from chalicelib.models.tracing.places import Windows
    from chalicelib.services.cases.cases import Registry
    from chalicelib.services.cases.ports import OtherNumbers


def open_case(form: CaseForm, *, staff: Principal, registry: Registry) -> Case:
    """Open a case. Its event starts the searches.

    Raises
    ------
    CaseExists, CasePersonUnknown, CasePersonShared, TracingRulesMissing, InvalidInput
    """
    now = registry.clock().replace(microsecond=0)
    policy = registry.in_force.current().policy
    rule = policy.tracing_on(now.astimezone(registry.zone).date())
    if rule is None:
        raise TracingRulesMissing
    begins, ends = _window(form, rule, now, registry.zone)
    person, numbers, pass_code = _person(form, now, registry)
    persons = _all_numbers(numbers, registry.other_numbers)
    case = Case(
        code=str(Code.of(secrets.randbits(DECLARATION_BITS), CASE)),
        person=person,
        persons=persons,
        pass_code=pass_code,
        onset_on=form.onset_on,
        sampled_at=form.sampled_at,
        infectious_from=begins,
        infectious_until=ends,
        isolated_at=form.isolated_at,
        hops=form.hops or rule.hops,
        communes=form.communes,
        checkpoint_minutes=rule.checkpoint_minutes,
        household_days=rule.household_days,
        policy_version=policy.version,
        opened_by=staff.subject,
        opened_at=now,
        contact_of=list(registry.cases.contact_of(persons, registry.clock())),
    )
    searched = [
        SearchedVisit(place=span.place, since=span.since, until=span.until)
        for visit in form.places
        for span in _visited(visit, case, registry)
    ]
    case = case.model_copy(update={"places": searched})
    again_from = now + timedelta(days=rule.case_again_days)
    registry.cases.note_officer(staff.subject)
    other = registry.cases.open(case, again_from)
    if other is not None:
        raise CaseExists(Code.parse(other).shown, rule.case_again_days)
    return case


def _window(form: CaseForm, rule: TracingRule, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The start and end of the time in which the person could infect others. Raises `InvalidInput`."""
    begins = form.infectious_from
    if begins is None and form.onset_on is not None:
        begins = datetime.combine(form.onset_on, time.min, zone) - timedelta(days=rule.before_onset_days)
    if begins is None:
        assert form.sampled_at is not None  # the form asks for one of the three
        begins = form.sampled_at - timedelta(days=rule.before_sample_days)
    ends = form.infectious_until or form.isolated_at or now
    begins, ends = second(begins), second(ends)
    problems = [
        FieldProblem(f"/{name}", "case_time_in_future")
        for name in ("sampled_at", "isolated_at", "infectious_from")
        if (given := getattr(form, name)) is not None and given > now + timedelta(minutes=1)
    ]
    if form.onset_on is not None and form.onset_on > now.astimezone(zone).date():
        problems.append(FieldProblem("/onset_on", "case_time_in_future"))
    at = "/isolated_at" if form.infectious_until is None and form.isolated_at else "/infectious_until"
    if not problems and ends < begins:
        problems.append(FieldProblem(at, "case_window_ends_first"))
    if ends - begins > LONGEST_WINDOW:
        problems.append(FieldProblem(at, "case_window_too_long", {"days": LONGEST_WINDOW.days}))
    if problems:
        raise InvalidInput(problems)
    return begins, ends


def _person(form: CaseForm, now: datetime, registry: Registry) -> tuple[CasePerson, list[str], str | None]:
    """The person's identity, keyed hashes of their numbers, and one of their passes."""
    sought = form.person
    if sought.entered is not None:
        entered = sought.entered
        person = CasePerson(full_name=entered.full_name, birth_year=entered.birth_year, phone=entered.phone)
        return person, _hashes(entered.stored_texts, registry), None
    if sought.pass_ is not None:
        return _holder(sought.pass_, registry)
    if sought.document is not None:
        texts = dict.fromkeys(text for each in sought.document.candidates for text in each.stored_texts)
        places = [name_of(PlaceKind.PERSON, each) for each in _hashes(texts, registry)]
    else:
        assert sought.phone is not None  # the form asks for one of the four
        places = [name_of(PlaceKind.PHONE, registry.keyed_hash.text(hashed.PHONE, sought.phone))]
    return _holder(_pass_among(places, now, registry), registry)


def _pass_among(places: Sequence[str], now: datetime, registry: Registry) -> str:
    """The latest pass of the one person who has exposures at these places. A form that anyone may have sent with the
    person's number is used only if there is no other."""
    since, until = now - registry.retention, now + timedelta(days=1)
    at_places = (each for place in places for each in registry.places.exposures_at(place, since, until))
    # A permit's holder has crossed without a pass, and may have one, too.
    found: list[Exposure] = [each for each in at_places if Code.parse(each.code).person != PERMIT]
    latest = {each.person: each for each in sorted(found, key=_known_and_late)}
    if not latest:
        raise CasePersonUnknown
    first, *rest = latest
    if not set(rest) <= set(_all_numbers([first], registry.other_numbers)):
        raise CasePersonShared([Code.parse(each.code).shown for each in latest.values()])
    return max(latest.values(), key=_known_and_late).code


def _known_and_late(exposure: Exposure) -> tuple[bool, datetime]:
    return exposure.is_known, exposure.at


def _holder(text: str, registry: Registry) -> tuple[CasePerson, list[str], str]:
    code = Code.parse(text)
    if code.person == PERMIT:
        return _permit_holder(code, registry)
    try:
        held = pass_of(code, registry.records.find(code))
    except PassUnknown:
        raise CasePersonUnknown from None
    person = held.person
    numbers = _hashes(person.stored_texts, registry)
    return CasePerson(full_name=person.full_name, birth_year=person.born_in, phone=person.phone), numbers, str(code)


def _permit_holder(code: Code, registry: Registry) -> tuple[CasePerson, list[str], str]:
    record = registry.permits.find(code)
    if record is None:
        raise CasePersonUnknown
    person = record.permit.form.person
    numbers = _hashes(person.stored_texts, registry)
    return CasePerson(full_name=person.full_name, birth_year=person.birth_year, phone=person.phone), numbers, str(code)


def _hashes(texts: Iterable[str], registry: Registry) -> list[str]:
    """Keyed hashes of the texts that identify a person."""
    return [registry.keyed_hash.text(hashed.PERSON, each) for each in texts]


def _all_numbers(numbers: Sequence[str], other_numbers: OtherNumbers) -> list[str]:
    """These numbers of a person, and all other numbers on record for the person."""
    found = list(dict.fromkeys(numbers))
    for number in found:
        found += [each for each in other_numbers(number) if each not in found]
    return found


def _visited(visit: Visit, case: Case, registry: Registry) -> Iterator[Span]:
    """The places and times of the interview at which others could meet the person, limited to the time in which the
    person could infect others."""
    since, until = max(second(visit.from_), case.infectious_from), min(second(visit.until), case.infectious_until)
    if since > until:
        return
    windows: Windows = case.windows
    zone, keyed_hash = registry.zone, registry.keyed_hash
    if visit.checkpoint is not None:
        yield from at_gate(visit.checkpoint, since - windows.checkpoint, until + windows.checkpoint, zone)
    elif visit.plate is not None:
        place = name_of(PlaceKind.PLATE, keyed_hash.text(hashed.PLATE, visit.plate))
        yield Span(place, day_of(since, zone)[0], day_of(until, zone)[1])
    elif visit.service_number is not None:
        name, day = keyed_hash.text(hashed.SERVICE, compared(visit.service_number)), since
        while day_of(day, zone)[0] <= until:
            yield Span(day_place(PlaceKind.SERVICE, name, day, zone), *day_of(day, zone))
            day = day_of(day, zone)[1] + timedelta(seconds=1)
    elif visit.unit is not None:
        label, kind, text = (
            (hashed.ADDRESS, PlaceKind.ADDRESS, visit.address)
            if visit.address is not None
            else (hashed.HOST, PlaceKind.HOST, visit.host or "")
        )
        place = name_of(kind, keyed_hash.text(label, visit.unit.code, compared(text)))
        yield Span(place, since - windows.household, until + windows.household)
