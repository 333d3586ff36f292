"""Permits as offices and their askers see them."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict

from chalicelib.handlers.entry.answers import Shown
from chalicelib.http.routes import parameter
from chalicelib.http.shapes import ListPage, Shape
from chalicelib.models.entry.codes import AS_SENT
from chalicelib.models.entry.links import LinkKind
from chalicelib.models.permits.conditions import PermitConditions
from chalicelib.models.permits.forms import PermitForm, PermitOutcome
from chalicelib.models.permits.permits import PermitRecord, PermitState
from chalicelib.services.entry.links import secret_for
from chalicelib.services.permits.decisions import within
from chalicelib.services.permits.offices import PermitOffice

PERMIT_CODE = parameter("path", "code", "A permit's code.", "0000-0000-0000-0P0J", pattern=AS_SENT)


class PermitProblem(Shape):
    """Why a request is not on record, and what to do: the members of a problem (see the schema `Problem`)."""

    model_config = ConfigDict(extra="allow")

    title: str
    """What is wrong, in words."""
    status: int
    """The HTTP status that this request would have by itself."""
    code: str
    """What is wrong, for programs."""
    detail: str
    """What to do, in words."""


class AskedPermit(Shape):
    """The outcome of one request of several."""

    pointer: str
    """Which one: a JSON pointer (RFC 6901) into the request's body."""
    outcome: Literal["asked", "repeated", "refused"]
    """`asked` now, on record before (`repeated`), or not on record (`refused`)."""
    code: Shown | None = None
    """The permit's code; left out with `refused`."""
    problem: PermitProblem | None = None
    """With `refused`: why, and what to do."""


class PermitCounts(Shape):
    """How many requests came out in which way."""

    asked: int
    """Stored now."""
    repeated: int
    """On record before, with the same content."""
    refused: int
    """Not on record."""


class AskedPermits(Shape):
    """The outcomes of several requests, in their order."""

    counts: PermitCounts
    """How many came out in which way."""
    lines: list[AskedPermit]
    """In the order in which they were sent."""


class PermitLinks(Shape):
    """What the holder of a permit needs."""

    secret: str
    """Opens the pictures: the header `X-Pass-Secret`."""
    token: str
    """The text of the QR."""
    qr_svg: str
    """The picture of the QR. It needs the header `X-Pass-Secret`."""
    qr_png: str
    """The same as PNG."""


class ShownPermit(Shape):
    """A permit: what was asked for, and what became of it."""

    code: Shown
    """The permit's code."""
    state: PermitState
    """What became of it so far."""
    overdue: bool
    """Whether it is not decided and should be, by the policy. It is then in the list `overdue`, too."""
    asked_at: datetime
    """When it was asked for."""
    asked_by: str | None = None
    """The member of staff who asked: the subject of their token. Only for offices."""
    by_partner: bool
    """Whether a partner asked for it."""
    asked: PermitForm
    """What was asked for."""
    decision: PermitOutcome | None = None
    """What was decided."""
    decided_at: datetime | None = None
    """When."""
    decided_by: str | None = None
    """The member of staff who decided. Only for offices."""
    conditions: PermitConditions | None = None
    """When and where it is valid, if it was granted."""
    ends_at: datetime | None = None
    """When it ends, if it was granted."""
    reason: str | None = None
    """Why it was refused."""
    revoked_at: datetime | None = None
    """When it was withdrawn."""
    revoked_by: str | None = None
    """The member of staff who withdrew it. Only for offices."""
    revoked_for: str | None = None
    """Why it was withdrawn. Only for offices."""
    holder: PermitLinks | None = None
    """What to hand to its holder, while it is in force. Not in lists."""


class PermitsPage(ListPage):
    """A page of permits."""

    permits: list[ShownPermit]
    """In the order of the list."""


def shown(record: PermitRecord, office: PermitOffice, *, to_office: bool, base_url: str | None = None) -> ShownPermit:
    """A permit for an office or its asker. With `base_url`, also what its holder needs."""
    permit, decision, revocation = record.permit, record.decision, record.revocation
    now = office.clock()
    state = record.state(now, office.zone)
    in_force = base_url is not None and state is PermitState.GRANTED
    return ShownPermit(
        code=record.code.shown,
        state=state,
        overdue=record.is_overdue(now, within(office)),
        asked_at=permit.asked_at,
        asked_by=permit.asked_by if to_office else None,
        by_partner=permit.partner is not None,
        asked=permit.form,
        decision=decision.outcome if decision else None,
        decided_at=decision.recorded_at if decision else None,
        decided_by=decision.recorded_by if decision and to_office else None,
        conditions=record.conditions,
        ends_at=record.ends_at(office.zone) if record.conditions else None,
        reason=decision.reason if decision else None,
        revoked_at=revocation.recorded_at if revocation else None,
        revoked_by=revocation.recorded_by if revocation and to_office else None,
        revoked_for=revocation.reason if revocation and to_office else None,
        holder=_links(record, office, base_url or "") if in_force else None,
    )


def _links(record: PermitRecord, office: PermitOffice, base_url: str) -> PermitLinks:
    assert record.decision is not None  # it is granted
    here = f"{base_url}/v1/permits/{record.code}"
    return PermitLinks(
        secret=secret_for(LinkKind.PASS, record.code, office.keyed_hash),
        token=record.decision.token or "",
        qr_svg=f"{here}/qr.svg",
        qr_png=f"{here}/qr.png",
    )
