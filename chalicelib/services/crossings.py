"""Record a crossing: one for each pass, whoever scans at the same moment."""

from datetime import timedelta

from chalicelib.models.codes import Code
from chalicelib.models.crossings import Crossing, CrossingForm, Decision
from chalicelib.models.errors import (
    CheckpointClosed,
    CrossingAlreadyRecorded,
    FieldProblem,
    InvalidInput,
    PassExpired,
    PassRevoked,
    PassUnknown,
)
from chalicelib.models.facts import Facts
from chalicelib.models.passes import Verdict
from chalicelib.models.policies import Level
from chalicelib.models.staff import Principal
from chalicelib.services.collaborators import Clock, Entries, Postings, References
from chalicelib.services.passes import verdict_of
from chalicelib.services.staff import require_posting


def record_crossing(
    form: CrossingForm,
    *,
    staff: Principal,
    retention: timedelta,
    entries: Entries,
    references: References,
    postings: Postings,
    clock: Clock,
) -> Crossing:
    """Append the decision about a pass: one query and one conditional write.

    The same content sent again by the same member of staff gives back the crossing that stands.

    Raises
    ------
    NotPosted, PostedElsewhere
        Whoever records it does not act for the checkpoint.
    CheckpointClosed
        Someone is admitted at a closed checkpoint.
    PassUnknown, PassExpired, PassRevoked
        An expired or revoked pass can be refused or sent on, not admitted.
    CrossingAlreadyRecorded
        Someone decided otherwise before, or someone else did.
    InvalidInput
        The checkpoint is unknown, or someone whom the policy stops is admitted without a reason.
    """
    checkpoint = references.current().checkpoints.get(form.checkpoint)
    if checkpoint is None:
        raise InvalidInput([FieldProblem("/checkpoint", "unknown_checkpoint", {"checkpoint": form.checkpoint})])
    require_posting(staff, checkpoint.id, at=None, postings=postings)
    code = Code.parse(form.code)
    now = clock()
    facts = entries.find(code)
    if facts is None or code.person >= len(facts.declaration.passes):
        raise PassUnknown(code=code.shown)
    crossing = Crossing(
        **form.model_dump(),
        recorded_at=now.replace(microsecond=0),
        recorded_by=staff.subject,
        recorded_by_name=staff.name,
    )
    standing = facts.crossings.get(code.person)
    if standing is None:
        if form.decision is Decision.ADMIT and not checkpoint.open:
            raise CheckpointClosed(checkpoint=checkpoint.id)
        state = verdict_of(code, facts, now)
        if form.decision is Decision.ADMIT and state is Verdict.EXPIRED:
            raise PassExpired(expired_at=facts.declaration.expires_at.isoformat())
        if form.decision is Decision.ADMIT and state is Verdict.REVOKED:
            raise PassRevoked
        if form.decision is Decision.ADMIT and not form.reason and _is_stopped(code, facts, references):
            raise InvalidInput([FieldProblem("/reason", "reason_missing_for_stop")])
        standing = entries.append_crossing(code, crossing, facts.declaration.issued_at + retention) or crossing
    if standing.form != form or standing.recorded_by != staff.subject:
        raise CrossingAlreadyRecorded(standing.model_dump(mode="json", exclude_none=True))
    return standing


def _is_stopped(code: Code, facts: Facts, references: References) -> bool:
    """Whether the policy the declaration was judged by says not to admit this person without a reason."""
    findings = references.policy(facts.declaration.policy_version).findings
    return any(findings[name].level is Level.STOP for name in facts.declaration.passes[code.person].findings)
