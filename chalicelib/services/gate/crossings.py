"""Record crossings: one for each pass, whoever scans at the same moment; of one person, of a vehicle, or of an hour
without network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import Conflict, ConflictKind
from chalicelib.models.entry.crossings import AS_SENT, Crossing, CrossingForm, Decision, Offline
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import Facts
from chalicelib.models.errors import DomainError, FieldProblem, InvalidInput, ServiceUnavailable
from chalicelib.models.gate.batches import BatchForm, OfflineCrossingForm
from chalicelib.models.gate.errors import (
    CheckpointClosed,
    CrossingAlreadyRecorded,
    GroupRefused,
    PassExpired,
    PassRevoked,
    RecordedInFuture,
    TooManyConflicts,
)
from chalicelib.models.gate.vehicles import GroupForm, Mode
from chalicelib.models.policy.policies import Level
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.models.staff.staff import Principal, StaffRecord
from chalicelib.services.collaborators import Clock, Entries, Postings, ReadCertificate, References
from chalicelib.services.parallel import in_parallel
from chalicelib.services.staff.postings import CLOCK_TOLERANCE, require_posting, require_posting_then

MOST_CONFLICTS = 5
"""About one pass."""

_BUDGET = timedelta(seconds=14)
"""For a batch: a request must be answered within twenty. What is left over then is sent again."""

_SENT_AGAIN_WITHIN = timedelta(minutes=10)
"""A device that lost our answer keeps the crossing as one without network: the same content by the same member of staff
within this time is the same crossing."""

_ATTEMPTS = 3
"""To record a group of which others record someone at the same moment."""


class Outcome(StrEnum):
    """What became of one crossing of several."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    """It stood already, as sent."""
    CONFLICT = "conflict"
    """It is on record beside what stands, and waits for a supervisor."""
    REFUSED = "refused"
    """It is not on record; `error` says why, and whether to send it again."""


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one crossing of several. `code` is None where it could not be read."""

    code: Code | None
    outcome: Outcome
    crossing: Crossing | None = None
    """What stands for the pass."""
    conflict: Conflict | None = None
    error: DomainError | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a batch. `clock_ahead` is how much the device's clock is wrong; None within a minute."""

    lines: list[Line]
    clock_ahead: timedelta | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Who records, and with what."""

    staff: Principal
    entries: Entries
    references: References
    postings: Postings
    read_certificate: ReadCertificate
    clock: Clock


def record_crossing(form: CrossingForm, *, desk: Desk) -> Line:
    """Append the decision about a pass: one query and one conditional write.

    The same content sent again by the same member of staff is `repeated`: what stands is the first answer.

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
    _checkpoint(form, desk)
    code = Code.parse(form.code)
    facts = desk.entries.find(code)
    line = _judged(code, form, facts, desk)
    if line.outcome is Outcome.RECORDED:
        line = _appended(line, form, facts, desk)
    if line.error is not None:
        raise line.error
    return line


def record_group(form: GroupForm, *, desk: Desk) -> list[Line]:
    """Append the decisions about everyone in a vehicle: one query for each declaration, and one transaction (`all`) or
    a conditional write for each person (`each`).

    Raises
    ------
    GroupRefused
        With mode `all`, if someone cannot be recorded: nobody is.
    InvalidInput
        The checkpoint is unknown.
    NotPosted, PostedElsewhere
        Staff act for the checkpoint they are posted to.
    ServiceUnavailable
        With mode `all`: nobody was recorded.
    """
    forms = list(form.forms())
    _checkpoint(forms[0], desk)
    codes = [Code.parse(each.code) for each in forms]
    for _ in range(_ATTEMPTS):
        found = _found(codes, desk)
        lines = [_judged(code, each, found[code.declaration], desk) for code, each in zip(codes, forms, strict=True)]
        if form.mode is Mode.EACH:
            return in_parallel(partial(_appended_if_new, found=found, desk=desk), list(zip(lines, forms, strict=True)))
        refused = [(line.code.shown, line.error) for line in lines if line.code and line.error]
        if refused:
            raise GroupRefused(refused)
        new = [_to_write(line, found) for line in lines if line.outcome is Outcome.RECORDED]
        # Someone else may record one of them between our reading and our writing: then look again.
        if not new or desk.entries.append_crossings(new):
            return lines
    raise ServiceUnavailable


def record_batch(batch: BatchForm, lines: Sequence[OfflineCrossingForm | InvalidInput], *, desk: Desk) -> Received:
    """Append what a device recorded without network: for each declaration one query, for each crossing one write, in
    bounded parallel. `lines` are those of the batch, or why one cannot be read.

    Such a crossing happened, whatever is found out later: it is never refused for what staff could not know. Where the
    pass was decided otherwise, revoked or at its end by then, both facts stay, and a conflict waits for a supervisor.
    The same batch sent again changes nothing.
    """
    now = desk.clock().replace(microsecond=0)
    posted = desk.postings.of(desk.staff.subject, fresh=True)
    ahead = batch.sent_at - now
    wrong = ahead if abs(ahead) > CLOCK_TOLERANCE else None
    groups: dict[str, list[tuple[int, OfflineCrossingForm]]] = {}
    answered: dict[int, Line] = {}
    for number, line in enumerate(lines):
        if isinstance(line, InvalidInput):
            answered[number] = Line(None, Outcome.REFUSED, error=line)
        else:
            groups.setdefault(Code.parse(line.code).declaration, []).append((number, line))

    sent = _Sent(batch.device, now, wrong, posted)

    def record(group: list[tuple[int, OfflineCrossingForm]]) -> list[tuple[int, Line]]:
        return list(_recorded_offline(group, sent, desk))

    for group in in_parallel(record, list(groups.values())):
        answered.update(group)
    return Received([answered[number] for number in range(len(lines))], wrong)


def _checkpoint(form: CrossingForm | Crossing, desk: Desk) -> Checkpoint:
    known = desk.references.current().checkpoints.get(form.checkpoint)
    if known is None:
        raise InvalidInput([FieldProblem("/checkpoint", "unknown_checkpoint", {"checkpoint": form.checkpoint})])
    return known


def _found(codes: Sequence[Code], desk: Desk) -> dict[str, Facts | None]:
    """The facts of each declaration that the codes name."""
    distinct = list({code.declaration: code for code in codes}.values())
    return {
        code.declaration: facts for code, facts in zip(distinct, in_parallel(desk.entries.find, distinct), strict=True)
    }


def _judged(code: Code, form: CrossingForm, facts: Facts | None, desk: Desk) -> Line:
    """What is to become of a crossing: `recorded` still has to be written."""
    now = desk.clock()
    if facts is None or not facts.has(code.person):
        return Line(code, Outcome.REFUSED, error=PassUnknown(code=code.shown))
    standing = facts.crossings.get(code.person)
    beside = _beside(code, form, standing, desk) if standing else None
    if beside and beside.outcome is Outcome.REPEATED:
        return beside  # whoever sends it again may be posted elsewhere by now
    require_posting(desk.staff, form.checkpoint, postings=desk.postings)
    if beside:
        return beside
    crossing = _crossing(code, form, facts, now.replace(microsecond=0), None, desk)
    if form.decision is Decision.ADMIT:
        try:
            require_admissible(code, facts, crossing, desk)
        except DomainError as error:
            return Line(code, Outcome.REFUSED, error=error)
    return Line(code, Outcome.RECORDED, crossing)


def require_admissible(code: Code, facts: Facts, crossing: Crossing, desk: Desk) -> None:
    """See that whom this crossing is about may be admitted.

    Raises `CheckpointClosed`, `PassRevoked`, `PassExpired`, or `InvalidInput` for someone the policy stops and whom no
    reason lets in.
    """
    if not _checkpoint(crossing, desk).open:
        raise CheckpointClosed(checkpoint=crossing.checkpoint)
    problem = _objection(code, crossing, facts, crossing.recorded_at, desk.references)
    if problem is not None:
        raise _refusal(problem, facts)


def _objection(
    code: Code, crossing: Crossing, facts: Facts, at: datetime, references: References
) -> ConflictKind | None:
    """What speaks against having admitted someone at this time."""
    if code.person in facts.revocations:
        return ConflictKind.REVOKED
    if at >= facts.declaration.expires_at:
        return ConflictKind.EXPIRED
    if not crossing.reason and _stops(code, crossing, facts, references):
        return ConflictKind.STOPPED
    return None


def _refusal(problem: ConflictKind, facts: Facts) -> DomainError:
    if problem is ConflictKind.REVOKED:
        return PassRevoked()
    if problem is ConflictKind.EXPIRED:
        return PassExpired(expired_at=facts.declaration.expires_at.isoformat())
    return InvalidInput([FieldProblem("/reason", "reason_missing_for_stop")])


def _stops(code: Code, crossing: Crossing, facts: Facts, references: References) -> bool:
    """Whether the policy the declaration was judged by says not to admit this person without a reason: for what it
    found, by what was declared or what certificates proved, or for their fever."""
    policy = references.policy(facts.declaration.policy_version)
    declared = facts.declaration.passes[code.person].findings
    found = declared if crossing.findings is None else crossing.findings
    fever = policy.fever_from is not None and (crossing.temperature or 0) >= policy.fever_from
    return fever or any(policy.findings[name].level is Level.STOP for name in found)


def _crossing(
    code: Code, form: CrossingForm, facts: Facts, at: datetime, offline: Offline | None, desk: Desk
) -> Crossing:
    """The record of a form, with what its certificates prove."""
    papers: dict[str, Any] = {"documents_seen": form.documents_seen}
    if form.certificates:
        # What few crossings need, the others do not pay for.
        from chalicelib.services.gate.evidence import weigh

        readings = [desk.read_certificate(text, at) for text in form.certificates]
        person, trip = facts.declaration.form.persons[code.person], facts.declaration.form.trip
        policy = desk.references.policy(facts.declaration.policy_version)
        evidence = weigh(form.certificates, readings, person, trip, policy, at)
        proving = {each.document for each in evidence.seen if each.document}
        papers = {
            "documents_seen": sorted({*form.documents_seen, *proving}),
            "certificates": evidence.seen,
            "findings": evidence.outcome.findings,
            "instructions": evidence.outcome.instructions,
        }
    return Crossing(
        **{name: getattr(form, name) for name in AS_SENT},
        **papers,
        recorded_at=at,
        recorded_by=desk.staff.subject,
        recorded_by_name=desk.staff.name,
        offline=offline,
    )


def _beside(code: Code, form: CrossingForm, standing: Crossing, desk: Desk) -> Line:
    """A form that meets a crossing which stands."""
    if standing.is_of(form) and standing.recorded_by == desk.staff.subject:
        return Line(code, Outcome.REPEATED, standing)
    shown = standing.model_dump(mode="json", exclude_none=True)
    return Line(code, Outcome.REFUSED, standing, error=CrossingAlreadyRecorded(shown))


def _to_write(line: Line, found: dict[str, Facts | None]) -> tuple[Code, Declaration, Crossing]:
    assert line.code is not None
    assert line.crossing is not None
    facts = found[line.code.declaration]
    assert facts is not None  # what is to be recorded was found
    return line.code, facts.declaration, line.crossing


def _appended_if_new(judged: tuple[Line, CrossingForm], found: dict[str, Facts | None], desk: Desk) -> Line:
    line, form = judged
    if line.outcome is not Outcome.RECORDED:
        return line
    assert line.code is not None
    try:
        return _appended(line, form, found[line.code.declaration], desk)
    except DomainError as error:
        return Line(line.code, Outcome.REFUSED, error=error)


def _appended(line: Line, form: CrossingForm, facts: Facts | None, desk: Desk) -> Line:
    assert line.code is not None
    assert line.crossing is not None
    assert facts is not None  # what is to be recorded was found
    standing = desk.entries.append_crossing(line.code, facts.declaration, line.crossing)
    return line if standing is None else _beside(line.code, form, standing, desk)


@dataclass(frozen=True, slots=True)
class _Sent:
    """What holds for every line of a batch."""

    device: str
    received_at: datetime
    clock_ahead: timedelta | None
    posted: StaffRecord | None


def _recorded_offline(
    group: list[tuple[int, OfflineCrossingForm]], sent: _Sent, desk: Desk
) -> Iterator[tuple[int, Line]]:
    """The crossings of one declaration, in their order: of two for one pass, the first stands."""
    facts: Facts | None = None
    crossings: dict[int, Crossing] = {}
    conflicts: dict[int, list[Conflict]] = {}
    for number, form in group:
        code = Code.parse(form.code)
        try:
            if desk.clock() - sent.received_at > _BUDGET:
                raise ServiceUnavailable
            if facts is None:
                facts = desk.entries.find(code)
                crossings = dict(facts.crossings) if facts else {}
                conflicts = {person: list(each) for person, each in facts.conflicts.items()} if facts else {}
            known = conflicts.setdefault(code.person, [])
            line = _offline_line(code, form, sent, facts, crossings.get(code.person), known, desk)
        except DomainError as error:
            line = Line(code, Outcome.REFUSED, error=error)
        if line.crossing is not None:
            crossings[code.person] = line.crossing
        if line.conflict is not None and line.conflict not in conflicts[code.person]:
            conflicts[code.person].append(line.conflict)
        yield number, line


def _offline_line(
    code: Code,
    form: OfflineCrossingForm,
    sent: _Sent,
    facts: Facts | None,
    standing: Crossing | None,
    before: Sequence[Conflict],
    desk: Desk,
) -> Line:
    """`standing` and `before` are the crossing and the conflicts of the pass by now."""
    _checkpoint(form, desk)
    if facts is None or not facts.has(code.person):
        raise PassUnknown(code=code.shown)
    # The clock was wrong when this was sent; it was as wrong, as far as anyone can know, when it was recorded.
    at = (form.recorded_at - (sent.clock_ahead or timedelta())).astimezone(sent.received_at.tzinfo)
    if at > sent.received_at + CLOCK_TOLERANCE:
        raise RecordedInFuture
    require_posting_then(desk.staff, form.checkpoint, at, sent.posted)
    offline = Offline(
        device=sent.device,
        id=form.id,
        said_at=form.recorded_at,
        received_at=sent.received_at,
        clock_ahead_seconds=round(sent.clock_ahead.total_seconds()) if sent.clock_ahead else 0,
    )
    conflict_id = Conflict.id_of(form, sent.device, desk.staff.subject)
    known = next((each for each in before if each.id == conflict_id), None)
    if known is not None:
        return Line(code, Outcome.CONFLICT, standing, known)
    if standing is not None and _is_its_record(form, offline, at, standing, desk):
        return Line(code, Outcome.REPEATED, standing)
    crossing = _crossing(code, form, facts, at, offline, desk)
    kind = None
    if standing is None:
        kind = _objection_offline(code, crossing, facts, desk.references)
        if kind is None:
            standing = desk.entries.append_crossing(code, facts.declaration, crossing)
            if standing is None:
                return Line(code, Outcome.RECORDED, crossing)
            if _is_its_record(form, offline, at, standing, desk):
                return Line(code, Outcome.REPEATED, standing)
    if len(before) >= MOST_CONFLICTS:
        raise TooManyConflicts(limit=MOST_CONFLICTS)
    conflict = Conflict(id=conflict_id, kind=kind or ConflictKind.DECIDED_OTHERWISE, crossing=crossing)
    return _in_conflict(code, facts.declaration, conflict, standing, desk)


def _objection_offline(code: Code, crossing: Crossing, facts: Facts, references: References) -> ConflictKind | None:
    if crossing.decision is not Decision.ADMIT:
        return None
    if crossing.recorded_at < facts.declaration.issued_at - CLOCK_TOLERANCE:
        return ConflictKind.BEFORE_DECLARATION
    # Revoked by now is enough, whenever this was: the time is the device's word, and the person is in.
    return _objection(code, crossing, facts, crossing.recorded_at - CLOCK_TOLERANCE, references)


def _is_its_record(form: CrossingForm, offline: Offline, at: datetime, standing: Crossing, desk: Desk) -> bool:
    """Whether a crossing without network is the one that stands, sent again."""
    if not standing.is_of(form) or standing.recorded_by != desk.staff.subject:
        return False
    if standing.offline is not None:
        return (standing.offline.device, standing.offline.id) == (offline.device, offline.id)
    return abs(standing.recorded_at - at) <= _SENT_AGAIN_WITHIN


def _in_conflict(
    code: Code, declaration: Declaration, conflict: Conflict, standing: Crossing | None, desk: Desk
) -> Line:
    own = conflict.crossing
    if standing is None:
        # It is the pass's crossing all the same: the person went in.
        standing = desk.entries.append_conflict(code, declaration, conflict, {own.checkpoint}, with_crossing=True)
        if standing is None or standing.offline == own.offline:
            return Line(code, Outcome.CONFLICT, standing or own, conflict)
        conflict = conflict.model_copy(update={"kind": ConflictKind.DECIDED_OTHERWISE})
    checkpoints = {own.checkpoint, standing.checkpoint}
    desk.entries.append_conflict(code, declaration, conflict, checkpoints, with_crossing=False)
    return Line(code, Outcome.CONFLICT, standing, conflict)
