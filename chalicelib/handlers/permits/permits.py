"""Staff and partners ask for permits; offices decide about them and revoke them."""

from collections import Counter
from functools import partial
from typing import Literal

from chalicelib.handlers.entry.idempotency_keys import IDEMPOTENCY_ERRORS, idempotency_key, idempotency_parameter
from chalicelib.handlers.permits import answers
from chalicelib.handlers.permits.answers import PERMIT_CODE, shown
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.problems import members_of, read_lines
from chalicelib.http.queries import PageQuery
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import serve
from chalicelib.models import errors
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.permits.errors import (
    PermitAlreadyDecided,
    PermitAlreadyRevoked,
    PermitNotInForce,
    PermitOpen,
    PermitUnknown,
)
from chalicelib.models.permits.forms import (
    PermitDecisionForm,
    PermitOutcome,
    PermitRevocationForm,
    PermitsForm,
)
from chalicelib.models.permits.permits import PermitState
from chalicelib.models.staff.roles import ASK_PERMITS, DECIDE_PERMITS
from chalicelib.observability import audit, count, note
from chalicelib.services.permits import decisions
from chalicelib.services.permits.requests import AskedLine, Asker, ask
from chalicelib.wiring import partner_of
from chalicelib.wiring.permits import permit_office

TAG = "permits"

_BODY_LIMIT = 512 * 1024
"""Bytes. 500 requests take some 300 KB."""

_KEY = idempotency_parameter(
    "list",
    "the first answer to each line",
    "5e2f4a86-0f5d-4b0e-9d3a-000000000040",
    more=" But lines that were refused may be corrected and sent again with the same key, in the same places.",
)
_ASKING = (*IDEMPOTENCY_ERRORS, errors.ServiceUnavailable)
_READING = (CodeMistyped, PermitUnknown, errors.ServiceUnavailable)


class PermitsQuery(PageQuery):
    """Which permits."""

    state: Literal["asked", "overdue", "granted", "refused", "revoked", "ended"] = "asked"
    """Those in this state. `overdue` are those that are asked for and should have been decided by now."""


@serve(
    "POST",
    "/v1/permits",
    summary="Ask for permits",
    tag=TAG,
    roles=ASK_PERMITS,
    writes=True,
    body_limit=_BODY_LIMIT,
    errors=_ASKING,
    parameters=(_KEY,),
)
def ask_for_permits(call: Call[PermitsForm]) -> Answer[answers.AskedPermits]:
    """On behalf of people who cross again and again: 1 to 500 at once, each with its own outcome, in their order. What
    cannot be accepted is named by `pointer` and keeps no other from being accepted. Staff have one open permit for a
    person with a plate, and so has each partner (`permit_open`). An office decides later."""
    asker = Asker(f"staff {call.principal.subject}", staff=call.principal.subject)
    answer, lines = _ask(call, asker)
    audit(call.principal, action="ask for permits", codes=_codes(lines), why="on behalf of people who cross often")
    return answer


@serve(
    "POST",
    "/v1/partner/permits",
    summary="Ask for permits, for partners",
    tag="partners",
    writes=True,
    api_key=True,
    body_limit=_BODY_LIMIT,
    errors=_ASKING,
    parameters=(_KEY,),
)
def ask_for_partner_permits(call: Call[PermitsForm]) -> Answer[answers.AskedPermits]:
    """The same for an employer with an API key (header X-Api-Key)."""
    key = call.headers["x-api-key"]
    answer, _ = _ask(call, Asker(f"partner {key}", partner=partner_of(key)))
    return answer


@serve(
    "GET", "/v1/permits", summary="Permits", tag=TAG, roles=DECIDE_PERMITS, looks=True, errors=(errors.InvalidInput,)
)
def list_permits(call: Call[None, PermitsQuery]) -> Answer[answers.PermitsPage]:
    """Those in a state. Requests that are not decided are listed by time, the oldest first. From the moment when the
    policy's time is over they are in the list `overdue`, too: supervisors decide what is there, or see that an officer
    does."""
    office, query = permit_office(), call.query
    if query.state == "overdue":
        page = decisions.list_overdue(query.cursor, query.limit, office=office)
    else:
        page = decisions.list_permits(PermitState(query.state), query.cursor, query.limit, office=office)
    permits = [shown(each, office, to_office=True) for each in page.items]
    note(found=len(permits), overdue=sum(each.overdue for each in permits))
    codes = [each.permit.code for each in page.items]
    audit(call.principal, action="list permits", codes=codes, why=f"list of permits: {query.state}")
    return Answer(answers.PermitsPage(permits=permits, **page.ending))


@serve(
    "GET",
    "/v1/permits/{code}",
    summary="A permit",
    tag=TAG,
    roles=DECIDE_PERMITS,
    looks=True,
    errors=_READING,
    parameters=(PERMIT_CODE,),
)
def get_permit(call: Call) -> Answer[answers.ShownPermit]:
    """What was asked for and what became of it; while it is in force, also what its holder needs."""
    office = permit_office()
    record = decisions.find_permit(call.path["code"], office=office)
    audit(call.principal, action="look up permit", codes=[record.permit.code], why="a permit")
    return Answer(shown(record, office, to_office=True, base_url=call.base_url))


@serve(
    "GET",
    "/v1/partner/permits",
    summary="A partner's own permits",
    tag="partners",
    api_key=True,
    errors=(errors.InvalidInput, errors.ServiceUnavailable),
)
def list_partner_permits(call: Call[None, PageQuery]) -> Answer[answers.PermitsPage]:
    """Those that were asked for with this key, the latest first."""
    office, query = permit_office(), call.query
    partner = partner_of(call.headers["x-api-key"])
    page = decisions.permits_of_partner(partner, query.cursor, query.limit, office=office)
    permits = [shown(each, office, to_office=False) for each in page.items]
    return Answer(answers.PermitsPage(permits=permits, **page.ending))


@serve(
    "GET",
    "/v1/partner/permits/{code}",
    summary="A permit of a partner",
    tag="partners",
    api_key=True,
    errors=_READING,
    parameters=(PERMIT_CODE,),
)
def get_partner_permit(call: Call) -> Answer[answers.ShownPermit]:
    """One that was asked for with this key. While it is in force, `holder` has what to hand to its holder."""
    office = permit_office()
    partner = partner_of(call.headers["x-api-key"])
    record = decisions.find_permit(call.path["code"], office=office, partner=partner)
    return Answer(shown(record, office, to_office=False, base_url=call.base_url))


_decides = partial(
    serve,
    "POST",
    tag=TAG,
    status=201,
    roles=DECIDE_PERMITS,
    looks=True,
    writes=True,
    headers=("Idempotent-Replayed",),
    parameters=(PERMIT_CODE,),
)


@_decides(
    "/v1/permits/{code}/decision",
    summary="Grant or refuse a permit",
    errors=(CodeMistyped, PermitUnknown, PermitAlreadyDecided, PermitOpen),
)
def decide_permit(call: Call[PermitDecisionForm]) -> Answer[answers.ShownPermit]:
    """Once for each permit, with conditions of the office's own or as it was asked for. Of two officers at once one
    decides, and the other gets that decision (`permit_already_decided`). The same again from the same officer gets the
    first answer. If several ask for a person with the same plate, one of these permits is in force at a time
    (`permit_open`): refuse the others."""
    office = permit_office()
    audit(call.principal, action="decide permit", codes=[_code(call)], why=f"decision: {call.body.decision}")
    done = decisions.decide(call.path["code"], call.body, staff=call.principal, office=office)
    decision = done.record.decision
    assert decision is not None  # it is decided
    if not done.repeated:
        count("Permits_granted" if decision.outcome is PermitOutcome.GRANT else "Permits_refused")
        if decision.overdue:
            count("Permits_decided_late")
    shape = shown(done.record, office, to_office=True, base_url=call.base_url)
    return Answer(shape, replayed(done.repeated))


@_decides(
    "/v1/permits/{code}/revocation",
    summary="Revoke a permit",
    errors=(CodeMistyped, PermitUnknown, PermitNotInForce, PermitAlreadyRevoked),
)
def revoke_permit(call: Call[PermitRevocationForm]) -> Answer[answers.ShownPermit]:
    """Once for each permit that is in force. Gates get it with their next sync. The same again from the same officer
    gets the first answer."""
    office = permit_office()
    audit(call.principal, action="revoke permit", codes=[_code(call)], why="to withdraw it")
    done = decisions.revoke(call.path["code"], call.body.reason, staff=call.principal, office=office)
    if not done.repeated:
        count("Permits_revoked")
    shape = shown(done.record, office, to_office=True, base_url=call.base_url)
    return Answer(shape, replayed(done.repeated))


def _code(call: AnyCall) -> str:
    """Raises `CodeMistyped`."""
    return str(Code.parse(call.path["code"]))


def _ask(call: Call[PermitsForm], asker: Asker) -> tuple[Answer[answers.AskedPermits], list[AskedLine]]:
    read = read_lines(call.body.permits, "permits")
    lines = ask(read, asker=asker, idempotency_key=idempotency_key(call), office=permit_office())
    shapes = [_line(number, each, call.language) for number, each in enumerate(lines)]
    numbers = Counter(each.outcome for each in shapes)
    counts = answers.PermitCounts(**{each: numbers[each] for each in ("asked", "repeated", "refused")})
    if counts.asked:
        count("Permits_asked", counts.asked)
    return Answer(answers.AskedPermits(counts=counts, lines=shapes), language=call.language), lines


def _line(number: int, line: AskedLine, language: str) -> answers.AskedPermit:
    pointer = f"/permits/{number}"
    if line.permit is None:
        assert line.error is not None  # either is there
        problem = answers.PermitProblem(**members_of(line.error, language))
        return answers.AskedPermit(pointer=pointer, outcome="refused", problem=problem)
    outcome: Literal["repeated", "asked"] = "repeated" if line.repeated else "asked"
    return answers.AskedPermit(pointer=pointer, outcome=outcome, code=Code.parse(line.permit.code).shown)


def _codes(lines: list[AskedLine]) -> list[str]:
    return [each.permit.code for each in lines if each.permit is not None]
