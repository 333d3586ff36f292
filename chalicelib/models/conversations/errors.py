"""What can go wrong when Zalo hands over an event."""

from chalicelib.models.errors import DomainError


class ZaloSignatureWrong(DomainError):
    """The request has no signature, or one that is not Zalo's signature of this body."""

    code = "zalo_signature_wrong"
