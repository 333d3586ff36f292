"""Deliveries are tried until they are taken, at least once, and a bad endpoint holds up nobody else."""

from datetime import timedelta

import pytest

from chalicelib.models.errors import InvalidInput
from chalicelib.models.partners.deliveries import Answered, AttemptOutcome, DeliveryState
from chalicelib.models.partners.endpoints import Reliability
from chalicelib.models.partners.errors import DeliveryUnknown
from chalicelib.models.partners.events import PartnerEvent, PartnerEventKind, Turn
from chalicelib.services.partners.deliveries import list_deliveries, replay
from tests.unit.fakes.partners import TAKEN
from tests.unit.partners.partnership import DOWN, OTHER, PARTNER, Partnership

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SLOW = Answered(AttemptOutcome.DELIVERED, 3.0, 200)


@pytest.fixture
def used(partnership: Partnership) -> Partnership:
    """A partner with a webhook to be delivered."""
    (code,) = partnership.declares()
    partnership.later.waiting.clear()
    partnership.is_used(code)
    return partnership


def only(partnership: Partnership) -> tuple[str, str]:
    ((partner, delivery),) = partnership.deliveries.deliveries
    return partner, delivery


def test_a_failed_delivery_is_tried_again_with_the_same_id_and_another_time(used: Partnership) -> None:
    used.requests.answers = [DOWN, Answered(AttemptOutcome.TIMED_OUT, 5.0), TAKEN]
    assert used.works() == [AttemptOutcome.REFUSED, AttemptOutcome.TIMED_OUT, AttemptOutcome.DELIVERED]
    headers = [headers for _, headers, _ in used.requests.sent]
    assert len({each["webhook-id"] for each in headers}) == 1
    assert len({body for _, _, body in used.requests.sent}) == 1
    times = [int(each["webhook-timestamp"]) for each in headers]
    assert [times[1] - times[0], times[2] - times[1]] == [5, 30]
    assert len({each["webhook-signature"] for each in headers}) == 3


def test_an_endpoint_that_stays_down_is_tried_for_twelve_hours_ever_more_rarely(used: Partnership) -> None:
    used.requests.answers = [DOWN] * 1000
    began = used.world.clock()
    used.works()
    assert 11.5 * HOUR < used.world.clock() - began < 12.5 * HOUR
    attempts = len(used.requests.sent)
    assert 20 < attempts < 60
    record = used.deliveries.find(*only(used))
    assert record is not None
    assert [each.number for each in record.attempts] == list(range(attempts))
    used.world.clock.advance(minutes=15)
    assert record.state(used.world.clock()) is DeliveryState.FAILED


def test_an_endpoint_that_asks_for_time_gets_it(used: Partnership) -> None:
    used.requests.answers = [DOWN._replace(status=429, retry_after=600), TAKEN]
    used.later.delays.clear()
    used.works()
    assert used.later.delays == [600]


def test_an_event_that_comes_twice_is_one_attempt(used: Partnership) -> None:
    ((_, event),) = used.later.waiting
    used.requests.answers = [DOWN]
    used.later([event, event], 0)
    assert used.works() == [AttemptOutcome.REFUSED, AttemptOutcome.DELIVERED]


def test_a_worker_that_dies_before_the_attempt_is_on_record_loses_nothing(
    used: Partnership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue gives its event out again, and the endpoint gets the same id twice."""
    ((_, event),) = used.later.waiting
    used.requests.answers = [DOWN, DOWN, TAKEN]
    with monkeypatch.context() as dying:
        dying.setattr(used.deliveries, "append_attempt", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            used.handles(event)
    used.works()
    record = used.deliveries.find(*only(used))
    assert record is not None
    assert record.is_delivered
    assert len({headers["webhook-id"] for _, headers, _ in used.requests.sent}) == 1
    assert used.later.waiting == []


def test_what_is_delivered_is_not_sent_again(used: Partnership) -> None:
    ((_, event),) = used.later.waiting
    used.works()
    turn = Turn.parse(event.subject)
    assert used.handles(PartnerEvent(kind=event.kind, subject=str(turn._replace(number=1)))) is None
    assert len(used.requests.sent) == 1


def test_an_endpoint_that_was_taken_away_gets_nothing_more(used: Partnership) -> None:
    used.endpoints.clear()
    assert used.works() == []
    assert used.requests.sent == []


def fill(partnership: Partnership, partner: str, count: int) -> None:
    for _ in range(count):
        (code,) = partnership.declares(partner=partner)
        partnership.later.waiting = [
            each for each in partnership.later.waiting if each[1].kind is not PartnerEventKind.EXPIRY_DUE
        ]
        partnership.is_used(code)


@pytest.mark.parametrize("answer", [DOWN, SLOW, Answered(AttemptOutcome.TIMED_OUT, 5.0)])
def test_an_endpoint_that_is_down_or_slow_is_paused_and_the_others_are_served(
    partnership: Partnership, answer: Answered
) -> None:
    fill(partnership, PARTNER, 50)
    partnership.requests.answers = [answer] * 50
    partnership.works(until=timedelta(seconds=2))
    assert len(partnership.requests.sent) == 5
    partnership.requests.answers.clear()
    fill(partnership, OTHER, 3)
    partnership.works(until=timedelta(seconds=2))
    assert len(partnership.requests.sent) == 8
    partnership.works()
    assert all(
        record.is_delivered
        for record in (partnership.deliveries.find(*each) for each in partnership.deliveries.deliveries)
        if record
    )


def test_a_pause_ends_with_the_first_success(used: Partnership) -> None:
    used.requests.answers = [DOWN] * 12
    used.works(until=HOUR)
    reliability = used.deliveries.reliability(PARTNER)
    assert reliability.misses > 5
    assert reliability.paused_until is not None
    used.works()
    assert used.deliveries.reliability(PARTNER) == Reliability()


def test_a_failed_delivery_is_tried_once_more_when_the_partner_asks_for_it(used: Partnership) -> None:
    used.requests.answers = [DOWN] * 1000
    used.works()
    used.requests.answers.clear()
    partner, delivery = only(used)
    before = len(used.requests.sent)
    used.world.clock.advance(minutes=15)
    record = replay(partner, delivery, deliveries=used.deliveries, send_later=used.later)
    assert record.state(used.world.clock()) is DeliveryState.FAILED
    assert used.works() == [AttemptOutcome.DELIVERED]
    assert len(used.requests.sent) == before + 1
    after = used.deliveries.find(partner, delivery)
    assert after is not None
    assert after.state(used.world.clock()) is DeliveryState.DELIVERED


def test_what_was_delivered_is_sent_again_when_the_partner_asks_for_it(used: Partnership) -> None:
    used.works()
    partner, delivery = only(used)
    replay(partner, delivery, deliveries=used.deliveries, send_later=used.later)
    used.requests.answers = [DOWN]
    assert used.works() == [AttemptOutcome.REFUSED]
    assert len({headers["webhook-id"] for _, headers, _ in used.requests.sent}) == 1
    record = used.deliveries.find(partner, delivery)
    assert record is not None
    assert record.state(used.world.clock()) is DeliveryState.DELIVERED


@pytest.mark.parametrize("delivery", ["", "evt_1", "evt_" + "0" * 32, "RELIABILITY", "evt_" + "0" * 31 + "/"])
def test_a_delivery_that_is_not_there_is_not_replayed(used: Partnership, delivery: str) -> None:
    with pytest.raises(DeliveryUnknown):
        replay(PARTNER, delivery, deliveries=used.deliveries, send_later=used.later)


def test_nobody_replays_or_lists_another_partners_deliveries(used: Partnership) -> None:
    _, delivery = only(used)
    with pytest.raises(DeliveryUnknown):
        replay(OTHER, delivery, deliveries=used.deliveries, send_later=used.later)
    assert list_deliveries(OTHER, cursor=None, limit=10, deliveries=used.deliveries) == ([], None)


def test_a_list_is_read_page_by_page_and_has_each_delivery_once(partnership: Partnership) -> None:
    for _ in range(7):
        fill(partnership, PARTNER, 1)
        partnership.world.clock.advance(seconds=1)
    pages, cursor = [], None
    for _ in range(10):
        page = list_deliveries(PARTNER, cursor=cursor, limit=3, deliveries=partnership.deliveries)
        pages.append([each.delivery.happened_at for each in page.items])
        cursor = page.cursor
        if cursor is None:
            break
    assert [len(each) for each in pages] == [3, 3, 1]
    times = [each for page in pages for each in page]
    assert times == sorted(set(times), reverse=True)


@pytest.mark.parametrize("cursor", ["", "DELIVERY#", "evt_1"])
def test_a_cursor_that_is_no_id_is_refused(partnership: Partnership, cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        list_deliveries(PARTNER, cursor=cursor, limit=3, deliveries=partnership.deliveries)
    assert [(each.pointer, each.code) for each in refused.value.problems] == [("/cursor", "cursor_unknown")]
