"""Deliveries: append-only, found by their id, listed by time, each partner's apart."""

from datetime import timedelta

import pytest

from chalicelib.models.partners.deliveries import Attempt, AttemptOutcome, Delivery, WebhookType
from chalicelib.models.partners.endpoints import Reliability
from chalicelib.services.partners.ports import Deliveries
from chalicelib.storage.partners import deliveries as storage
from tests.contracts.conftest import FOREVER
from tests.forms import NOW
from tests.tables import Database
from tests.unit.fakes import partners as fakes

ONE, OTHER = "a" * 32, "b" * 32
LATER = NOW + FOREVER
CODES = ["7Q5KXT3N5E9BR002", "7Q5KXT3N5E9BR01T", "7Q5KXT3N5E9BR02X"]


def delivery(number: int = 0, kind: WebhookType = WebhookType.USED, seconds: int = 0) -> Delivery:
    at = NOW + timedelta(seconds=seconds)
    return Delivery(type=kind, code=CODES[number], happened_at=at, made_at=LATER + timedelta(seconds=seconds))


def attempt(number: int, outcome: AttemptOutcome = AttemptOutcome.REFUSED) -> Attempt:
    return Attempt(number=number, at=LATER, outcome=outcome, status=500, milliseconds=3)


@pytest.fixture
def deliveries(database: Database | None) -> Deliveries:
    return fakes.Deliveries() if database is None else storage.Deliveries(database.webhooks)


def test_a_delivery_that_is_made_again_is_stored_once(deliveries: Deliveries) -> None:
    first = delivery()
    deliveries.append(ONE, first)
    deliveries.append(ONE, first.model_copy(update={"made_at": LATER + timedelta(hours=1)}))
    found = deliveries.find(ONE, first.id)
    assert found is not None
    assert (found.delivery, list(found.attempts)) == (first, [])


def test_what_is_not_there_or_is_another_partners_is_not_found(deliveries: Deliveries) -> None:
    made = delivery()
    deliveries.append(ONE, made)
    assert deliveries.find(OTHER, made.id) is None
    assert deliveries.find(ONE, delivery(1).id) is None
    assert deliveries.latest(OTHER, None, 10) == []


def test_an_attempt_that_is_on_record_is_not_replaced(deliveries: Deliveries) -> None:
    made = delivery()
    deliveries.append(ONE, made)
    deliveries.append_attempt(ONE, made, attempt(0))
    deliveries.append_attempt(ONE, made, attempt(0, AttemptOutcome.DELIVERED))
    deliveries.append_attempt(ONE, made, attempt(1, AttemptOutcome.TIMED_OUT))
    found = deliveries.find(ONE, made.id)
    assert found is not None
    assert [each.outcome for each in found.attempts] == [AttemptOutcome.REFUSED, AttemptOutcome.TIMED_OUT]
    assert found.next_number == 2


def test_attempts_are_in_their_order_however_many_there_are(deliveries: Deliveries) -> None:
    made = delivery()
    deliveries.append(ONE, made)
    for number in reversed(range(12)):
        deliveries.append_attempt(ONE, made, attempt(number))
    found = deliveries.find(ONE, made.id)
    assert found is not None
    assert [each.number for each in found.attempts] == list(range(12))


def test_the_latest_come_first_with_their_attempts_page_by_page(deliveries: Deliveries) -> None:
    made = [delivery(number, seconds=number) for number in range(3)]
    for number, each in enumerate(made):
        deliveries.append(ONE, each)
        for attempted in range(number):
            deliveries.append_attempt(ONE, each, attempt(attempted))
    deliveries.append(OTHER, delivery(0, WebhookType.REVOKED))
    first = deliveries.latest(ONE, None, 2)
    assert [(each.delivery, len(each.attempts)) for each in first] == [(made[2], 2), (made[1], 1)]
    (last,) = deliveries.latest(ONE, made[1].id, 2)
    assert (last.delivery, list(last.attempts)) == (made[0], [])
    assert deliveries.latest(ONE, made[0].id, 2) == []


def test_two_things_that_happen_to_a_pass_at_once_are_two_deliveries(deliveries: Deliveries) -> None:
    for kind in WebhookType:
        deliveries.append(ONE, delivery(0, kind))
    assert {each.delivery.type for each in deliveries.latest(ONE, None, 10)} == set(WebhookType)


def test_how_an_endpoint_answers_is_kept_for_each_partner(deliveries: Deliveries) -> None:
    assert deliveries.reliability(ONE) == Reliability()
    paused = Reliability(misses=5, paused_until=NOW)
    deliveries.put_reliability(ONE, paused)
    assert (deliveries.reliability(ONE), deliveries.reliability(OTHER)) == (paused, Reliability())
    deliveries.put_reliability(ONE, Reliability())
    assert deliveries.reliability(ONE) == Reliability()
    assert deliveries.latest(ONE, None, 10) == []
