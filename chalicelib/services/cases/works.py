"""Record what officers do with contacts, and list what is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.models.cases.errors import CaseOfAnother, CaseUnknown, TooMuchWork
from chalicelib.models.cases.works import ENDS_WORK, OpenWork, Work, WorkForm, WorkKind
from chalicelib.models.entry.codes import Code
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.services.cases.cases import CaseFile, Registry, read_contact
from chalicelib.services.pages import Page

if TYPE_CHECKING:
    from chalicelib.models.cases.contacts import Contact
    from chalicelib.models.staff.roles import Principal
    from chalicelib.services.staff.ports import Postings

_MOST_FACTS = 200
_ATTEMPTS = 4
_NEXT_DAY = timedelta(days=1)


class Officer(NamedTuple):
    """Somebody who works on cases."""

    subject: str
    name: str | None
    """The name their colleagues know them by, from the record of staff; None if nobody gave them one."""


def record_work(
    code: str, contact: str, form: WorkForm, *, staff: Principal, registry: Registry
) -> tuple[CaseFile, Contact, list[Work], bool]:
    """Append a fact about a contact. Returns all facts, and whether the last fact was the same already.

    Raises
    ------
    CodeMistyped, CaseUnknown, ContactUnknown, CaseOfAnother, TooMuchWork
    """
    registry.cases.note_officer(staff.subject)
    for _ in range(_ATTEMPTS):
        file, found = read_contact(code, contact, registry=registry)
        works = file.works_of(found)
        work = _work(form, works, staff, registry)
        if works and _says_the_same(works[-1], work):
            return file, found, works, True
        if form.case is not None:
            _check(form.case, file, found, registry)
        if len(works) >= _MOST_FACTS:
            raise TooMuchWork
        person = min(found.persons)
        number = len(file.works.get(person, ()))
        before = _open(file, _recorded_under(works[-1], file, found), works[-1]) if works else None
        after = _open(file, person, work)
        if registry.cases.append_work(file.case, person, number, work, before, after):
            return file, found, [*works, work], False
    raise ServiceUnavailable  # others keep recording facts about this contact


def open_work(staff: Principal, cursor: str | None, limit: int, *, registry: Registry) -> Page[OpenWork]:
    """A page of the caller's open work, by due day."""
    registry.cases.note_officer(staff.subject)
    found = registry.cases.open_work(staff.subject, cursor, limit + 1)
    return Page(found[:limit], found[limit - 1].key if len(found) > limit else None)


def list_officers(*, registry: Registry, postings: Postings) -> list[Officer]:
    """Those who opened a case, recorded work or looked at their own, by name; those without a name last."""
    names = {each.subject: each.name for each in postings.everyone()}
    officers = [Officer(each, names.get(each)) for each in registry.cases.officers()]
    return sorted(officers, key=lambda each: (each.name is None, (each.name or "").casefold(), each.subject))


def _work(form: WorkForm, works: Sequence[Work], staff: Principal, registry: Registry) -> Work:
    now = registry.clock()
    officer: str | None = works[-1].officer if works else None
    if form.kind is WorkKind.ASSIGNED:
        officer = form.officer or staff.subject
    due_on: date | None = None
    if form.kind not in ENDS_WORK:
        officer = officer or staff.subject
        due_on = form.due_on or (now.astimezone(registry.zone) + _NEXT_DAY).date()
    return Work(
        kind=form.kind,
        officer=officer,
        due_on=due_on,
        result=form.result,
        case=form.case,
        note=form.note,
        recorded_by=staff.subject,
        recorded_at=now,
    )


def _says_the_same(one: Work, other: Work) -> bool:
    return one.model_copy(update={"recorded_at": other.recorded_at}) == other


def _check(code: str, file: CaseFile, contact: Contact, registry: Registry) -> None:
    """Whether the case that a contact became belongs to this person."""
    other = registry.cases.find(str(Code.parse(code)))
    if other is None:
        raise CaseUnknown
    same = {number for pair in file.same if set(pair) & set(contact.persons) for number in pair}
    if not (same | set(contact.persons)) & set(other[0].persons):
        raise CaseOfAnother


def _recorded_under(work: Work, file: CaseFile, contact: Contact) -> str:
    """The person's number under which a fact is stored. Two contacts may have turned out to be one person since."""
    return next(each for each in contact.persons if work in file.works.get(each, ()))


def _open(file: CaseFile, person: str, work: Work) -> OpenWork | None:
    if work.due_on is None or work.officer is None:
        return None
    return OpenWork(work.officer, work.due_on, file.case.code, person)
