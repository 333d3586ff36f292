"""What can go wrong with webhooks."""

from chalicelib.models.errors import DomainError


class DeliveryUnknown(DomainError):
    """The partner has no delivery with this id (any more)."""

    code = "webhook_delivery_unknown"
