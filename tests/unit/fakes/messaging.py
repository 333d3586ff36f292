"""Which notices were sent, in memory, providers that send them, and the message templates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from chalicelib.models.messaging.messages import (
    Channel,
    Claim,
    ClaimState,
    DeliveryOutcome,
    DeliveryState,
    Message,
    Outgoing,
    Receipt,
    ReceiptOutcome,
    Settlement,
)
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.templates import Templates, TemplatesChange
from chalicelib.models.versions import Kept
from chalicelib.services.messaging.paces import Pace
from chalicelib.services.messaging.ports import Gateway

SEEDED_AT = datetime(2021, 7, 22, tzinfo=UTC)


@dataclass
class Row:
    """A message. Its times are whole seconds, as the real ones are."""

    claimed_until: int
    outcome: DeliveryOutcome | None = None
    """None: it is claimed, or was."""
    tries: int = 0
    settlement: Settlement | None = None
    channel: Channel | None = None
    state: DeliveryState | None = None
    sent_at: int | None = None
    state_at: int | None = None


@dataclass
class Messages:
    lease: timedelta = timedelta(seconds=30)
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)

    def claim(self, notice: Notice, *, now: datetime) -> Claim:
        row = self.rows.get((notice.about, notice.event))
        if row is not None and row.outcome is not None:
            return Claim(ClaimState.SETTLED)
        if row is not None and row.claimed_until >= _seconds(now):
            return Claim(ClaimState.HELD)
        tries = 0 if row is None else row.tries
        self.rows[notice.about, notice.event] = Row(_seconds(now + self.lease), tries=tries)
        return Claim(ClaimState.GRANTED, tries)

    def settle(self, notice: Notice, settlement: Settlement, *, now: datetime) -> None:
        row = self.rows.get((notice.about, notice.event))
        if row is None or row.state is not None:
            return
        row.outcome, row.settlement = settlement.outcome, settlement
        if settlement.channel is not None:
            row.channel, row.state = settlement.channel, DeliveryState.SENT
            row.sent_at = row.state_at = _seconds(now)

    def release(self, notice: Notice, *, tries: int, now: datetime) -> None:
        row = self.rows.get((notice.about, notice.event))
        if row is not None and row.outcome is None:
            row.claimed_until, row.tries = _seconds(now) - 1, tries

    def take_receipt(self, receipt: Receipt) -> ReceiptOutcome:
        about, _, event = receipt.tracking.partition(".")
        row = self.rows.get((about, event))
        if row is None:
            return ReceiptOutcome.UNKNOWN
        is_later = row.state is None or row.state in receipt.state.earlier
        if not is_later or row.channel not in (None, receipt.channel):
            return ReceiptOutcome.REPEATED
        row.outcome, row.channel = DeliveryOutcome.SENT, receipt.channel
        row.state, row.state_at = receipt.state, _seconds(receipt.at)
        row.sent_at = row.sent_at or row.state_at
        return ReceiptOutcome.TAKEN

    def about(self, code: str) -> list[Message]:
        return [
            Message(
                event,
                row.channel,
                row.outcome,
                row.state,
                _moment(row.sent_at),
                _moment(row.state_at),
                None if row.outcome is None else _moment(row.sent_at or row.claimed_until - self.lease.seconds),
            )
            for (about, event), row in sorted(self.rows.items(), key=lambda item: item[0])
            if about == code
        ]

    def of_event(self, event: str, subjects: Sequence[str]) -> dict[str, Message]:
        return {subject: each for subject in subjects for each in self.about(subject) if each.event == event}


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


@dataclass
class Budgets:
    counted: dict[tuple[str, date], set[str]] = field(default_factory=dict)
    """What each phone has had on each day."""
    spent: dict[tuple[date, str], int] = field(default_factory=dict)
    """VND."""

    def take_for_phone(self, phone_hash: str, about: str, *, day: date, most: int, kind: str = "") -> bool:
        counted = self.counted.setdefault((f"{phone_hash}{kind}", day), set())
        if about not in counted and len(counted) >= most:
            return False
        counted.add(about)
        return True

    def take_for_stage(self, *, day: date, price: int, most: int, event: str = "") -> bool:
        spent = self.spent.get((day, event), 0) + price
        if spent > most:
            return False
        self.spent[day, event] = spent
        return True

    def give_back_for_stage(self, *, day: date, price: int, event: str = "") -> None:
        self.spent[day, event] -= price


@dataclass
class Provider:
    """A provider that takes messages, or raises what `failures` holds next."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    """Phone and text."""
    failures: list[Exception] = field(default_factory=list)

    def __call__(self, outgoing: Outgoing) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((outgoing.phone, outgoing.text))
        return f"message-{len(self.sent)}"

    def by(self, channel: Channel, pace: Pace) -> Gateway:
        return Gateway(channel, self, pace)


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
