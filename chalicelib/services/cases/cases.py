"""Open and close cases, list them, and list their contacts."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.models.cases.cases import CASE, Case, CaseEnd, CasePerson, SearchedVisit, is_case
from chalicelib.models.cases.contacts import Contact, Groups, chain_of, contact_id, contacts_of
from chalicelib.models.cases.errors import (
    CaseEnded,
    CaseExists,
    CasePersonShared,
    CasePersonUnknown,
    CaseUnknown,
    TracingRulesMissing,
)
from chalicelib.models.cases.forms import LONGEST_WINDOW, CaseForm, Visit
from chalicelib.models.cases.works import FOUND, Work, WorkKind
from chalicelib.models.entry.codes import DECLARATION_BITS, Code
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.people import hashed
from chalicelib.models.people.names import compared
from chalicelib.models.tracing.places import (
    PlaceKind,
    Span,
    at_gate,
    day_of,
    day_place,
    name_of,
    second,
)
from chalicelib.services.entry.ports import Records
from chalicelib.services.entry.records import records_of
from chalicelib.services.pages import cursor_unknown

if TYPE_CHECKING:
    from chalicelib.models.cases.chains import Chain
    from chalicelib.models.cases.contacts import Edge
    from chalicelib.models.cases.tellings import Told
    from chalicelib.models.policy.policies import TracingRule
    from chalicelib.models.staff.roles import Principal
    from chalicelib.models.tracing.exposures import Exposure
    from chalicelib.models.tracing.places import Windows
    from chalicelib.services.cases.ports import Cases, OtherNumbers, Places
    from chalicelib.services.policy.ports import InForceSource
    from chalicelib.services.ports import Clock, KeyedHash

_CURSOR = re.compile(r"(\d{9,17})\.([1-3])\.(\d\d?)\.([0-9A-HJKMNP-TV-Z]{8})")
_LISTED = re.compile(r"(\d{4}-\d\d)-.{20,30}#[0-9A-HJKMNP-TV-Z]{16}")
_MOST_MONTHS = 13
"""Months of the list that are looked through for one page."""


@dataclass(frozen=True, slots=True)
class Registry:
    """What cases need. `retention` is that of exposures."""

    cases: Cases
    places: Places
    other_numbers: OtherNumbers
    records: Records
    in_force: InForceSource
    keyed_hash: KeyedHash
    zone: tzinfo
    retention: timedelta
    clock: Clock


@dataclass(frozen=True)
class CaseFile:
    """A case with all that is beside it."""

    case: Case
    end: CaseEnd | None
    edges: Sequence[Edge]
    same: Sequence[tuple[str, str]]
    works: Mapping[str, Sequence[Work]]
    told: Mapping[str, Told]
    zone: tzinfo

    @cached_property
    def contacts(self) -> list[Contact]:
        return contacts_of(self.case.code, self.edges, self.same, self.case.persons, self.zone)

    def works_of(self, contact: Contact) -> list[Work]:
        """The facts about a contact, in their order, under whichever of their numbers."""
        found = [work for each in contact.persons for work in self.works.get(each, ())]
        return sorted(found, key=lambda each: each.recorded_at)

    def told_of(self, contact: Contact) -> Told | None:
        """By which wave a contact was told first, under whichever of their numbers."""
        found = [self.told[each] for each in contact.persons if each in self.told]
        return min(found, key=lambda each: each.at, default=None)

    def state_of(self, contact: Contact) -> str:
        works = self.works_of(contact)
        return works[-1].kind if works else FOUND

    def contact(self, name: str) -> Contact | None:
        """By its id; by that of any of the person's numbers, as two contacts may turn out to be one."""
        code = self.case.code
        return next((each for each in self.contacts if name in {contact_id(code, one) for one in each.persons}), None)

    def chain(self, names: Mapping[str, str]) -> Chain:
        """`names` are those of contacts, by id. Times have the province's zone."""
        groups = Groups(self.same, self.case.persons)
        return chain_of(
            self.contacts, groups, self.zone, name_of=lambda each: names.get(each.id), state_of=self.state_of
        )


class ContactsPage(NamedTuple):
    """A part of the contacts."""

    contacts: Sequence[Contact]
    cursor: str | None


class Measures(NamedTuple):
    """WHO's five measures, as far as what is recorded gives them. A share of nothing is None."""

    seen_today: float | None
    """Of the contacts whose work is open, those of whom a fact was recorded today, other than that nobody reached
    them."""
    followed_to_the_end: float | None
    """Of all contacts, those who were cleared or became a case."""
    lost: float | None
    """Of all contacts, those whose last fact is that nobody reached them."""
    traced_within_a_day: float | None
    """Of the contacts found a day ago or earlier, those who were reached within 24 hours."""
    cases_among_contacts: int
    """Contacts who became a case. The share among all new cases is that of cases which were a contact before."""


def open_case(form: CaseForm, *, staff: Principal, registry: Registry) -> Case:
    """Open a case; searches begin by its event.

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
    other = registry.cases.open(case, again_from)
    if other is not None:
        raise CaseExists(Code.parse(other).shown, rule.case_again_days)
    return case


def end_case(code: str, reason: str, *, staff: Principal, registry: Registry) -> tuple[Case, CaseEnd, bool]:
    """Close a case: its markers leave, and facts that come later do not reach it. The third value is whether the same
    was done before.

    Raises `CaseUnknown`, and `CaseEnded` if it was closed by someone else or for another reason.
    """
    case, end = find_case(code, registry=registry)
    new = CaseEnd(reason=reason, ended_by=staff.subject, ended_at=registry.clock())
    there = end or registry.cases.end(case, new)
    if there is None:
        return case, new, False
    if (there.reason, there.ended_by) != (new.reason, new.ended_by):
        raise CaseEnded
    return case, there, True


def find_case(code: str, *, registry: Registry) -> tuple[Case, CaseEnd | None]:
    """Raises `CodeMistyped`, `CaseUnknown`."""
    parsed = Code.parse(code)
    found = registry.cases.find(str(parsed)) if is_case(parsed) else None
    if found is None:
        raise CaseUnknown
    return found


def read_case(code: str, *, registry: Registry) -> CaseFile:
    """Raises `CodeMistyped`, `CaseUnknown`."""
    case, end = find_case(code, registry=registry)
    cases = registry.cases
    code = case.code
    return CaseFile(case, end, cases.edges(code), cases.same(code), cases.works(code), cases.told(code), registry.zone)


def list_cases(
    cursor: str | None, limit: int, month: datetime | None, *, registry: Registry
) -> tuple[list[tuple[Case, CaseEnd | None]], str | None]:
    """The latest cases, of a month (UTC) or of all, and the cursor of the next page. Raises `InvalidInput`
    (`cursor_unknown`)."""
    months = 1 if month else _MOST_MONTHS
    month = month or registry.clock().astimezone(UTC)
    if cursor is not None:
        known = _LISTED.fullmatch(cursor)
        if known is None:
            raise cursor_unknown()
        month = datetime.strptime(known[1], "%Y-%m").replace(tzinfo=UTC)
    names: list[str] = []
    for _ in range(months):
        names += registry.cases.listed(month, cursor, limit + 1 - len(names))
        if len(names) > limit:
            break
        month, cursor = month.replace(day=1) - timedelta(days=1), None
    found = [registry.cases.find(each.rpartition("#")[2]) for each in names[:limit]]
    return [each for each in found if each is not None], names[limit - 1] if len(names) > limit else None


def page_of_contacts(
    file: CaseFile,
    *,
    hop: int | None,
    kind: str | None,
    state: str | None,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> ContactsPage:
    """Contacts by hop, rank and id. All pages are of the time of the first one: what is found meanwhile does not
    move them. Raises `InvalidInput` (`cursor_unknown`)."""
    as_of, after = now, (0, 0, "")
    if cursor is not None:
        known = _CURSOR.fullmatch(cursor)
        if known is None:
            raise cursor_unknown()
        as_of = datetime.fromtimestamp(int(known[1]) / 1_000_000, UTC)
        after = int(known[2]), int(known[3]), known[4]
    then = replace(file, edges=[each for each in file.edges if each.found_at <= as_of])
    wanted = [
        each
        for each in then.contacts
        if _place_of(each) > after
        and hop in (None, each.hop)
        and (kind is None or any(reason.kind == kind for reason in each.reasons))
        and state in (None, file.state_of(each))
    ]
    page = wanted[:limit]
    if len(wanted) == len(page):
        return ContactsPage(page, None)
    microseconds = int(as_of.timestamp()) * 1_000_000 + as_of.microsecond
    return ContactsPage(page, ".".join(map(str, [microseconds, *_place_of(page[-1])])))


def holders_of(contacts: Sequence[Contact], *, records: Records) -> dict[str, HeldPass]:
    """The passes by which officers see who contacts are, by contact id. Those whose retention is over are left out."""
    codes = {each.id: Code.parse(each.code) for each in contacts}
    found = records_of(codes.values(), records)
    held = {}
    for name, code in codes.items():
        try:
            held[name] = pass_of(code, found.get(code.declaration))
        except PassUnknown:
            continue
    return held


def measures_of(file: CaseFile, now: datetime) -> Measures:
    """See `Measures`."""
    day = timedelta(days=1)
    contacts = file.contacts
    works = {each.id: file.works_of(each) for each in contacts}
    states = Counter(file.state_of(each) for each in contacts)
    ended = states[WorkKind.CLEARED] + states[WorkKind.BECAME_CASE]
    still_open = [each for each in contacts if file.state_of(each) not in (WorkKind.CLEARED, WorkKind.BECAME_CASE)]
    today = now.astimezone(file.zone).date()
    seen = [
        each
        for each in still_open
        if any(
            work.kind in (WorkKind.REACHED, WorkKind.TESTED) and work.recorded_at.astimezone(file.zone).date() == today
            for work in works[each.id]
        )
    ]
    old = [each for each in contacts if each.found_at <= now - day]
    in_time = [
        each
        for each in old
        if any(
            work.kind in (WorkKind.REACHED, WorkKind.TESTED) and work.recorded_at - each.found_at <= day
            for work in works[each.id]
        )
    ]
    return Measures(
        seen_today=_share(len(seen), len(still_open)),
        followed_to_the_end=_share(ended, len(contacts)),
        lost=_share(states[WorkKind.NOT_REACHED], len(contacts)),
        traced_within_a_day=_share(len(in_time), len(old)),
        cases_among_contacts=states[WorkKind.BECAME_CASE],
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def _place_of(contact: Contact) -> tuple[int, int, str]:
    return contact.hop, contact.rank, contact.id


def _window(form: CaseForm, rule: TracingRule, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """From when until when the person could infect others. Raises `InvalidInput`."""
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
    """Who it is, keyed hashes of their numbers, and a pass of theirs."""
    sought = form.person
    if sought.entered is not None:
        entered = sought.entered
        person = CasePerson(full_name=entered.full_name, birth_year=entered.birth_year, phone=entered.phone)
        texts = entered.identity.stored_texts if entered.identity else [entered.identifying_text]
        return person, [registry.keyed_hash.text(hashed.PERSON, each) for each in texts], None
    if sought.pass_ is not None:
        return _holder(sought.pass_, registry)
    if sought.document is not None:
        texts = list(dict.fromkeys(text for each in sought.document.candidates for text in each.stored_texts))
        places = [name_of(PlaceKind.PERSON, registry.keyed_hash.text(hashed.PERSON, each)) for each in texts]
    else:
        assert sought.phone is not None  # the form asks for one of the four
        places = [name_of(PlaceKind.PHONE, registry.keyed_hash.text(hashed.PHONE, sought.phone))]
    return _holder(_pass_among(places, now, registry), registry)


def _pass_among(places: Sequence[str], now: datetime, registry: Registry) -> str:
    """The latest pass of the one person who has exposures at these places; not of a form that anyone may have sent with
    their number, if there is another."""
    since, until = now - registry.retention, now + timedelta(days=1)
    found: list[Exposure] = [each for place in places for each in registry.places.exposures_at(place, since, until)]
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
    try:
        held = pass_of(code, registry.records.find(code))
    except PassUnknown:
        raise CasePersonUnknown from None
    person = held.person
    texts = person.identity.stored_texts if person.identity else [person.identifying_text]
    numbers = [registry.keyed_hash.text(hashed.PERSON, each) for each in texts]
    return CasePerson(full_name=person.full_name, birth_year=person.born_in, phone=person.phone), numbers, str(code)


def _all_numbers(numbers: Sequence[str], other_numbers: OtherNumbers) -> list[str]:
    """These numbers of a person, and those on record beside them."""
    found = list(dict.fromkeys(numbers))
    for number in found:
        found += [each for each in other_numbers(number) if each not in found]
    return found


def _visited(visit: Visit, case: Case, registry: Registry) -> Iterator[Span]:
    """Where and when others must have been to meet the person in a place of the interview. Only while they could infect
    others."""
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
