"""Find, list and close cases, and list their contacts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.models.cases.cases import Case, CaseEnd, is_case
from chalicelib.models.cases.contacts import Contact, Groups, chain_of, contact_id, contacts_of
from chalicelib.models.cases.errors import CaseEnded, CaseUnknown, ContactUnknown
from chalicelib.models.cases.works import FOUND, Work
from chalicelib.models.entry.codes import PERMIT, Code
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.services.entry.ports import Records
from chalicelib.services.entry.records import records_of
from chalicelib.services.pages import Page, cursor_unknown

if TYPE_CHECKING:
    from chalicelib.models.cases.chains import Chain
    from chalicelib.models.cases.contacts import Edge
    from chalicelib.models.cases.tellings import Told
    from chalicelib.models.permits.permits import PermitRecord
    from chalicelib.models.staff.roles import Principal
    from chalicelib.services.cases.ports import Cases, OtherNumbers, Places
    from chalicelib.services.permits.ports import Permits
    from chalicelib.services.policy.ports import InForceSource
    from chalicelib.services.ports import Clock, KeyedHash

_CURSOR = re.compile(r"(\d{9,17})\.([1-3])\.(\d\d?)\.([0-9A-HJKMNP-TV-Z]{8})")
_LISTED = re.compile(r"(\d{4}-\d\d)-.{20,30}#[0-9A-HJKMNP-TV-Z]{16}")
_MOST_MONTHS = 13
"""The most months of the list that are read for one page."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Dependencies of cases. `retention` is that of exposures."""

    cases: Cases
    places: Places
    other_numbers: OtherNumbers
    records: Records
    permits: Permits
    in_force: InForceSource
    keyed_hash: KeyedHash
    zone: tzinfo
    retention: timedelta
    clock: Clock


@dataclass(frozen=True)
class CaseFile:
    """A case with all its stored rows."""

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
        """The facts about a contact, in order, under any of the person's numbers."""
        found = [work for each in contact.persons for work in self.works.get(each, ())]
        return sorted(found, key=lambda each: each.recorded_at)

    def told_of(self, contact: Contact) -> Told | None:
        """The first wave that includes a contact, under any of the person's numbers."""
        found = [self.told[each] for each in contact.persons if each in self.told]
        return min(found, key=lambda each: each.at, default=None)

    def state_of(self, contact: Contact) -> str:
        works = self.works_of(contact)
        return works[-1].kind if works else FOUND

    def contact(self, name: str) -> Contact | None:
        """A contact by its id, or by the id of any of the person's numbers: two contacts may turn out to be one
        person."""
        code = self.case.code
        return next((each for each in self.contacts if name in {contact_id(code, one) for one in each.persons}), None)

    def chain(self, names: Mapping[str, str]) -> Chain:
        """`names` are those of contacts, by id. Times have the province's zone."""
        groups = Groups(self.same, self.case.persons)
        return chain_of(
            self.contacts, groups, self.zone, name_of=lambda each: names.get(each.id), state_of=self.state_of
        )


def end_case(code: str, reason: str, *, staff: Principal, registry: Registry) -> tuple[Case, CaseEnd, bool]:
    """Close a case: its markers are removed, and later facts do not reach it. The third value is whether the same was
    done before.

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


def read_contact(code: str, contact: str, *, registry: Registry) -> tuple[CaseFile, Contact]:
    """A case and one of its contacts. Raises `CodeMistyped`, `CaseUnknown`, `ContactUnknown`."""
    file = read_case(code, registry=registry)
    found = file.contact(contact)
    if found is None:
        raise ContactUnknown
    return file, found


def list_cases(
    cursor: str | None, limit: int, month: datetime | None, *, registry: Registry
) -> Page[tuple[Case, CaseEnd | None]]:
    """A page of the latest cases, of a month (UTC) or of all. Raises `InvalidInput` (`cursor_unknown`)."""
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
    return Page([each for each in found if each is not None], names[limit - 1] if len(names) > limit else None)


def page_of_contacts(
    file: CaseFile,
    *,
    hop: int | None,
    kind: str | None,
    state: str | None,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> Page[Contact]:
    """Contacts, sorted by hop, rank and id. All pages show the state at the time of the first page: contacts found
    later do not move them. Raises `InvalidInput` (`cursor_unknown`)."""
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
        return Page(page, None)
    microseconds = int(as_of.timestamp()) * 1_000_000 + as_of.microsecond
    return Page(page, ".".join(map(str, [microseconds, *_place_of(page[-1])])))


def holders_of(contacts: Sequence[Contact], *, records: Records) -> dict[str, HeldPass]:
    """The passes that show officers the identities of contacts, by contact id. Passes after their retention are left
    out."""
    codes = {each.id: code for each in contacts if (code := Code.parse(each.code)).person != PERMIT}
    found = records_of(codes.values(), records)
    held = {}
    for name, code in codes.items():
        try:
            held[name] = pass_of(code, found.get(code.declaration))
        except PassUnknown:
            continue
    return held


def permits_of(contacts: Sequence[Contact], *, permits: Permits) -> dict[str, PermitRecord]:
    """The permits of contacts whose last fact is a crossing by permit, by contact id. Permits after their retention are
    left out."""
    codes = {each.id: each.code for each in contacts if Code.parse(each.code).person == PERMIT}
    if not codes:
        return {}
    found = {each.permit.code: each for each in permits.find_all(sorted(set(codes.values())))}
    return {name: found[code] for name, code in codes.items() if code in found}


def _place_of(contact: Contact) -> tuple[int, int, str]:
    return contact.hop, contact.rank, contact.id
