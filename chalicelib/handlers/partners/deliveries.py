"""Partner apps list their webhooks, and have them sent again."""

from datetime import datetime

from chalicelib import wiring
from chalicelib.handlers.entry.answers import Shown
from chalicelib.handlers.partners.webhooks import WEBHOOKS
from chalicelib.http.answers import Answer
from chalicelib.http.queries import PageQuery
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import ListPage, Shape
from chalicelib.http.webhooks import send_webhooks
from chalicelib.models.entry.codes import Code
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.partners.deliveries import AttemptOutcome, DeliveryRecord, DeliveryState, WebhookType
from chalicelib.models.partners.errors import DeliveryUnknown
from chalicelib.services.partners.deliveries import list_deliveries, replay
from chalicelib.wiring.partners import deliveries, send_later

ID = parameter(
    "path", "id", "A delivery's id, the `webhook-id` of its requests.", "evt_0060f9160a5d41402abc4b2a76b9719d"
)

send_webhooks(*WEBHOOKS)


class WebhookAttempt(Shape):
    """The last attempt at a delivery."""

    at: datetime
    """When."""
    outcome: AttemptOutcome
    """What came of it."""
    status: int | None = None
    """The status that the endpoint answered with."""
    milliseconds: int
    """How long it took."""


class WebhookDelivery(Shape):
    """A webhook, and what came of it."""

    id: str
    """Its id, the `webhook-id` of its requests."""
    type: WebhookType
    """What happened to the pass."""
    code: Shown
    """The pass's code."""
    happened_at: datetime
    """When it happened."""
    state: DeliveryState
    """What came of it so far."""
    attempts: int
    """How many there were."""
    last_attempt: WebhookAttempt | None = None
    """Left out if there was none yet."""


class WebhookDeliveries(ListPage):
    """A partner's webhooks, those that happened last first."""

    deliveries: list[WebhookDelivery]
    """Those of this page."""


@serve(
    "GET",
    "/v1/partner/webhook-deliveries",
    summary="List webhooks",
    tag="partners",
    api_key=True,
    errors=(ServiceUnavailable,),
)
def list_webhook_deliveries(call: Call[None, PageQuery]) -> Answer[WebhookDeliveries]:
    """The webhooks of the last seven days about passes that this key declared, and what came of each."""
    query = call.query
    page = list_deliveries(_partner(call), cursor=query.cursor, limit=query.limit, deliveries=deliveries())
    shown = [_shown(each) for each in page.items]
    return Answer(WebhookDeliveries(deliveries=shown, **page.ending))


@serve(
    "POST",
    "/v1/partner/webhook-deliveries/{id}/replay",
    summary="Send a webhook again",
    tag="partners",
    status=202,
    writes=True,
    api_key=True,
    errors=(DeliveryUnknown, ServiceUnavailable),
    parameters=(ID,),
)
def replay_webhook_delivery(call: Call) -> Answer[WebhookDelivery]:
    """It is tried once more within seconds, with the same id, whatever came of it before. A failed one is tried no
    further by itself. The answer shows it as it was before."""
    record = replay(_partner(call), call.path["id"], deliveries=deliveries(), send_later=send_later)
    return Answer(_shown(record))


def _partner(call: AnyCall) -> str:
    # The gateway has checked the key.
    return wiring.partner_of(call.headers["x-api-key"])


def _shown(record: DeliveryRecord) -> WebhookDelivery:
    last = record.attempts[-1] if record.attempts else None
    return WebhookDelivery(
        id=record.delivery.id,
        type=record.delivery.type,
        code=Code.parse(record.delivery.code).shown,
        happened_at=record.delivery.happened_at,
        state=record.state(wiring.clock()),
        attempts=len(record.attempts),
        last_attempt=WebhookAttempt(**last.model_dump(exclude={"number"})) if last else None,
    )
