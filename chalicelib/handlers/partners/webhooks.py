"""Webhooks, as the OpenAPI document describes them: requests that we send to partners' endpoints."""

from datetime import datetime
from typing import Any

from chalicelib.handlers.entry.answers import Shown
from chalicelib.http.routes import parameter
from chalicelib.http.shapes import Shape
from chalicelib.http.webhooks import Webhook
from chalicelib.models.partners.deliveries import WebhookState, WebhookType


class WebhookPass(Shape):
    """The pass that a webhook is about, and nothing about the person."""

    code: Shown
    """The pass's code."""
    state: WebhookState
    """What became of the pass, as `GET /v1/passes/{code}` has it."""


class WebhookEvent(Shape):
    """The body of a webhook. New members and new types may come."""

    type: WebhookType
    """What happened."""
    timestamp: datetime
    """When it happened."""
    data: WebhookPass
    """The pass."""


_PARAMETERS = (
    parameter(
        "header",
        "webhook-id",
        "The delivery's id, the same each time it is sent. Remember it for a week: the same one may come again.",
        "evt_0060f92c703f0f2a1c5d6f8b9e0a1b2c",
        required=True,
        pattern="^evt_[0-9a-f]{32}$",
    ),
    parameter(
        "header",
        "webhook-timestamp",
        "When this request was made, in seconds since 1970. Refuse one that is older than five minutes.",
        "1626937215",
        required=True,
        pattern="^[0-9]{10}$",
    ),
    parameter(
        "header",
        "webhook-signature",
        "The signatures of `<webhook-id>.<webhook-timestamp>.<body>`, with a blank between two: `v1,` and the base64 "
        "of an HMAC-SHA256 (Standard Webhooks 1.0.0). One of them must fit the endpoint's secret.",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        required=True,
    ),
)

_ANSWERS = {
    "204": "It was taken: any status from 200 to 299, within five seconds.",
    "410": "It was not taken, as with any status of 300 or more: it is sent again for twelve hours.",
}


def _webhook(type_: WebhookType, operation: str, summary: str, description: str) -> Webhook:
    example: dict[str, Any] = {
        "type": type_.value,
        "timestamp": "2021-07-22T14:20:15+07:00",
        "data": {"code": "0000-0000-0000-0000", "state": type_.state},
    }
    return Webhook(
        type_.value, operation, summary, description, "partners", WebhookEvent, example, _PARAMETERS, _ANSWERS
    )


WEBHOOKS = (
    _webhook(
        WebhookType.USED,
        "on_pass_used",
        "A pass was used",
        "Sent to the endpoint of the partner that declared, when staff recorded a crossing, whatever they decided.",
    ),
    _webhook(
        WebhookType.REVOKED,
        "on_pass_revoked",
        "A pass was revoked",
        "Sent to the endpoint of the partner that declared, when staff withdrew the pass.",
    ),
    _webhook(
        WebhookType.EXPIRED,
        "on_pass_expired",
        "A pass has expired",
        "Sent to the endpoint of the partner that declared, when the pass's hour ended and it was neither used nor "
        "revoked.",
    ),
)
