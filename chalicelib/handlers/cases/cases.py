"""Health officers open cases, read their contacts, and record the work with them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib import wiring
from chalicelib.handlers.cases import answers, contact_answers
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.queries import Digits, PageQuery
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import parameter, serve
from chalicelib.models import errors
from chalicelib.models.cases.cases import Case
from chalicelib.models.cases.contacts import Contact, contact_id
from chalicelib.models.cases.errors import (
    CaseEnded,
    CaseExists,
    CaseOfAnother,
    CasePersonShared,
    CasePersonUnknown,
    CaseUnknown,
    ContactUnknown,
    TooMuchWork,
    TracingRulesMissing,
)
from chalicelib.models.cases.forms import MOST_HOPS, CaseEndForm, CaseForm
from chalicelib.models.cases.works import WorkForm
from chalicelib.models.entry.codes import AS_SENT, Code
from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.staff.errors import StaffSubjectMalformed
from chalicelib.models.staff.roles import RUN_CASES
from chalicelib.observability import audit, count, note
from chalicelib.services.cases import cases, measures, openings, tellings, works
from chalicelib.services.cases.cases import CaseFile
from chalicelib.services.pages import page_of
from chalicelib.services.staff.postings import require_subject
from chalicelib.wiring.cases import registry, teller
from chalicelib.wiring.entry import entries
from chalicelib.wiring.staff import postings, subjects

TAG = "cases"
CASE_PARAMETER = parameter("path", "case", "A case's code.", "0000-0000-0000-0C0N", pattern=AS_SENT)
_CONTACT = parameter("path", "contact", "A contact's id in the case, from its list of contacts.", "0A1B2C3D")


class ContactsQuery(PageQuery):
    """Which contacts."""

    hop: Annotated[int, Field(ge=1, le=MOST_HOPS), Digits] | None = None
    """Only those of this hop."""
    kind: Literal["declaration", "vehicle", "household", "host", "service", "checkpoint", "commune"] | None = None
    """Only those with a reason of this kind."""
    state: Literal["found", "assigned", "reached", "not_reached", "tested", "cleared", "became_case"] | None = None
    """Only those in this state."""


@serve(
    "POST",
    "/v1/cases",
    summary="Open a case",
    tag=TAG,
    status=201,
    roles=RUN_CASES,
    looks=True,
    writes=True,
    errors=(CaseExists, CasePersonUnknown, CasePersonShared, TracingRulesMissing),
)
def open_case(call: Call[CaseForm]) -> Answer[answers.ShownCase]:
    """Contacts are searched after the answer: the first ones are there within a second or two. Until the case is
    closed, later facts add contacts, too."""
    try:
        case = openings.open_case(call.body, staff=call.principal, registry=registry())
    except (CaseExists, CasePersonShared, CasePersonUnknown) as refused:
        # The answer shows if a document or phone is on record, and the passes and the case of its owner.
        shown = [str(Code.parse(each)) for each in refused.codes]
        audit(call.principal, action="open case", codes=shown, why=f"refused: {refused.code}")
        raise
    audit_case(call, case, action="open case", why="a person is infected")
    count("Cases")
    return Answer(_shown(case))


class CasesQuery(PageQuery):
    """Which cases."""

    month: Annotated[str, Field(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2021-07"])] | None = None
    """Only those opened in this month (of UTC). The first page then has how many of them were known contacts."""


@serve("GET", "/v1/cases", summary="Cases", tag=TAG, roles=RUN_CASES, looks=True, errors=(errors.InvalidInput,))
def list_cases(call: Call[None, CasesQuery]) -> Answer[answers.CasesPage]:
    """The latest first."""
    query = call.query
    month = None if query.month is None else datetime.strptime(query.month, "%Y-%m").replace(tzinfo=UTC)
    page = cases.list_cases(query.cursor, query.limit, month, registry=registry())
    audit(call.principal, action="list cases", codes=[case.code for case, _ in page.items], why="list of cases")
    shown = [answers.ShownCase.model_validate(answers.case_members(case, end)) for case, end in page.items]
    counted = None if month is None or query.cursor is not None else measures.known_contacts(month, registry=registry())
    known = counted and answers.KnownContacts(**counted._asdict())
    return Answer(answers.CasesPage(cases=shown, known_contacts=known, **page.ending))


@serve(
    "GET",
    "/v1/cases/{case}",
    summary="A case, its counts and measures",
    tag=TAG,
    roles=RUN_CASES,
    looks=True,
    errors=(CodeMistyped, CaseUnknown),
    parameters=(CASE_PARAMETER,),
)
def get_case(call: Call) -> Answer[answers.CaseOverview]:
    """How many contacts there are so far, by hop, kind and state, and how far the work has come."""
    file = cases.read_case(call.path["case"], registry=registry())
    audit_case(call, file.case, action="look at case", why="overview of a case")
    return Answer(answers.overview(file, wiring.clock()))


@serve(
    "POST",
    "/v1/cases/{case}/end",
    summary="Close a case",
    tag=TAG,
    roles=RUN_CASES,
    looks=True,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(CodeMistyped, CaseUnknown, CaseEnded),
    parameters=(CASE_PARAMETER,),
)
def end_case(call: Call[CaseEndForm]) -> Answer[answers.ShownCase]:
    """Later facts add no contacts to it any more. All contacts that were found stay."""
    case, end, repeated = cases.end_case(call.path["case"], call.body.reason, staff=call.principal, registry=registry())
    audit_case(call, case, action="close case", why="the case is closed")
    shown = answers.ShownCase.model_validate(answers.case_members(case, end))
    return Answer(shown, replayed(repeated))


@serve(
    "GET",
    "/v1/cases/{case}/contacts",
    summary="Contacts of a case",
    tag=TAG,
    roles=RUN_CASES,
    looks=True,
    errors=(errors.InvalidInput, CodeMistyped, CaseUnknown),
    parameters=(CASE_PARAMETER,),
)
def list_contacts(call: Call[None, ContactsQuery]) -> Answer[contact_answers.ContactsAnswer]:
    """Each person is listed once, with every reason, the strongest first. Contacts are sorted by hop. In each hop,
    contacts with a known origin are first; then closeness decides. All pages show the state at the time of the first
    page: contacts found later appear when the list is read again from the start."""
    file = cases.read_case(call.path["case"], registry=registry())
    query = call.query
    page = cases.page_of_contacts(
        file,
        hop=query.hop,
        kind=query.kind,
        state=query.state,
        cursor=query.cursor,
        limit=query.limit,
        now=wiring.clock(),
    )
    note(found=len(page.items))
    audit_case(call, file.case, page.items, action="list contacts", why="contacts of a case")
    beside = _beside(file, page.items)
    shown = [contact_answers.shown_contact(file, each, beside) for each in page.items]
    return Answer(contact_answers.ContactsAnswer(contacts=shown, **page.ending))


@serve(
    "GET",
    "/v1/cases/{case}/contacts/{contact}",
    summary="A contact, with all recorded work",
    tag=TAG,
    roles=RUN_CASES,
    looks=True,
    errors=(CodeMistyped, CaseUnknown, ContactUnknown),
    parameters=(CASE_PARAMETER, _CONTACT),
)
def get_contact(call: Call) -> Answer[contact_answers.ContactWork]:
    """What officers have recorded about a contact, with their notes: for who goes on with the work."""
    file, contact = cases.read_contact(call.path["case"], call.path["contact"], registry=registry())
    audit_case(call, file.case, [contact], action="look at contact", why="the work with a contact")
    facts = file.works_of(contact)
    return Answer(contact_answers.contact_work(file, contact, facts, _beside(file, [contact])))


@serve(
    "POST",
    "/v1/cases/{case}/contacts/{contact}/work",
    summary="Record work with a contact",
    tag=TAG,
    status=201,
    roles=RUN_CASES,
    looks=True,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(CodeMistyped, CaseUnknown, ContactUnknown, CaseOfAnother, TooMuchWork, errors.InvalidInput),
    parameters=(CASE_PARAMETER, _CONTACT),
)
def record_work(call: Call[WorkForm]) -> Answer[contact_answers.ContactWork]:
    """The fact is added to the others. It moves the contact in the officers' lists. The same fact sent again is not
    stored twice, unless another fact was stored in between. `GET /v1/officers` lists who may be assigned."""
    if call.body.officer is not None:
        _require_subject(call.body.officer)
    file, contact, facts, repeated = works.record_work(
        call.path["case"], call.path["contact"], call.body, staff=call.principal, registry=registry()
    )
    audit_case(call, file.case, [contact], action="record work", why=f"work: {call.body.kind}")
    return Answer(contact_answers.contact_work(file, contact, facts, _beside(file, [contact])), replayed(repeated))


@serve(
    "GET",
    "/v1/officers/me/work",
    summary="The caller's work with contacts",
    tag=TAG,
    roles=RUN_CASES,
    looks=True,
    errors=(errors.InvalidInput,),
)
def list_work(call: Call[None, PageQuery]) -> Answer[contact_answers.DueWorks]:
    """Sorted by due date, the earliest first."""
    page = works.open_work(call.principal, call.query.cursor, call.query.limit, registry=registry())
    audit(call.principal, action="list work", codes=sorted({each.case for each in page.items}), why="the caller's work")
    shown = [
        contact_answers.DueWork(
            case=Code.parse(each.case).shown, contact=contact_id(each.case, each.person), due_on=each.due_on
        )
        for each in page.items
    ]
    return Answer(contact_answers.DueWorks(work=shown, **page.ending))


@serve("GET", "/v1/officers", summary="Who works on cases", tag=TAG, roles=RUN_CASES, errors=(errors.InvalidInput,))
def list_officers(call: Call[None, PageQuery]) -> Answer[contact_answers.Officers]:
    """Those who may be assigned to a contact, by name: health officers who opened a case, recorded work or looked at
    their own in the last 180 days."""
    audit(call.principal, action="list officers", codes=[], why="who may be assigned")
    everyone = works.list_officers(registry=registry(), postings=postings())
    page = page_of(everyone, cursor=call.query.cursor, limit=call.query.limit, name_of=lambda each: each.subject)
    shown = [contact_answers.Officer.model_validate(each._asdict()) for each in page.items]
    return Answer(contact_answers.Officers(officers=shown, **page.ending))


def _require_subject(officer: str) -> None:
    """The subject is part of a key, so it must not be a name or a phone number. Raises `InvalidInput`."""
    try:
        require_subject(officer, subjects())
    except StaffSubjectMalformed as error:
        raise errors.InvalidInput([errors.FieldProblem("/officer", error.code)]) from error


def _beside(file: CaseFile, contacts: Sequence[Contact]) -> contact_answers.Beside:
    holders = cases.holders_of(contacts, records=entries())
    permits = cases.permits_of(contacts, permits=registry().permits)
    return contact_answers.Beside(
        contact_answers.Names(file), holders, permits, tellings.states_of(file, contacts, teller=teller())
    )


def _shown(case: Case) -> answers.ShownCase:
    return answers.ShownCase.model_validate(answers.case_members(case, None))


def audit_case(call: AnyCall, case: Case, contacts: Sequence[Contact] = (), *, action: str, why: str) -> None:
    codes = [case.code, *([case.pass_code] if case.pass_code else []), *(each.code for each in contacts)]
    audit(call.principal, action=action, codes=codes, why=why)
