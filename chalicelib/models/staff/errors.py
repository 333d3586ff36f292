"""What can go wrong with staff and checkpoints."""

from chalicelib.models.errors import DomainError


class CheckpointIdMalformed(DomainError):
    code = "checkpoint_id_malformed"


class CheckpointChangeRefused(DomainError):
    """A supervisor opens and closes a checkpoint and sets its lanes; the rest is an administrator's."""

    code = "checkpoint_change_needs_administrator"


class TokenMissing(DomainError):
    code = "staff_token_missing"


class TokenRefused(DomainError):
    """The bearer token is malformed, altered, not valid yet, or not of the configured issuer or audience."""

    code = "staff_token_refused"


class TokenExpired(DomainError):
    """The bearer token was good, and its time is over."""

    code = "staff_token_expired"


class TokenBlocked(DomainError):
    """The bearer token was issued before its owner was blocked."""

    code = "staff_token_blocked"


class BlockOfOneself(DomainError):
    """The caller tried to block or unblock themselves."""

    code = "staff_block_of_oneself"


class NameOfOneself(DomainError):
    """The caller tried to set their own name."""

    code = "staff_name_of_oneself"


class StaffUnknown(DomainError):
    """Nothing is on record of a member of staff with this subject."""

    code = "staff_unknown"


class TooManyLooks(DomainError):
    """The member of staff has looked at more persons' data this hour than the limit allows."""

    code = "staff_too_many_looks"


class RoleMissing(DomainError):
    code = "staff_role_missing"


class NotPosted(DomainError):
    """The member of staff acts for no checkpoint."""

    code = "staff_not_posted"


class PostedElsewhere(DomainError):
    """The member of staff acts for another checkpoint."""

    code = "staff_posted_elsewhere"
    member_schemas = {"checkpoint": {"type": "string", "description": "the one that the caller is posted to."}}

    def __init__(self, checkpoint: str) -> None:
        super().__init__()
        self.members = {"checkpoint": checkpoint}


class NotPostedToCommune(DomainError):
    """The member of staff acts for no commune."""

    code = "staff_not_posted_to_commune"


class PostedToAnotherCommune(DomainError):
    """The member of staff acts for another commune."""

    code = "staff_posted_to_another_commune"
    member_schemas = {"commune": {"type": "string", "description": "the commune that the caller is posted to."}}

    def __init__(self, commune: str) -> None:
        super().__init__()
        self.members = {"commune": commune}


class PostingRefused(DomainError):
    """Supervisors post to checkpoints, health officers to communes, administrators to both."""

    code = "staff_posting_refused"


class StaffSubjectMalformed(DomainError):
    code = "staff_subject_malformed"


class IssuerUnreachable(DomainError):
    """The issuer's keys could not be had, so no token can be judged now."""

    code = "staff_issuer_unreachable"
