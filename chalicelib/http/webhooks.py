"""Requests that we send to partners' endpoints, for the OpenAPI document. What serves routes does not need them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel


class Webhook(NamedTuple):
    """A request that we send to a partner's endpoint, as the OpenAPI document describes it."""

    name: str
    operation: str
    """A name for the function that takes it."""
    summary: str
    description: str
    tag: str
    body: type[BaseModel]
    example: Mapping[str, Any]
    parameters: Sequence[Mapping[str, Any]]
    answers: Mapping[str, str]
    """What each status means to us."""


_WEBHOOKS: dict[str, Webhook] = {}


def send_webhooks(*sent: Webhook) -> None:
    """Describe requests that we send."""
    _WEBHOOKS.update({each.name: each for each in sent})


def webhooks() -> list[Webhook]:
    """All that are described. Call `routes.operations` first: it imports what describes them."""
    return list(_WEBHOOKS.values())
