"""Waves in memory, and the queues of their workers, which are killed where a test says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.models.messaging.waves import Wave, WaveEvent, WaveFact, WaveRecord, WaveStep


class Killed(BaseException):
    """The worker's end: nothing after it runs."""


@dataclass
class Kills:
    """Ends the worker at the numbers of these calls, counted over all that is called, from 0."""

    at: set[int] = field(default_factory=set)
    calls: int = 0

    def __call__(self) -> None:
        self.calls += 1
        if self.calls - 1 in self.at:
            raise Killed


@dataclass
class Waves:
    kept: dict[str, WaveRecord] = field(default_factory=dict)
    of: dict[str, list[str]] = field(default_factory=dict)
    """The subjects of each."""
    kills: Kills = field(default_factory=Kills)
    """Before each write, and after it."""

    def append(self, wave: Wave, subjects: Sequence[str]) -> Wave | None:
        if wave.id in self.kept:
            return self.kept[wave.id].wave
        self.kept[wave.id] = WaveRecord(wave)
        self.of[wave.id] = list(subjects)
        return None

    def append_fact(self, wave: Wave, number: int, fact: WaveFact) -> bool:
        self.kills()
        record = self.kept[wave.id]
        if number != len(record.facts):
            return False
        self.kept[wave.id] = record.with_fact(fact)
        self.kills()
        return True

    def append_taking_back(
        self, wave: Wave, number: int, fact: WaveFact, taking_back: Wave, subjects: Sequence[str]
    ) -> bool:
        done = self.append_fact(wave, number, fact)
        if done:
            self.append(taking_back, subjects)
        return done

    def find(self, wave: str) -> WaveRecord | None:
        return self.kept.get(wave)

    def subjects(self, wave: str, begins: int, ends: int) -> list[str]:
        return self.of[wave][begins:ends]

    def set_handed_over(self, wave: str, number: int) -> None:
        self.kills()
        record = self.kept[wave]
        self.kept[wave] = record._replace(handed_over=max(number, record.handed_over))
        self.kills()

    def made_since(self, moment: datetime) -> list[str]:
        made = [each.wave for each in self.kept.values() if each.wave.made_at >= moment]
        return [each.id for each in sorted(made, key=lambda wave: (wave.made_at, wave.id), reverse=True)]


@dataclass
class Queues:
    """The queue of waves, by the time when something is due in seconds, and that of messages."""

    kills: Kills
    steps: list[tuple[float, WaveStep]] = field(default_factory=list)
    messages: list[tuple[float, WaveEvent]] = field(default_factory=list)
    """With the time when each was handed over."""
    now: float = 0.0

    def queue_step(self, step: WaveStep, delay: timedelta) -> None:
        self.kills()
        self.steps.append((self.now + delay.total_seconds(), step))
        self.kills()

    def hand_over(self, events: Sequence[WaveEvent]) -> None:
        for event in events:
            self.kills()
            self.messages.append((self.now, event))
        self.kills()
