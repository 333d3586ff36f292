"""A thousand messages, or a bus, against slow providers: nobody is lost, nobody gets two, nothing is a dead letter."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from chalice.app import SQSEvent

from chalicelib.handlers.workers.batches import handle_each
from chalicelib.models.messaging.messages import Channel, Outgoing, OutOfTime, Throttled
from chalicelib.models.messaging.notices import Notice
from chalicelib.services.messaging.deliveries import Sender, deliver_all
from chalicelib.services.messaging.paces import Pace
from chalicelib.services.messaging.ports import Gateway
from chalicelib.services.messaging.returns import seconds_hidden
from tests.forms import NOW
from tests.unit.fakes.messaging import Budgets, Messages
from tests.unit.messaging.lines import Held, LimitedProvider, Queue, Timeline
from tests.unit.messaging.test_deliveries import NOTICE

WORKERS = 5
INTERVAL = WORKERS / 20
"""Seconds between two messages of a worker: all begin 20 a second."""


@dataclass
class Post:
    """Five workers, a queue, the tables in memory."""

    timeline: Timeline = field(default_factory=Timeline)
    messages: Messages = field(default_factory=lambda: Messages(lease=timedelta(seconds=40)))
    chance: Random = field(default_factory=lambda: Random(7))  # noqa: S311 - no secret

    def deliver(
        self,
        events: Iterable[str],
        providers: dict[Channel, LimitedProvider],
        *,
        phones: int = 1,
        at_once: int = 10,
        looks_every: float = 0.05,
    ) -> Queue:
        """Work off events, each with notices to so many phones. Gives the empty queue."""
        queue = Queue(self.timeline, {event: Held(event) for event in events}, looks_every)
        self.timeline.run([lambda: self._work(queue, providers, phones, at_once) for _ in range(WORKERS)])
        return queue

    def _work(self, queue: Queue, providers: dict[Channel, LimitedProvider], phones: int, at_once: int) -> None:
        channels = [
            Gateway(channel, send, Pace(INTERVAL, now=lambda: self.timeline.now, sleep=self.timeline.sleep))
            for channel, send in providers.items()
        ]

        def handle(batch: SQSEvent, time_left: Callable[[], float]) -> dict[str, Any]:
            sender = self._sender(channels, time_left)

            def send(body: str) -> None:
                deliver_all(_notices(body, phones), sender=sender, report=lambda *_: None)

            return handle_each(
                batch,
                "notify",
                send,
                stops_at=(OutOfTime, Throttled),
                give_back=lambda returned: queue.give_back(
                    returned, lambda each: seconds_hidden(each.reason, each.returns, chance=self.chance.uniform)
                ),
            )

        queue.work_off(handle, at_once=at_once)

    def _sender(self, channels: list[Gateway], time_left: Callable[[], float]) -> Sender:
        return Sender(
            messages=self.messages,
            channels=channels,
            compose=lambda notice: Outgoing(notice.recipient, "text", notice.tracking, "template"),
            is_texted=lambda _: True,
            budgets=Budgets(),
            hash_phone=str,
            texts_to_a_phone=3,
            prices={Channel.ZALO: 300, Channel.SMS: 800},
            spending_a_day=40_000_000,
            time_left=time_left,
            clock=lambda: NOW + timedelta(seconds=self.timeline.now),
            count=lambda *_: None,
        )


def _notices(event: str, phones: int) -> list[Notice]:
    return [replace(NOTICE, about=f"{event}-{number}", recipient=f"+84 {event} {number}") for number in range(phones)]


def _all(events: int, phones: int = 1) -> set[str]:
    return {f"{event}-{number}.ready" for event in range(events) for number in range(phones)}


def test_a_thousand_texts_against_a_provider_that_takes_half_as_many_as_we_send() -> None:
    post = Post()
    sms = LimitedProvider(post.timeline, rate=10, seconds=0.15, refusal=lambda: Throttled("Throttled"))
    queue = post.deliver(map(str, range(1000)), {Channel.SMS: sms})
    assert sorted(sms.sent) == sorted(_all(1000))
    assert (queue.dead, sms.refused > 0) == ([], True)
    # It would take 100 seconds if the provider had never a moment without us.
    assert post.timeline.now < 300
    assert queue.most < 50


def test_a_thousand_messages_against_a_zalo_that_takes_half_as_many_as_we_send() -> None:
    post = Post()
    zalo = LimitedProvider(post.timeline, rate=10, seconds=0.15, refusal=lambda: Throttled("-32"))
    sms = LimitedProvider(post.timeline, rate=20, seconds=0.15, refusal=lambda: Throttled("Throttled"))
    queue = post.deliver(map(str, range(1000)), {Channel.ZALO: zalo, Channel.SMS: sms})
    assert sorted(zalo.sent + sms.sent) == sorted(_all(1000))
    assert queue.dead == []
    assert post.timeline.now < 300
    assert queue.most < 50


def test_a_provider_that_takes_nothing_for_a_day_loses_nothing() -> None:
    post = Post()
    sms = LimitedProvider(post.timeline, rate=0, seconds=0.15, refusal=lambda: Throttled("Throttled"))

    def mend() -> Exception:
        sms.rate = 10 if post.timeline.now > 24 * 3600 else 0
        return Throttled("Throttled")

    sms.refusal = mend
    queue = post.deliver(map(str, range(20)), {Channel.SMS: sms}, looks_every=20)
    assert sorted(sms.sent) == sorted(_all(20))
    assert queue.dead == []


@pytest.mark.parametrize(("seconds", "within"), [(0.15, 14), (2.0, 120)])
def test_a_bus_of_51_phones_is_told_however_slow_the_provider(seconds: float, within: float) -> None:
    post = Post()
    sms = LimitedProvider(post.timeline, rate=20, seconds=seconds, refusal=lambda: Throttled("Throttled"))
    queue = post.deliver(["0"], {Channel.SMS: sms}, phones=51, at_once=2)
    assert sorted(sms.sent) == sorted(_all(1, phones=51))
    assert queue.dead == []
    assert post.timeline.now < within
