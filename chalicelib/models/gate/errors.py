"""What can go wrong with the gate."""

from collections.abc import Mapping, Sequence

from chalicelib.models.errors import DomainError


class ExactlyOneNeeded(DomainError):
    """Of several ways to ask, none was given or more than one."""

    code = "exactly_one_needed"


class PersonalNumberInUrl(DomainError):
    """A phone or identity number stood in a URL, where logs and histories keep it."""

    code = "personal_number_in_url"


class PassExpired(DomainError):
    """An expired pass can be refused or sent on, not admitted."""

    code = "pass_expired"


class PassRevoked(DomainError):
    """A revoked pass can be refused or sent on, not admitted."""

    code = "pass_revoked"


class PassAlreadyRevoked(DomainError):
    """The pass was withdrawn before, by someone else or for another reason; `revocation` (its public form) says who
    did so, when and why."""

    code = "pass_already_revoked"

    def __init__(self, revocation: Mapping[str, object]) -> None:
        super().__init__()
        self.members = {"revocation": revocation}


class CrossingAlreadyRecorded(DomainError):
    """Another decision stands for this pass; `crossing` (its public form) says who decided what, when."""

    code = "crossing_already_recorded"

    def __init__(self, crossing: Mapping[str, object]) -> None:
        super().__init__()
        self.members = {"crossing": crossing}


class CrossingMissing(DomainError):
    """There is nothing to correct: the pass has no crossing."""

    code = "crossing_missing"


class GroupRefused(DomainError):
    """Someone of a group cannot be recorded, so nobody was. `refused` are the codes, as people see them, and why."""

    code = "group_refused"

    def __init__(self, refused: Sequence[tuple[str, DomainError]]) -> None:
        super().__init__(refused=len(refused))
        self.refused = tuple(refused)


class RecordedInFuture(DomainError):
    """A device says to have recorded something later than it sent it."""

    code = "recorded_in_future"


class TooManyConflicts(DomainError):
    """So many crossings without network do not fit this pass that one more tells nothing new."""

    code = "too_many_conflicts"


class TooManyCorrections(DomainError):
    """A crossing was corrected so often that people should talk to each other."""

    code = "too_many_corrections"


class CorrectionNeedsSupervisor(DomainError):
    """A supervisor has settled what holds for this pass: only a supervisor says otherwise."""

    code = "correction_needs_supervisor"


class ConflictOfOneself(DomainError):
    """Who recorded one of the two crossings does not settle which holds."""

    code = "conflict_of_oneself"


class ConflictUnknown(DomainError):
    code = "conflict_unknown"


class ConflictSettled(DomainError):
    """Someone has settled it otherwise; `settlement` (its public form) says who, how and why."""

    code = "conflict_settled"

    def __init__(self, settlement: Mapping[str, object]) -> None:
        super().__init__()
        self.members = {"settlement": settlement}


class CheckpointClosed(DomainError):
    """Nobody is admitted at a closed checkpoint; a refusal or isolation there is recorded."""

    code = "admission_at_closed_checkpoint"
