"""Waves: messages to many people, sent at a bounded rate, under the control of officers.

A wave is a list of subjects, as the codes of passes, and the text that each of them is sent. It holds no person's data:
the notice of a subject is written when its turn comes, by the capability whose kind of event the wave has.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from pydantic import AwareDatetime, Field

from chalicelib.models.events import Event
from chalicelib.models.fields import Reason
from chalicelib.models.messaging.messages import DeliveryOutcome, DeliveryState, Message, TemporaryFailure
from chalicelib.models.records import Record

MOST_SUBJECTS = 20_000
"""Of one wave: what one transaction stores."""
STEP = timedelta(seconds=10)
"""A running wave hands over some of its messages, waits for so long, and goes on."""
RATE, FASTEST = 300, 600
"""Messages a minute: of a wave that does not say it, and the most. The workers that send them begin 720."""
SLOWEST = 60 // int(STEP.total_seconds())
"""One in each step."""
PARKED_FOR = timedelta(minutes=1)
"""A message of a paused wave comes again after so long, until the wave goes on."""
SETTLED_WITHIN = timedelta(minutes=1)
"""After a wave was stopped, no worker begins a message of it any more: longer than a worker lives."""

WAVE_STEP_DUE = "wave_step_due"
"""The kind of the events of the queue of waves."""

WAVE_ID = re.compile(r"[0-9a-f]{16}")


class WaveState(StrEnum):
    """What a wave does now."""

    WAITING = "waiting"
    """It was made, and nobody has released it."""
    RUNNING = "running"
    """Its messages are sent, some every ten seconds."""
    PAUSED = "paused"
    """Nothing is sent until somebody resumes it."""
    STOPPED = "stopped"
    """Nothing more is sent, for good."""
    HANDED_OVER = "handed_over"
    """All its messages are with the workers that send them."""


class WaveFactKind(StrEnum):
    """What an officer did with a wave."""

    RELEASED = "released"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"
    TAKEN_BACK = "taken_back"
    """Another wave tells those who got a message of this one that it was wrong."""


_AFTER: Mapping[WaveFactKind, WaveState] = {
    WaveFactKind.RELEASED: WaveState.RUNNING,
    WaveFactKind.PAUSED: WaveState.PAUSED,
    WaveFactKind.RESUMED: WaveState.RUNNING,
    WaveFactKind.STOPPED: WaveState.STOPPED,
    WaveFactKind.TAKEN_BACK: WaveState.STOPPED,
}
_UNDER_WAY = frozenset({WaveState.RUNNING, WaveState.HANDED_OVER})
# A wave that is handed over may still wait in the queue: it can be paused and stopped.
ALLOWED: Mapping[WaveFactKind, frozenset[WaveState]] = {
    WaveFactKind.RELEASED: frozenset({WaveState.WAITING}),
    WaveFactKind.PAUSED: _UNDER_WAY,
    WaveFactKind.RESUMED: frozenset({WaveState.PAUSED}),
    WaveFactKind.STOPPED: _UNDER_WAY | {WaveState.WAITING, WaveState.PAUSED},
    WaveFactKind.TAKEN_BACK: frozenset({WaveState.STOPPED}),
}
"""The states in which each may be done."""


def about_of(subject: str) -> str:
    """What the messages about a subject are on record under: the code of a pass. What its text says may follow, after
    a slash."""
    return subject.partition("/")[0]


class WaveReason(Record):
    """Why an officer does something with a wave."""

    reason: Reason
    """Why."""


class WaveFact(WaveReason):
    """What an officer did with a wave, when and why."""

    kind: WaveFactKind
    """What was done."""
    at: AwareDatetime
    """When."""
    by: str
    """The member of staff: the subject of their token."""
    by_name: str | None = None
    """Their name, as a colleague had written it; left out if nobody had."""
    wave: str | None = None
    """Of `taken_back`: the wave that says so."""


class Wave(WaveReason):
    """A wave as it was made. It never changes."""

    id: Annotated[str, Field(pattern=f"^{WAVE_ID.pattern}$", examples=["5f0c2a9b1d3e4f60"])]
    """16 hexadecimal digits."""
    kind: str
    """Of its events: by it, a capability writes the notices."""
    text: str
    """The id of a message template."""
    values: dict[str, str] = {}
    """What the text is about, as ids of checkpoints. No person's data."""
    number: int
    """How many subjects it has."""
    rate: int
    """The most messages a minute."""
    made_at: AwareDatetime
    """When."""
    made_by: str
    """The member of staff: the subject of their token."""
    made_by_name: str | None = None
    """Their name, as a colleague had written it; left out if nobody had."""
    left_out: int = 0
    """Subjects that were asked for, and have nobody who can or may be sent its message."""
    second_officer_above: int | None = None
    """The most messages that the officer who made it may release, if it has a number of its own."""
    takes_back: str | None = None
    """The wave whose messages it takes back."""
    asked: str = ""
    """A digest of the request, by which the same one is known again."""

    @property
    def event(self) -> str:
        """The event of all its notices: with a subject it is the key under which each is sent once."""
        return f"wave_{self.id}"

    @property
    def a_step(self) -> int:
        """Messages that it hands over in a step."""
        return max(1, self.rate * int(STEP.total_seconds()) // 60)


class WaveRecord(NamedTuple):
    """A wave, what officers did with it, in order, and how far it has come."""

    wave: Wave
    facts: tuple[WaveFact, ...] = ()
    handed_over: int = 0
    """Its first so many messages are with the workers that send them."""

    @property
    def state(self) -> WaveState:
        if not self.facts:
            return WaveState.WAITING
        state = _AFTER[self.facts[-1].kind]
        if state is WaveState.RUNNING and self.handed_over >= self.wave.number:
            return WaveState.HANDED_OVER
        return state

    @property
    def is_released(self) -> bool:
        return any(each.kind is WaveFactKind.RELEASED for each in self.facts)

    @property
    def taken_back_by(self) -> str | None:
        """The wave that takes this one back."""
        return next((each.wave for each in self.facts if each.kind is WaveFactKind.TAKEN_BACK), None)

    def second_officer_above(self, province: int) -> int:
        """Its own number, or that of the province: with more messages another officer must release it than the one who
        made it."""
        own = self.wave.second_officer_above
        return province if own is None else own

    def needs_second_officer(self, province: int) -> bool:
        return self.wave.number > self.second_officer_above(province)

    def with_fact(self, fact: WaveFact) -> Self:
        return self._replace(facts=(*self.facts, fact))


class WaveEvent(Event):
    """A message of a wave is due. The subject is what it is about: see `about_of`."""

    wave: str = Field(pattern=f"^{WAVE_ID.pattern}$")


class WaveStep(NamedTuple):
    """The step of a wave that begins at a place among its subjects."""

    wave: str
    begins: int

    @classmethod
    def of(cls, event: Event) -> Self:
        """Raises `ValueError` for another event."""
        wave, begins = event.subject.split("/")
        if event.kind != WAVE_STEP_DUE or not WAVE_ID.fullmatch(wave):
            raise ValueError("no step of a wave")
        return cls(wave, int(begins))

    @property
    def event(self) -> Event:
        return Event(kind=WAVE_STEP_DUE, subject=f"{self.wave}/{self.begins}")


class WaveItem(NamedTuple):
    """What the notice of one subject is written from."""

    wave: Wave
    subject: str
    taken_back: datetime | None = None
    """Of a wave that takes another one back: when that one's message was sent to the subject."""


class WaveWaits(TemporaryFailure):
    """An officer paused the wave, or it is not known yet whether there is anything to take back. The event is parked in
    the queue of waves: among the messages it would be an old event that fails."""


class WaveCounts(NamedTuple):
    """What became of a wave's messages."""

    sent: int
    delivered: int
    """Of those that were sent: known to be on the phone."""
    not_sent: Mapping[DeliveryOutcome, int]
    open: int
    """Not begun, or being sent; or there was nothing to send any more, as the record was erased."""

    @classmethod
    def of(cls, messages: Sequence[Message], number: int) -> Self:
        """By the messages that are on record, of a wave with this number of subjects."""
        outcomes = [each.outcome for each in messages if each.outcome is not None]
        reached = (DeliveryState.DELIVERED, DeliveryState.SEEN)
        return cls(
            sent=outcomes.count(DeliveryOutcome.SENT),
            delivered=sum(each.state in reached for each in messages),
            not_sent={
                each: outcomes.count(each)
                for each in DeliveryOutcome
                if each is not DeliveryOutcome.SENT and each in outcomes
            },
            open=number - len(outcomes),
        )
