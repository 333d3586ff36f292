"""Whether a person may be admitted, and the record of the decision about them."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.models.entry.conflicts import ConflictKind
from chalicelib.models.entry.crossings import AS_SENT, Crossing, CrossingForm, Decision, Offline
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.errors import DomainError, FieldProblem, InvalidInput
from chalicelib.models.gate.errors import CheckpointClosed, PassExpired, PassReplaced, PassRevoked
from chalicelib.models.people.clocks import CLOCK_TOLERANCE
from chalicelib.models.policy.texts import Level
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.models.staff.recorded import recorded
from chalicelib.services.gate.desks import Desk


def checkpoint_of(checkpoint_id: str, desk: Desk) -> Checkpoint:
    """Raises `InvalidInput` if there is no such checkpoint."""
    known = desk.in_force.current().checkpoints.get(checkpoint_id)
    if known is None:
        raise InvalidInput([FieldProblem("/checkpoint", "unknown_checkpoint")])
    return known


def crossing_of(form: CrossingForm, held: HeldPass, at: datetime, desk: Desk, offline: Offline | None) -> Crossing:
    """The record of a form, with what its certificates prove."""
    papers: dict[str, Any] = {"documents_seen": form.documents_seen}
    if form.certificates:
        # Few crossings have certificates; the others do not import this.
        from chalicelib.services.gate.evidence import weigh

        readings = [desk.read_certificate(text, at) for text in form.certificates]
        evidence = weigh(form.certificates, readings, held, desk.in_force.policy(held.policy_version), at)
        proving = {each.document for each in evidence.seen if each.document}
        papers = {
            "documents_seen": sorted({*form.documents_seen, *proving}),
            "certificates": evidence.seen,
            "findings": evidence.assessment.findings,
            "instructions": evidence.assessment.instructions,
        }
    sent = {name: getattr(form, name) for name in AS_SENT}
    decided_at = at if offline is None else at - CLOCK_TOLERANCE
    late = form.decision is Decision.ADMIT and decided_at >= held.expires_at
    after_expiry = True if late and form.reason and _in_grace(held, decided_at, desk) else None
    return Crossing(**sent, **papers, **recorded(desk.staff, at), offline=offline, after_expiry=after_expiry)


def require_admissible(held: HeldPass, crossing: Crossing, desk: Desk) -> None:
    """Raise unless the person of this crossing may be admitted.

    Raises `CheckpointClosed`, `PassRevoked`, `PassReplaced`, `PassExpired`, or `InvalidInput` if there is no reason to
    admit a person that the policy stops, or whose pass ended within the policy's `grace_minutes`.
    """
    checkpoint = checkpoint_of(crossing.checkpoint, desk)
    if not checkpoint.open:
        raise CheckpointClosed(checkpoint=checkpoint.names)
    problem = objection(held, crossing, crossing.recorded_at, desk)
    if problem is not None:
        raise _refusal(problem, held, crossing.recorded_at, desk)


def objection(held: HeldPass, crossing: Crossing, at: datetime, desk: Desk) -> ConflictKind | None:
    """Why the person should not be admitted at this time, if there is a reason."""
    if held.is_revoked:
        return ConflictKind.REVOKED
    if at >= held.expires_at and not (crossing.reason and _in_grace(held, at, desk)):
        return ConflictKind.EXPIRED
    if not crossing.reason and _stops(held, crossing, desk):
        return ConflictKind.STOPPED
    return None


def _in_grace(held: HeldPass, at: datetime, desk: Desk) -> bool:
    """Whether the holder of a pass that has ended may still be admitted, with a reason. Nobody needs that for a pass
    that was replaced: there is a newer one."""
    grace = timedelta(minutes=desk.in_force.current().policy.grace_minutes)
    return held.replacement is None and at < held.expires_at + grace


def _refusal(problem: ConflictKind, held: HeldPass, at: datetime, desk: Desk) -> DomainError:
    if problem is ConflictKind.REVOKED:
        return PassRevoked()
    if problem is ConflictKind.EXPIRED and held.replacement is not None:
        return PassReplaced(held.replacement.by_code.shown)
    if problem is ConflictKind.EXPIRED:
        if _in_grace(held, at, desk):
            return InvalidInput([FieldProblem("/reason", "reason_missing_after_expiry")])
        return PassExpired(expired_at=held.expires_at)
    return InvalidInput([FieldProblem("/reason", "reason_missing_for_stop")])


def _stops(held: HeldPass, crossing: Crossing, desk: Desk) -> bool:
    """Whether the policy of the declaration wants a reason to admit this person: for a finding, by what was declared or
    what certificates proved, or for a fever."""
    policy = desk.in_force.texts(held.policy_version)
    findings = held.issued.findings if crossing.findings is None else crossing.findings
    fever = policy.fever_from is not None and (crossing.temperature or 0) >= policy.fever_from
    return fever or any(policy.findings[name].level is Level.STOP for name in findings)
