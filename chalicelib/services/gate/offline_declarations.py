"""Declare what a device took while it had no network, and record what was decided with it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Declaration, DeclarationForm
from chalicelib.models.entry.errors import IdempotencyKeyReused
from chalicelib.models.entry.offline_declarations import DeclaredOffline, FoundDifferently
from chalicelib.models.errors import DomainError, FieldProblem, InvalidInput, ServiceUnavailable
from chalicelib.models.gate.batches import OfflineCrossingForm
from chalicelib.models.gate.errors import LocalNumberReused
from chalicelib.models.gate.offline_declarations import DeclarationBatchForm, OfflineDeclarationForm
from chalicelib.models.people.clocks import CLOCK_TOLERANCE
from chalicelib.models.policy.assessments import evaluate
from chalicelib.models.policy.in_force import InForce
from chalicelib.models.policy.policies import Policy
from chalicelib.models.policy.texts import Texts
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.services.entry.declarations import Caller, Declared, Office, code_of, declare
from chalicelib.services.gate.batches import Batch
from chalicelib.services.gate.desks import Desk
from chalicelib.services.gate.lines import Line, LineOutcome
from chalicelib.services.parallel import in_parallel
from chalicelib.services.policy.ports import InForceSource

LONGEST_WITHOUT_NETWORK = timedelta(days=7)
"""A form cannot have been taken longer ago: a time before that is a wrong clock."""


class DeclaredLine(NamedTuple):
    """What became of one form."""

    outcome: LineOutcome
    """`recorded` if anything of it was recorded now."""
    declared: Declared | None = None
    """The declaration on record."""
    crossings: Sequence[Line] = ()
    """What became of each decision."""
    error: DomainError | None = None
    """With `refused`. After `ServiceUnavailable` a part may be on record: sent again, it is completed."""


class ReceivedDeclarations(NamedTuple):
    """What became of a batch. `clock_ahead` is how much the device's clock is wrong; None within a minute."""

    lines: list[DeclaredLine]
    clock_ahead: timedelta | None


def record_declarations(
    form: DeclarationBatchForm, lines: Sequence[OfflineDeclarationForm | InvalidInput], *, desk: Desk, office: Office
) -> ReceivedDeclarations:
    """Declare what a device took without network: for each form one query and one write, in bounded parallel; with
    decisions one query more, and one write for each. `lines` are those of the batch, or why one cannot be read.

    The moment of the declaration is the device's, corrected by what its clock is wrong. A form is judged by the policy
    that the device judged by, as staff could know no other. What the device found otherwise, and what the policy in
    force finds otherwise, is on record beside it.

    The same number of the same device and member of staff gets the first answer, whatever the clocks are by then. Its
    key is the code, so that two requests at the same moment make one declaration. If a request was ended halfway, the
    next one records what is missing.
    """
    batch = Batch.received(form.device, form.sent_at, desk)
    receiver = _Receiver(batch, desk, office)
    return ReceivedDeclarations(in_parallel(receiver.record, list(enumerate(lines))), batch.clock_ahead)


class _Receiver(NamedTuple):
    """Records the forms of one batch."""

    batch: Batch
    desk: Desk
    office: Office

    def record(self, numbered: tuple[int, OfflineDeclarationForm | InvalidInput]) -> DeclaredLine:
        number, line = numbered
        if isinstance(line, InvalidInput):
            return DeclaredLine(LineOutcome.REFUSED, error=line)
        try:
            declared = self._declared(number, line)
        except DomainError as error:
            return DeclaredLine(LineOutcome.REFUSED, error=error)
        recorded = self.batch.record(list(enumerate(_crossing_forms(line, declared.code))))
        crossings = [crossing for _, crossing in recorded]
        outcomes = {crossing.outcome for crossing in crossings}
        if refused := [crossing.error for crossing in crossings if crossing.error]:
            return DeclaredLine(LineOutcome.REFUSED, declared, crossings, refused[0])
        if LineOutcome.CONFLICT in outcomes:
            return DeclaredLine(LineOutcome.CONFLICT, declared, crossings)
        repeated = declared.repeated and outcomes <= {LineOutcome.REPEATED}
        return DeclaredLine(LineOutcome.REPEATED if repeated else LineOutcome.RECORDED, declared, crossings)

    def _declared(self, number: int, line: OfflineDeclarationForm) -> Declared:
        """The declaration of a form. Raises if nothing of it may be stored."""
        if self.batch.is_late:
            raise ServiceUnavailable
        # Staff may decide while the form is still open on the screen: it was complete by then.
        said_at = min([line.taken_at, *(crossing.recorded_at for crossing in line.crossings)]).replace(microsecond=0)
        staff = self.desk.staff.subject
        offline = DeclaredOffline(
            device=self.batch.device,
            id=line.id,
            said_at=said_at,
            received_at=self.batch.received_at,
            clock_ahead_seconds=self.batch.clock_ahead_seconds,
        )
        caller = Caller(f"device {self.batch.device} of {staff}", staff, offline=offline)
        code = code_of(line.form, caller, line.id, self.office.keyed_hash)
        # This is looked for before any rule that may refuse the form: since then the device's clock or its sender's
        # posting may have changed.
        return self._on_record(line, code) or self._new(number, line, code, caller)

    def _on_record(self, line: OfflineDeclarationForm, code: Code) -> Declared | None:
        """The first answer, if the number is on record. Raises `LocalNumberReused` if it is with another form."""
        stored = self.office.declarations.find_declaration(code)
        if stored is None:
            return None
        # The form of an erased person is not on record any more. It must not be sent again under another number.
        if _as_sent(stored) != line.form and not any(each.is_erased for each in stored.passes):
            raise LocalNumberReused(id=line.id)
        return Declared(code, stored, repeated=True)

    def _new(self, number: int, line: OfflineDeclarationForm, code: Code, caller: Caller) -> Declared:
        assert caller.offline is not None
        said_at = caller.offline.said_at
        taken_at = self._moment(said_at)
        policy = self._policy_of(number, line)
        self._require_crossings(number, line, code, taken_at)
        form = _later(line.form, taken_at - said_at)
        differences = list(self._differences(line, form, policy, taken_at))
        caller = caller._replace(offline=caller.offline.model_copy(update={"found_differently": differences}))
        in_force = _AsJudged(policy, self.office.in_force)
        office = self.office._replace(clock=lambda: taken_at, in_force=in_force)
        try:
            return declare(form, caller=caller, idempotency_key=line.id, office=office)
        except InvalidInput as error:
            problems = [each._replace(pointer=f"/declarations/{number}/form{each.pointer}") for each in error.problems]
            raise InvalidInput(problems) from error
        except IdempotencyKeyReused as error:
            # Someone sent the same number at the same moment, perhaps this form with another error of the clock.
            stored = self._on_record(line, code)
            if stored is None:
                raise ServiceUnavailable from error
            return stored

    def _moment(self, said_at: datetime) -> datetime:
        """When the form was taken. A time that cannot be right is replaced by the nearer bound."""
        received_at = self.batch.received_at
        at = self.batch.set_right(said_at)
        if at > received_at + CLOCK_TOLERANCE:
            return received_at
        return max(at, received_at - LONGEST_WITHOUT_NETWORK)

    def _policy_of(self, number: int, line: OfflineDeclarationForm) -> Policy:
        policy = self.office.in_force.known(line.policy_version)
        if policy is None:
            at = f"/declarations/{number}/policy_version"
            raise InvalidInput([FieldProblem(at, "policy_version_unknown", {"version": line.policy_version})])
        return policy

    def _require_crossings(self, number: int, line: OfflineDeclarationForm, code: Code, taken_at: datetime) -> None:
        """See that each decision can be recorded, before the declaration is: of one form all is stored, or nothing.

        Raises `InvalidInput`, `NotPosted` or `PostedElsewhere`.
        """
        checkpoints, companions = self.office.in_force.current().checkpoints, len(line.form.companions)
        problems = []
        for index, crossing in enumerate(line.crossings):
            at = f"/declarations/{number}/crossings/{index}"
            if crossing.person > companions:
                problems.append(FieldProblem(f"{at}/person", "number_too_high", {"le": companions}))
            if crossing.checkpoint not in checkpoints:
                problems.append(FieldProblem(f"{at}/checkpoint", "unknown_checkpoint"))
        if problems:
            raise InvalidInput(problems)
        for form in _crossing_forms(line, code):
            self.batch.require_posting(form, taken_at)

    def _differences(
        self, line: OfflineDeclarationForm, form: DeclarationForm, by_device: Policy, taken_at: datetime
    ) -> Iterator[FoundDifferently]:
        here = taken_at.astimezone(ZoneInfo(self.office.province.time_zone))
        now = self.office.in_force.current().policy
        policies = [by_device] if now.version == by_device.version else [by_device, now]
        for number, person in enumerate(form.persons):
            found = [evaluate(policy, person, form.trip, here).findings for policy in policies]
            of_device = line.findings[number] if line.findings and number < len(line.findings) else found[0]
            # Nothing else can be a finding of this policy: no text of a device's own is stored and shown.
            of_device = [each for each in of_device if each in by_device.findings]
            for policy, each in zip(policies, found, strict=True):
                if {*each} != {*of_device}:
                    yield FoundDifferently(
                        person=number, policy_version=policy.version, found=each, device_found=sorted({*of_device})
                    )


class _Judged(NamedTuple):
    """An `InForce`, as it was for the device."""

    policy: Policy
    checkpoints: Mapping[str, Checkpoint]


class _AsJudged(NamedTuple):
    """What the device knew: its policy; and a gate that was closed meanwhile may have been open."""

    device_policy: Policy
    source: InForceSource

    def current(self) -> InForce:
        checkpoints = self.source.current().checkpoints
        opened = {name: each.model_copy(update={"open": True}) for name, each in checkpoints.items()}
        return _Judged(self.device_policy, opened)

    def policy(self, version: str) -> Policy:
        return self.source.policy(version)

    def texts(self, version: str) -> Texts:
        return self.source.texts(version)

    def known(self, version: str) -> Policy | None:
        return self.source.known(version)


def _crossing_forms(line: OfflineDeclarationForm, code: Code) -> list[OfflineCrossingForm]:
    """The decisions in the form in which a batch of crossings has them. The form's number names each."""
    return [
        OfflineCrossingForm(
            **{name: getattr(crossing, name) for name in type(crossing).model_fields if name != "person"},
            code=str(Code(code.declaration, crossing.person)),
            id=line.id,
        )
        for crossing in line.crossings
    ]


def _later(form: DeclarationForm, by: timedelta) -> DeclarationForm:
    """A form whose arrival is as much later as its moment: both are times of the same clock."""
    if abs(by) <= CLOCK_TOLERANCE:
        return form
    trip = form.trip.model_copy(update={"expected_arrival": form.trip.expected_arrival + by})
    return form.model_copy(update={"trip": trip})


def _as_sent(declaration: Declaration) -> DeclarationForm | None:
    """The form as the device sent it."""
    offline = declaration.offline
    return _later(declaration.form, offline.said_at - declaration.issued_at) if offline else None
