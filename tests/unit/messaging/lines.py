"""Several workers and a queue in simulated time: each runs while the others sleep."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from chalice.app import SQSEvent

from chalicelib.handlers.workers.batches import Returned

LIMIT = 30.0
"""Seconds that a worker has."""
HIDDEN = 180.0
"""Seconds for which the queue hides what it gave out."""
MOST_RECEIVES = 1000


class Timeline:
    """A clock for threads of which one runs at a time: the one that wakes up first. Times are in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, Event]] = []
        self._number = 0
        self._errors: list[BaseException] = []

    def sleep(self, seconds: float) -> None:
        own = self._wakes_at(self.now + seconds)
        self._wake_next()
        own.wait()

    def run(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Run all tasks to their ends. Raises the first error of one."""
        threads = [Thread(target=self._run, args=(task, self._wakes_at(self.now))) for task in tasks]
        for thread in threads:
            thread.start()
        self._wake_next()
        for thread in threads:
            thread.join()
        if self._errors:
            raise self._errors[0]

    def _run(self, task: Callable[[], None], begin: Event) -> None:
        begin.wait()
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised where all of them are joined
            self._errors.append(error)
        finally:
            self._wake_next()

    def _wakes_at(self, moment: float) -> Event:
        self._number += 1
        event = Event()
        heapq.heappush(self._waiting, (moment, self._number, event))
        return event

    def _wake_next(self) -> None:
        if self._waiting:
            self.now, _, event = heapq.heappop(self._waiting)
            event.set()


@dataclass
class Held:
    """A message in the queue."""

    body: str
    visible_at: float = 0.0
    receives: int = 0


@dataclass
class Queue:
    """SQS, as a worker sees it."""

    timeline: Timeline
    messages: dict[str, Held]
    looks_every: float = 0.05
    """Seconds after which a worker looks for messages again."""
    dead: list[str] = field(default_factory=list)
    most: int = 0
    """The highest number of receives of one message."""

    def give_back(self, returned: Sequence[Returned], seconds: Callable[[Returned], int]) -> None:
        for each in returned:
            self.messages[each.receipt_handle].visible_at = self.timeline.now + seconds(each)

    def work_off(self, handle: Callable[[SQSEvent, Callable[[], float]], dict[str, Any]], *, at_once: int) -> None:
        """A worker takes batches until the queue is empty. `handle` gets a batch, and how to learn the time left."""
        while self.messages:
            batch = self._receive(at_once)
            if batch:
                end = self.timeline.now + LIMIT
                event = SQSEvent({"Records": batch}, None)
                answer = handle(event, lambda end=end: end - self.timeline.now)  # type: ignore[misc]
                assert self.timeline.now <= end, "the worker was ended in the middle"
                failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
                for record in batch:
                    if record["messageId"] not in failed:
                        del self.messages[record["messageId"]]
            self.timeline.sleep(self.looks_every)

    def _receive(self, at_once: int) -> list[dict[str, Any]]:
        batch: list[dict[str, Any]] = []
        for name, held in list(self.messages.items()):
            if held.visible_at > self.timeline.now or len(batch) == at_once:
                continue
            held.receives += 1
            self.most = max(self.most, held.receives)
            if held.receives > MOST_RECEIVES:
                self.dead.append(self.messages.pop(name).body)
                continue
            held.visible_at = self.timeline.now + HIDDEN
            batch.append(
                {
                    "messageId": name,
                    "receiptHandle": name,
                    "body": held.body,
                    "attributes": {"ApproximateReceiveCount": str(held.receives)},
                }
            )
        return batch


@dataclass
class LimitedProvider:
    """It takes `rate` messages a second, from all workers together, and answers the others as `refusal` says."""

    timeline: Timeline
    rate: int
    seconds: float
    refusal: Callable[[], Exception]
    sent: list[str] = field(default_factory=list)
    """Trackings."""
    refused: int = 0
    _second: int = -1
    _taken: int = 0

    def __call__(self, outgoing: Any) -> str:
        self.timeline.sleep(self.seconds)
        if int(self.timeline.now) != self._second:
            self._second, self._taken = int(self.timeline.now), 0
        if self._taken == self.rate:
            self.refused += 1
            raise self.refusal()
        self._taken += 1
        self.sent.append(outgoing.tracking)
        return f"message-{len(self.sent)}"
