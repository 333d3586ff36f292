"""An office reads requests, decides about them, and revokes permits."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.passes import PassClaims, masked
from chalicelib.models.errors import DomainError, InvalidInput, ServiceUnavailable
from chalicelib.models.permits.conditions import PermitConditions
from chalicelib.models.permits.errors import (
    PermitAlreadyDecided,
    PermitAlreadyRevoked,
    PermitNotInForce,
    PermitOpen,
    PermitUnknown,
)
from chalicelib.models.permits.events import PermitEvent, PermitEventKind
from chalicelib.models.permits.forms import PermitDecisionForm, PermitOutcome
from chalicelib.models.permits.permits import (
    PermitDecision,
    PermitRecord,
    PermitRevocation,
    PermitState,
    ends_at,
    is_permit,
    standing_times,
)
from chalicelib.models.records import SHOWN
from chalicelib.models.staff.recorded import recorded
from chalicelib.models.staff.roles import Principal
from chalicelib.services.pages import Page, cursor_unknown
from chalicelib.services.permits.offices import PermitOffice, decided_within, problems_of

_CURSOR = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{6})Z-([0-9A-Z]{16})", re.ASCII)


class Done(NamedTuple):
    """A permit after a decision or a revocation. `repeated`: it was on record before."""

    record: PermitRecord
    repeated: bool


def find_permit(text: str, *, office: PermitOffice, partner: str | None = None) -> PermitRecord:
    """The permit with this code, for an office; with `partner`, if this partner asked for it.

    Raises `CodeMistyped`, `PermitUnknown`.
    """
    code = Code.parse(text)
    record = office.permits.find(code) if is_permit(code) else None
    if record is None or (partner is not None and record.permit.partner != partner):
        raise PermitUnknown(code=code.shown)
    return record


def list_permits(state: PermitState, cursor: str | None, limit: int, *, office: PermitOffice) -> Page[PermitRecord]:
    """A page of the permits in a state. Requests are listed by time, so those that are overdue are first.

    Raises `InvalidInput` (`cursor_unknown`).
    """
    return _page(office.permits.listed(state, office.clock(), _known(cursor), limit + 1), limit, office)


def list_overdue(cursor: str | None, limit: int, *, office: PermitOffice) -> Page[PermitRecord]:
    """A page of the requests that should have been decided by now, the oldest first: the list of supervisors.

    Raises `InvalidInput` (`cursor_unknown`).
    """
    now = office.clock()
    asked_until = now - within(office)
    names = office.permits.listed(PermitState.ASKED, now, _known(cursor), limit + 1, asked_until=asked_until)
    return _page(names, limit, office)


def permits_of_partner(partner: str, cursor: str | None, limit: int, *, office: PermitOffice) -> Page[PermitRecord]:
    """A page of the permits that a partner asked for, the latest first. Raises `InvalidInput` (`cursor_unknown`)."""
    return _page(office.permits.of_partner(partner, _known(cursor), limit + 1), limit, office)


def decide(text: str, form: PermitDecisionForm, *, staff: Principal, office: PermitOffice) -> Done:
    """Grant or refuse a request: one query, one event to grant it, and one transaction. Of two officers one decides.

    The same decision sent again by the same officer gets the one on record.

    Raises
    ------
    CodeMistyped, PermitUnknown
    PermitAlreadyDecided
        Another decision is on record.
    PermitOpen
        Another permit of the person with this plate is in force.
    InvalidInput
        The conditions are impossible, or longer than the policy allows.
    """
    record = find_permit(text, office=office)
    if record.decision is not None:
        return _stands(record, record.decision, form, staff)
    now = office.clock().replace(microsecond=0)
    conditions = None
    if form.decision is PermitOutcome.GRANT:
        conditions = form.conditions or record.permit.form.conditions
        if problems := problems_of(conditions, "/conditions", office):
            raise InvalidInput(problems)
    decision = PermitDecision(
        outcome=form.decision,
        conditions=conditions,
        reason=form.reason,
        overdue=record.is_overdue(now, within(office)),
        token=_token(record, conditions, now, office) if conditions else None,
        **recorded(staff, now),
    )
    if conditions is not None:
        # Before the write: if this process ends right after it, the holder still gets the message.
        office.announce([PermitEvent.about(PermitEventKind.PERMIT_GRANTED, record.code)])
    if office.permits.decide(record, decision):
        return Done(record.with_decision(decision), repeated=False)
    after = find_permit(text, office=office)
    if after.decision is None:
        raise PermitOpen
    return _stands(after, after.decision, form, staff)


def revoke(text: str, reason: str, *, staff: Principal, office: PermitOffice) -> Done:
    """Withdraw a permit that is in force: one query, one event and one transaction.

    Raises
    ------
    CodeMistyped, PermitUnknown
    PermitNotInForce
        It is not granted, or has ended.
    PermitAlreadyRevoked
        Someone else revoked it before, or for another reason.
    """
    record = find_permit(text, office=office)
    now = office.clock()
    state = record.state(now, office.zone)
    if state is PermitState.GRANTED:
        revocation = PermitRevocation(reason=reason, **recorded(staff, now))
        office.announce([PermitEvent.about(PermitEventKind.PERMIT_REVOKED, record.code)])
        if office.permits.revoke(record, revocation):
            return Done(record.with_revocation(revocation), repeated=False)
        record = find_permit(text, office=office)
    if record.revocation is None:
        raise ServiceUnavailable if state is PermitState.GRANTED else PermitNotInForce(code=record.code.shown)
    if (record.revocation.reason, record.revocation.recorded_by) != (reason, staff.subject):
        raise PermitAlreadyRevoked(record.revocation.model_dump(mode="json", exclude_none=True))
    return Done(record, repeated=True)


def token_of(record: PermitRecord, *, office: PermitOffice) -> str:
    """The text of a permit's QR. Raises `PermitNotInForce`."""
    if record.state(office.clock(), office.zone) is not PermitState.GRANTED or record.decision is None:
        raise PermitNotInForce(code=record.code.shown)
    return record.decision.token or ""


def within(office: PermitOffice) -> timedelta:
    """In what time a request must be decided."""
    return decided_within(office.in_force)


def _known(cursor: str | None) -> str | None:
    """A cursor is the name of the last permit in its list, a time and a code, without the signs that a URL escapes.
    Raises `InvalidInput` (`cursor_unknown`)."""
    if cursor is None:
        return None
    known = _CURSOR.fullmatch(cursor)
    if known is None:
        raise cursor_unknown()
    return "{}-{}-{}T{}:{}:{}.{}Z#{}".format(*known.groups())


def _cursor(name: str) -> str:
    return re.sub("[-:.]", "", name).replace("#", "-")


def _page(names: Sequence[str], limit: int, office: PermitOffice) -> Page[PermitRecord]:
    shown = names[:limit]
    records = office.permits.find_all([each.rpartition("#")[2] for each in shown])
    return Page(records, _cursor(shown[-1]) if len(names) > limit else None)


def _stands(record: PermitRecord, decision: PermitDecision, form: PermitDecisionForm, staff: Principal) -> Done:
    same = (decision.outcome, decision.reason, decision.recorded_by) == (form.decision, form.reason, staff.subject)
    if same and form.conditions in (None, decision.conditions):
        return Done(record, repeated=True)
    raise _already_decided(decision)


def _already_decided(decision: PermitDecision) -> DomainError:
    # The token is the holder's.
    return PermitAlreadyDecided(decision.model_dump(mode="json", exclude_none=True, exclude={"token"}, context=SHOWN))


def _token(record: PermitRecord, conditions: PermitConditions, now: datetime, office: PermitOffice) -> str:
    form = record.permit.form
    claims = PassClaims(
        code=record.code,
        issued_at=now,
        expires_at=ends_at(conditions, office.zone),
        masked_name=masked(form.person.full_name),
        birth_year=form.person.birth_year,
        plate=form.plate or "",
        commune=form.commune,
        times=standing_times(conditions),
    )
    return office.sign(claims)
