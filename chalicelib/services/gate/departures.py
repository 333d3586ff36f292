"""Record departures of one person or of everyone in a vehicle, and list the people who must still come to a gate."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import CrossingForm, Decision, Offline
from chalicelib.models.entry.departures import Departure, Entered
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import DeclarationRecord, HeldPass, pass_of
from chalicelib.models.errors import DomainError, ServiceUnavailable
from chalicelib.models.gate.errors import DepartureAlreadyRecorded, GroupRefused, PassNotAdmitted
from chalicelib.models.gate.vehicles import Mode
from chalicelib.models.records import SHOWN
from chalicelib.models.staff.recorded import recorded
from chalicelib.services.entry.records import records_of
from chalicelib.services.gate.desks import Desk
from chalicelib.services.gate.lines import Line, LineOutcome
from chalicelib.services.gate.ports import Entries
from chalicelib.services.pages import Page, page_of
from chalicelib.services.parallel import in_parallel
from chalicelib.services.staff.postings import require_posting

MOST_DEPARTURES = 5
"""The most departures of one pass: two devices without network may each record one, and a card may be fetched later."""

MOST_LISTED = 20_000
"""The most passes of a day that are read: the list is paged in memory."""

_ATTEMPTS = MOST_DEPARTURES + 1
"""Attempts. Each one fails only if somebody else recorded one of them meanwhile."""

_REFUSALS = (PassUnknown, DepartureAlreadyRecorded, PassNotAdmitted)
"""Errors about one pass, not about the sender."""


class _ToRecord(NamedTuple):
    held: HeldPass
    departure: Departure


def record_departure(form: CrossingForm, *, desk: Desk) -> Line:
    """Append that a pass's holder left: one query, one transaction. The checkpoint must be known.

    It is allowed after the pass has ended, at a closed checkpoint, and without a crossing on record. The same content
    sent again by the same member of staff is `repeated`. A second departure of the pass is recorded only to give back
    an identity card that is still kept.

    Raises
    ------
    NotPosted, PostedElsewhere
        The member of staff does not act for the checkpoint.
    PassUnknown
        No pass has this code.
    DepartureAlreadyRecorded
        Another departure is on record, or somebody else recorded it.
    PassNotAdmitted
        According to the records its holder was turned away.
    """
    code = Code.parse(form.code)
    for _ in range(_ATTEMPTS):
        plan = _plan(code, form, desk.entries.find(code), desk)
        if isinstance(plan, Line):
            return plan
        if desk.entries.append_departures([plan]):
            return Line(code, LineOutcome.RECORDED, departure=plan.departure)
    raise ServiceUnavailable


def record_departures(forms: Sequence[CrossingForm], mode: Mode, *, desk: Desk) -> list[Line]:
    """The same for everyone in a vehicle: one query for each declaration, and one transaction (`all`) or one for each
    person (`each`). Raises `GroupRefused` with mode `all`, `NotPosted`, `PostedElsewhere` and `ServiceUnavailable`."""
    if mode is Mode.EACH:
        return in_parallel(lambda form: _record_alone(form, desk), list(forms))
    codes = [Code.parse(form.code) for form in forms]
    for _ in range(_ATTEMPTS):
        records = records_of(codes, desk.entries)
        plans = [
            _plan_or_refusal(code, form, records.get(code.declaration), desk)
            for code, form in zip(codes, forms, strict=True)
        ]
        if refused := [
            (code.shown, plan) for code, plan in zip(codes, plans, strict=True) if isinstance(plan, DomainError)
        ]:
            raise GroupRefused(refused)
        new = [plan for plan in plans if isinstance(plan, _ToRecord)]
        if not new or desk.entries.append_departures(new):
            return [
                Line(plan.held.code, LineOutcome.RECORDED, departure=plan.departure)
                if isinstance(plan, _ToRecord)
                else plan
                for plan in plans
                if not isinstance(plan, DomainError)
            ]
    raise ServiceUnavailable


def departure_of(form: CrossingForm, held: HeldPass, at: datetime, desk: Desk, offline: Offline | None) -> Departure:
    """The record of a form."""
    return Departure(
        code=form.code,
        checkpoint=form.checkpoint,
        entered=Entered.by(held.decision),
        identity_held=held.identity_held,
        identity_returned=form.identity_returned,
        offline=offline,
        **recorded(desk.staff, at),
    )


def already_left(departure: Departure) -> DepartureAlreadyRecorded:
    return DepartureAlreadyRecorded(departure.model_dump(mode="json", exclude_none=True, context=SHOWN))


def list_visitors(
    *, day: date, checkpoint: str | None, cursor: str | None, limit: int, entries: Entries
) -> Page[HeldPass]:
    """A page of people who crossed on a day and must still come to a gate, by checkpoint and time: one query, and one
    for each declaration. Raises `InvalidInput` (`cursor_unknown`)."""
    codes = entries.visitors(day, checkpoint, MOST_LISTED)
    page = page_of(codes, cursor=cursor, limit=limit, name_of=str)
    records = records_of(page.items, entries)
    found = [_found(code, records.get(code.declaration)) for code in page.items]
    return Page([held for held in found if held is not None and held.is_awaited], page.cursor)


def _found(code: Code, record: DeclarationRecord | None) -> HeldPass | None:
    try:
        return pass_of(code, record)
    except PassUnknown:
        return None


def _plan(code: Code, form: CrossingForm, record: DeclarationRecord | None, desk: Desk) -> _ToRecord | Line:
    """The departure to record, or the one on record. Raises what `record_departure` raises."""
    held = pass_of(code, record)
    known = next((each for each in held.departures if each.is_of(form, desk.staff.subject)), None)
    if known is not None:
        return Line(code, LineOutcome.REPEATED, departure=known)  # the sender may be posted elsewhere by now
    require_posting(desk.staff, form.checkpoint, postings=desk.postings)
    fetches_card = form.identity_returned and held.identity_held is not None
    if held.departure is not None and not (fetches_card and len(held.departures) < MOST_DEPARTURES):
        raise already_left(held.departure)
    if held.decision is Decision.REFUSE:
        raise PassNotAdmitted
    return _ToRecord(held, departure_of(form, held, desk.clock().replace(microsecond=0), desk, offline=None))


def _plan_or_refusal(
    code: Code, form: CrossingForm, record: DeclarationRecord | None, desk: Desk
) -> _ToRecord | Line | DomainError:
    try:
        return _plan(code, form, record, desk)
    except _REFUSALS as error:
        return error


def _record_alone(form: CrossingForm, desk: Desk) -> Line:
    """One of several: its failure does not concern the others."""
    try:
        return record_departure(form, desk=desk)
    except (*_REFUSALS, ServiceUnavailable) as error:
        return Line(Code.parse(form.code), LineOutcome.REFUSED, error=error)
