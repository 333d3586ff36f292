"""Which notices were sent, in memory, a provider that sends them, and the message templates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from chalicelib.models.messaging.messages import Channel, Claim, DeliveryOutcome, DeliveryState, Message
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.templates import Templates, TemplatesChange
from chalicelib.models.versions import Kept
from chalicelib.services.messaging.paces import Pace

CLAIMED = "claimed"
SEEDED_AT = datetime(2021, 7, 22, tzinfo=UTC)


@dataclass
class Messages:
    lease: timedelta = timedelta(seconds=30)
    rows: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """Outcome, and until when it is claimed: whole seconds, as the real one keeps them."""

    def claim(self, notice: Notice, *, now: datetime) -> Claim:
        outcome, until = self.rows.get((notice.about, notice.event), ("", 0))
        if outcome not in ("", CLAIMED):
            return Claim.SETTLED
        if outcome == CLAIMED and until >= int(now.timestamp()):
            return Claim.HELD
        self.rows[notice.about, notice.event] = (CLAIMED, int((now + self.lease).timestamp()))
        return Claim.GRANTED

    def settle(self, notice: Notice, *, outcome: DeliveryOutcome, reference: str) -> None:
        _, until = self.rows.get((notice.about, notice.event), ("", 0))
        self.rows[notice.about, notice.event] = (outcome, until)

    def release(self, notice: Notice) -> None:
        outcome, _ = self.rows.get((notice.about, notice.event), ("", 0))
        if outcome == CLAIMED:
            del self.rows[notice.about, notice.event]

    def about(self, code: str) -> list[Message]:
        return [
            self._message(event, outcome, until)
            for (about, event), (outcome, until) in sorted(self.rows.items())
            if about == code
        ]

    def of_event(self, event: str, subjects: Sequence[str]) -> dict[str, Message]:
        return {subject: each for subject in subjects for each in self.about(subject) if each.event == event}

    def _message(self, event: str, outcome: str, until: int) -> Message:
        if outcome == CLAIMED:
            return Message(event, None, None, None, None, None)
        if outcome != DeliveryOutcome.SENT:
            return Message(event, None, DeliveryOutcome(outcome), None, None, None)
        claimed_at = datetime.fromtimestamp(until, UTC) - self.lease
        return Message(event, Channel.SMS, DeliveryOutcome.SENT, DeliveryState.SENT, claimed_at, claimed_at)


@dataclass
class Budgets:
    counted: dict[tuple[str, date], set[str]] = field(default_factory=dict)
    """What each phone has had on each day."""
    sent: dict[tuple[date, str], int] = field(default_factory=dict)

    def take_for_phone(self, phone_hash: str, about: str, *, day: date, most: int) -> bool:
        counted = self.counted.setdefault((phone_hash, day), set())
        if about not in counted and len(counted) >= most:
            return False
        counted.add(about)
        return True

    def take_for_stage(self, *, day: date, most: int, event: str = "") -> bool:
        if self.sent.get((day, event), 0) >= most:
            return False
        self.sent[day, event] = self.sent.get((day, event), 0) + 1
        return True

    def give_back_for_stage(self, *, day: date, event: str = "") -> None:
        self.sent[day, event] -= 1


@dataclass
class Provider:
    """An SMS provider that takes texts, or raises what `failures` holds next."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def __call__(self, phone: str, text: str) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((phone, text))
        return f"message-{len(self.sent)}"


@dataclass
class Time:
    """A worker's clock, which advances only when the worker sleeps."""

    left: float = 30.0
    passed: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds

    def time_left(self) -> float:
        return self.left - self.passed

    def pace(self, interval: float = 0.0) -> Pace:
        return Pace(interval, now=lambda: self.passed, sleep=self.sleep)


class TemplateVersions:
    """The versions of the templates, `first` seeded. With `refuses` no change is stored."""

    def __init__(self, first: Templates, *, refuses: bool = False) -> None:
        change = TemplatesChange(version=first.version, stored_at=SEEDED_AT, stored_by="seed")
        self.kept = {first.version: Kept(first, change)}
        self.version, self._refuses = first.version, refuses

    def in_force(self) -> Templates:
        return self.kept[self.version].document

    def find(self, version: str) -> Kept[Templates, TemplatesChange] | None:
        return self.kept.get(version)

    def put_in_force(self, templates: Templates, change: TemplatesChange) -> bool:
        if self._refuses or templates.version in self.kept or change.instead_of != self.version:
            return False
        self.kept[templates.version] = Kept(templates, change)
        self.version = templates.version
        return True

    def changes(self, at_most: int) -> list[TemplatesChange]:
        changes = [each.change for each in self.kept.values()]
        return sorted(changes, key=lambda each: (each.stored_at, each.version), reverse=True)[:at_most]
