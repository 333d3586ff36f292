"""What can go wrong with declarations and passes."""

from chalicelib.models.errors import DomainError


class IdempotencyKeyMalformed(DomainError):
    code = "idempotency_key_malformed"


class IdempotencyKeyReused(DomainError):
    """The key was used before, with another body."""

    code = "idempotency_key_reused"


class PictureSizeInvalid(DomainError):
    code = "picture_size_invalid"


class CodeMistyped(DomainError):
    """The text cannot be a pass's code: wrong length, wrong letters, or a wrong check character."""

    code = "code_mistyped"


class PassUnknown(DomainError):
    """The code is well formed and no pass has it (any more)."""

    code = "pass_unknown"


class PassSecretWrong(DomainError):
    """The secret of the pass's link is missing or wrong."""

    code = "pass_secret_wrong"


class PassEnded(DomainError):
    """The pass has expired or was revoked: nobody needs its picture."""

    code = "pass_ended"
