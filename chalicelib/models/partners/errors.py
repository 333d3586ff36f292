"""What can go wrong with webhooks."""

from chalicelib.models.errors import DomainError


class DeliveryUnknown(DomainError):
    """The partner has no delivery with this id (any more)."""

    code = "webhook_delivery_unknown"


class ManifestUnknown(DomainError):
    """The partner has no manifest with this id, or it has left; or no such bus is expected."""

    code = "manifest_unknown"


class SeatSecretWrong(DomainError):
    """The secret of the seat is missing or wrong."""

    code = "seat_secret_wrong"


class SeatAlreadyConfirmed(DomainError):
    """The seat was confirmed before, with other answers."""

    code = "seat_already_confirmed"
