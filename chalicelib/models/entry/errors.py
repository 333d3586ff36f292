"""What can go wrong with declarations and passes."""

from chalicelib.models.errors import DomainError


class IdempotencyKeyMissing(DomainError):
    code = "idempotency_key_missing"


class IdempotencyKeyMalformed(DomainError):
    """It has another length, characters that are not allowed, or too few different ones."""

    code = "idempotency_key_malformed"


class IdempotencyKeyReused(DomainError):
    """The key was used before, with another body."""

    code = "idempotency_key_reused"


class PictureSizeInvalid(DomainError):
    code = "picture_size_invalid"


class CodeMistyped(DomainError):
    """The text cannot be a pass's code: wrong length, wrong letters, or a wrong check character."""

    code = "code_mistyped"


class CodeOfPermit(DomainError):
    """The code is that of a permit, where a pass's is looked up."""

    code = "code_of_permit"


class PassUnknown(DomainError):
    """The code is well formed and no pass has it (any more)."""

    code = "pass_unknown"


class PassSecretWrong(DomainError):
    """The secret of the pass's link is missing or wrong."""

    code = "pass_secret_wrong"


class PassEnded(DomainError):
    """The pass has expired or was revoked: nobody needs its picture."""

    code = "pass_ended"


class SlipNotByStaff(DomainError):
    """Staff print passes of declarations that staff made, and of no others."""

    code = "slip_not_by_staff"


class PersonalQrImpossible(DomainError):
    """The form has no document number for this person, and the national personal QR begins with one."""

    code = "personal_qr_impossible"


class VerificationTooSoon(DomainError):
    """A verification of this phone was asked for less than a minute ago."""

    code = "verification_too_soon"


class VerificationsUsedUp(DomainError):
    """The phone has had all its verifications of 24 hours."""

    code = "verifications_used_up"


class VerificationUnknown(DomainError):
    """There is no such verification, or it has expired."""

    code = "verification_unknown"


class TriesUsedUp(DomainError):
    """The verification has been answered as often as it can be."""

    code = "verification_tries_used_up"


class OneTimeCodeWrong(DomainError):
    """The one-time code is another one."""

    code = "one_time_code_wrong"
    member_schemas = {"tries_left": {"type": "integer", "description": "how many more answers are possible."}}

    def __init__(self, tries_left: int) -> None:
        super().__init__(left=tries_left)
        self.members = {"tries_left": tries_left}


class AnnouncementTooLarge(DomainError):
    """The checkpoint expects more passes than one announcement may have."""

    code = "announcement_too_large"


class AnnouncementReachesNobody(DomainError):
    """No pass is valid with a phone that may get messages."""

    code = "announcement_reaches_nobody"


class DraftUnknown(DomainError):
    """The phone has no draft with this id, or it has left."""

    code = "draft_unknown"


class DraftsUsedUp(DomainError):
    """The phone has as many drafts as it can have."""

    code = "drafts_used_up"


class DraftConfirmed(DomainError):
    """The draft was confirmed before, with other answers."""

    code = "draft_confirmed"
