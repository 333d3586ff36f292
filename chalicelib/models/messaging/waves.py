"""Waves: messages to many people, sent at a bounded rate, under the control of officers.

A wave is a list of subjects, for example codes of passes, and the text for each of them. It has no person's data. A
subject's notice is written when its message is due, by the capability that owns the wave's kind of event.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple, Self

from pydantic import AwareDatetime, Field

from chalicelib.models.enums import StrEnum
from chalicelib.models.events import Event
from chalicelib.models.fields import Reason
from chalicelib.models.messaging.messages import DeliveryOutcome, DeliveryState, Message, TemporaryFailure
from chalicelib.models.records import Record

MOST_SUBJECTS = 20_000
"""The most subjects of one wave: as many as one transaction can store."""
STEP = timedelta(seconds=10)
"""The pause between two steps of a running wave. Each step hands over some of its messages."""
RATE, FASTEST = 300, 600
"""Messages a minute: the default of a wave, and the most. The workers that send them begin 720."""
SLOWEST = 60 // int(STEP.total_seconds())
"""One message in each step."""
PARKED_FOR = timedelta(minutes=1)
"""A message of a paused wave is tried again after this time, until the wave is resumed."""
SETTLED_WITHIN = timedelta(minutes=1)
"""This long after a wave was stopped, no worker sends a message of it any more: longer than a worker can run."""

WAVE_STEP_DUE = "wave_step_due"
"""The kind of events in the queue of waves."""

WAVE_ID = re.compile(r"[0-9a-f]{16}")
_EVENT = "wave_"


class WaveState(StrEnum):
    """The state of a wave."""

    WAITING = "waiting"
    """It was made, and nobody has released it."""
    RUNNING = "running"
    """Its messages are sent, some every ten seconds."""
    PAUSED = "paused"
    """Nothing is sent until somebody resumes it."""
    STOPPED = "stopped"
    """Nothing more is sent. It cannot be resumed."""
    HANDED_OVER = "handed_over"
    """All its messages are with the workers that send them."""


class WaveFactKind(StrEnum):
    """What an officer did with a wave."""

    RELEASED = "released"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"
    TAKEN_BACK = "taken_back"
    """Another wave informs everyone who got a message of this wave that it was wrong."""


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
"""The states in which each action is allowed."""


def about_of(subject: str) -> str:
    """The key of records of messages about a subject: the code of a pass. The subject may have values of the text after
    it, behind a slash."""
    return subject.partition("/")[0]


def wave_of(event: str) -> str | None:
    """The id of the wave whose notices have this event; None for another event."""
    return event.removeprefix(_EVENT) if event.startswith(_EVENT) else None


class WaveReason(Record):
    """Why an officer does something with a wave."""

    reason: Reason
    """The reason."""


class WaveFact(WaveReason):
    """What an officer did with a wave, when and why."""

    kind: WaveFactKind
    """The action."""
    at: AwareDatetime
    """When."""
    by: str
    """The member of staff: the subject of their token."""
    by_name: str | None = None
    """Their name, as a colleague had entered it; left out if there was none."""
    wave: str | None = None
    """For `taken_back`: the wave that takes it back."""


class Wave(WaveReason):
    """A wave as it was made. It never changes."""

    id: Annotated[str, Field(pattern=f"^{WAVE_ID.pattern}$", examples=["5f0c2a9b1d3e4f60"])]
    """16 hexadecimal digits."""
    kind: str
    """The kind of its events. It selects the capability that writes the notices."""
    text: str
    """The id of a message template."""
    values: dict[str, str] = {}
    """Values of the text, for example ids of checkpoints. No person's data."""
    number: int
    """How many subjects it has."""
    rate: int
    """The most messages a minute."""
    made_at: AwareDatetime
    """When."""
    made_by: str
    """The member of staff: the subject of their token."""
    made_by_name: str | None = None
    """Their name, as a colleague had entered it; left out if there was none."""
    left_out: int = 0
    """The number of requested subjects without anybody who can or may get the message."""
    second_officer_above: int | None = None
    """The most messages that its maker may release, if the wave has its own limit."""
    takes_back: str | None = None
    """The wave whose messages it takes back."""
    known_since: AwareDatetime | None = None
    """Since when the province knows what the messages say: for contacts, the opening of their case. None if nobody
    counts how long people wait for the message."""
    asked: str = ""
    """A digest of the request, which identifies a repeated request."""

    @property
    def event(self) -> str:
        """The event of all its notices. Together with a subject it is the key that prevents a second message."""
        return f"{_EVENT}{self.id}"

    @property
    def a_step(self) -> int:
        """The messages handed over in a step."""
        return max(1, self.rate * int(STEP.total_seconds()) // 60)


class WaveRecord(NamedTuple):
    """A wave, the actions of officers in order, and its progress."""

    wave: Wave
    facts: tuple[WaveFact, ...] = ()
    handed_over: int = 0
    """The number of its messages, from the first, that are with the workers that send them."""

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
        """Its own limit, or the province's: with more messages another officer than its maker must release it."""
        own = self.wave.second_officer_above
        return province if own is None else own

    def needs_second_officer(self, province: int) -> bool:
        return self.wave.number > self.second_officer_above(province)

    def with_fact(self, fact: WaveFact) -> Self:
        return self._replace(facts=(*self.facts, fact))


class WaveEvent(Event):
    """The event that a message of a wave is due. Its subject: see `about_of`."""

    wave: str = Field(pattern=f"^{WAVE_ID.pattern}$")


class WaveStep(NamedTuple):
    """The step of a wave that begins at an index of its subjects."""

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
    """The input for the notice of one subject."""

    wave: Wave
    subject: str
    taken_back: datetime | None = None
    """For a wave that takes another wave back: when the subject got the other wave's message."""


class WaveWaits(TemporaryFailure):
    """An officer paused the wave, or it is not yet known whether there is anything to take back. The event is parked in
    the queue of waves: in the queue of messages it would look like an old event that fails."""


class WaveCounts(NamedTuple):
    """The outcomes of a wave's messages."""

    sent: int
    delivered: int
    """Of the sent messages, those known to be on the phone."""
    not_sent: Mapping[DeliveryOutcome, int]
    open: int
    """Not begun, or being sent; or not needed any more because the record was erased."""

    @classmethod
    def of(cls, messages: Sequence[Message], number: int) -> Self:
        """Count the recorded messages of a wave with this number of subjects."""
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
