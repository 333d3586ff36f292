"""What can go wrong with webhooks."""

from chalicelib.models.errors import DomainError


class DeliveryUnknown(DomainError):
    """The partner has no delivery with this id (any more)."""

    code = "webhook_delivery_unknown"


class CursorRefused(DomainError):
    """The cursor is not one that was answered."""

    code = "webhook_cursor_refused"
