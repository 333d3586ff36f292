"""Deliveries in memory, an endpoint that answers as it is asked to, and a queue whose messages come in their time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.models.events import LONGEST_DELAY
from chalicelib.models.partners.deliveries import Answered, Attempt, AttemptOutcome, Delivery, DeliveryRecord
from chalicelib.models.partners.endpoints import Reliability
from chalicelib.models.partners.events import PartnerEvent
from tests.unit.fakes.clocks import Clock

TAKEN = Answered(AttemptOutcome.DELIVERED, 0.1, 204)


@dataclass
class Deliveries:
    deliveries: dict[tuple[str, str], Delivery] = field(default_factory=dict)
    attempts: dict[tuple[str, str], dict[int, Attempt]] = field(default_factory=dict)
    of_endpoints: dict[str, Reliability] = field(default_factory=dict)

    def append(self, partner: str, delivery: Delivery) -> None:
        self.deliveries.setdefault((partner, delivery.id), delivery)

    def find(self, partner: str, delivery: str) -> DeliveryRecord | None:
        stored = self.deliveries.get((partner, delivery))
        if stored is None:
            return None
        own = self.attempts.get((partner, delivery), {})
        return DeliveryRecord(stored, [own[number] for number in sorted(own)])

    def append_attempt(self, partner: str, delivery: Delivery, attempt: Attempt) -> None:
        self.attempts.setdefault((partner, delivery.id), {}).setdefault(attempt.number, attempt)

    def latest(self, partner: str, before: str | None, at_most: int) -> list[DeliveryRecord]:
        ids = sorted((name for owner, name in self.deliveries if owner == partner), reverse=True)
        records = [self.find(partner, name) for name in ids if before is None or name < before]
        return [each for each in records[:at_most] if each is not None]

    def reliability(self, partner: str) -> Reliability:
        return self.of_endpoints.get(partner, Reliability())

    def put_reliability(self, partner: str, reliability: Reliability) -> None:
        self.of_endpoints[partner] = reliability


@dataclass
class Requests:
    """Takes requests to endpoints. `answers` are the next answers; when they are used up, each request is taken."""

    answers: list[Answered] = field(default_factory=list)
    sent: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        self.sent.append((url, headers, body))
        return self.answers.pop(0) if self.answers else TAKEN


@dataclass
class Later:
    """The queue: events and when they come."""

    clock: Clock
    waiting: list[tuple[datetime, PartnerEvent]] = field(default_factory=list)
    delays: list[int] = field(default_factory=list)

    def __call__(self, events: Sequence[PartnerEvent], seconds: int) -> None:
        assert 0 <= seconds <= LONGEST_DELAY
        self.delays.append(seconds)
        self.waiting += [(self.clock() + timedelta(seconds=seconds), each) for each in events]

    def next(self) -> PartnerEvent | None:
        """The event that comes next, at its time."""
        if not self.waiting:
            return None
        self.waiting.sort(key=lambda each: each[0])
        at, event = self.waiting.pop(0)
        self.clock.now = max(self.clock.now, at)
        return event
