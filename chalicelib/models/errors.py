"""What can go wrong, each with its stable `code`.

The words a person reads for a code, and its HTTP status, are data: `chalicelib/data/errors.json`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


class DomainError(Exception):
    """Something the caller can act on. `code` is stable; `params` fill the placeholders of its words; `members` are
    told beside them (RFC 9457, extension members)."""

    code: ClassVar[str]
    members: Mapping[str, Any] = {}

    def __init__(self, **params: object) -> None:
        super().__init__(self.code)
        self.params = params


class Misconfigured(Exception):
    """Something an operator did or left undone. Its text says what to do, has no person's data, and is logged."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that cannot be accepted.

    `pointer` is a JSON pointer (RFC 6901) into the request's body; `code` is stable, like an error's.
    """

    pointer: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


class InvalidInput(DomainError):
    """The body was understood and some fields cannot be accepted."""

    code = "invalid_input"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__(count=len(problems))
        self.problems = tuple(problems)


class BodyTooLarge(DomainError):
    code = "body_too_large"


class BodyNotUtf8(DomainError):
    code = "body_not_utf8"


class BodyNotJson(DomainError):
    code = "body_not_json"


class UnsupportedContentType(DomainError):
    code = "unsupported_content_type"


class IdempotencyKeyMalformed(DomainError):
    code = "idempotency_key_malformed"


class IdempotencyKeyReused(DomainError):
    """The key was used before, with another body."""

    code = "idempotency_key_reused"


class PictureSizeInvalid(DomainError):
    code = "picture_size_invalid"


class UnknownListVersion(DomainError):
    code = "unknown_list_version"


class UnknownUnit(DomainError):
    code = "unknown_administrative_unit"


class UnknownCountry(DomainError):
    code = "country_unknown"


class CodeMistyped(DomainError):
    """The text cannot be a pass's code: wrong length, wrong letters, or a wrong check character."""

    code = "code_mistyped"


class PassUnknown(DomainError):
    """The code is well formed and no pass has it (any more)."""

    code = "pass_unknown"


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


class CheckpointIdMalformed(DomainError):
    code = "checkpoint_id_malformed"


class CheckpointChangeRefused(DomainError):
    """A supervisor opens and closes a checkpoint and sets its lanes; the rest is an administrator's."""

    code = "checkpoint_change_needs_administrator"


class PolicyVersionUnknown(DomainError):
    code = "policy_version_unknown"


class PolicyPreconditionMissing(DomainError):
    """Whoever changes the policy says which version they think is in force."""

    code = "policy_precondition_missing"


class PolicyChanged(DomainError):
    """Another version is in force than the one that was to be replaced."""

    code = "policy_changed"

    def __init__(self, in_force: str) -> None:
        super().__init__(in_force=in_force)
        self.members = {"in_force": in_force}


class TokenMissing(DomainError):
    code = "staff_token_missing"


class TokenRefused(DomainError):
    """The bearer token is malformed, expired, or not of the configured issuer."""

    code = "staff_token_refused"


class RoleMissing(DomainError):
    code = "staff_role_missing"


class NotPosted(DomainError):
    """The member of staff acts for no checkpoint."""

    code = "staff_not_posted"


class PostedElsewhere(DomainError):
    """The member of staff acts for another checkpoint."""

    code = "staff_posted_elsewhere"


class StaffSubjectMalformed(DomainError):
    code = "staff_subject_malformed"


class IssuerUnreachable(DomainError):
    """The issuer's keys could not be had, so no token can be judged now."""

    code = "staff_issuer_unreachable"


class ServiceUnavailable(DomainError):
    """Something we depend on did not answer; nothing was done, the same request may be sent again."""

    code = "service_unavailable"


class Maintenance(DomainError):
    """Writes rest for a while; gates can still check passes."""

    code = "maintenance"

    def __init__(self) -> None:
        super().__init__(seconds=300)


class NotFound(DomainError):
    code = "not_found"


class Unexpected(DomainError):
    """A fault of ours."""

    code = "internal_error"
