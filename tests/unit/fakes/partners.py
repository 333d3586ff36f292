"""Deliveries in memory, an endpoint that answers as it is asked to, and a queue whose messages come in their time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.models.entry.codes import Code
from chalicelib.models.events import LONGEST_DELAY
from chalicelib.models.partners.deliveries import Answered, Attempt, AttemptOutcome, Delivery, DeliveryRecord
from chalicelib.models.partners.endpoints import Reliability
from chalicelib.models.partners.events import PartnerEvent
from chalicelib.models.partners.manifests import FoundBy, Manifest, ManifestHashes, ManifestRecord, SeatConfirmed
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
class Manifests:
    kept: dict[Code, Manifest] = field(default_factory=dict)
    confirmed: dict[Code, dict[int, SeatConfirmed]] = field(default_factory=dict)
    leads: dict[tuple[FoundBy, str], list[Manifest]] = field(default_factory=dict)

    def append(self, manifest: Manifest, hashes: ManifestHashes) -> bool:
        if manifest.code in self.kept:
            return False
        self.kept[manifest.code] = manifest
        for by, hashed in ((FoundBy.PLATE, hashes.plate), (FoundBy.SERVICE, hashes.service)):
            self.leads.setdefault((by, hashed), []).append(manifest)
        return True

    def find(self, code: Code) -> ManifestRecord | None:
        return ManifestRecord(self.kept[code], self.confirmed.get(code, {})) if code in self.kept else None

    def append_confirmation(self, manifest: Manifest, number: int, confirmed: SeatConfirmed) -> None:
        self.confirmed.setdefault(manifest.code, {}).setdefault(number, confirmed)

    def arriving(self, by: FoundBy, hashed: str, *, since: datetime, until: datetime) -> list[tuple[datetime, Code]]:
        arrivals = [(each.form.expected_arrival, each.code) for each in self.leads.get((by, hashed), [])]
        return sorted(each for each in arrivals if since <= each[0] <= until)


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
