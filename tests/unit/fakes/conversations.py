"""The ports of conversations, in memory."""

from datetime import datetime, timedelta

from chalicelib.models.messaging.messages import TemporaryFailure


class Replies:
    """`services.conversations.ports.Replies`."""

    def __init__(self, *, lease: timedelta = timedelta(seconds=30)) -> None:
        self._lease = lease
        self._claimed: dict[str, datetime] = {}
        self._settled: set[str] = set()

    def claim(self, event: str, *, now: datetime) -> bool:
        if event in self._settled:
            return False
        until = self._claimed.get(event)
        if until is not None and now.replace(microsecond=0) <= until:
            raise TemporaryFailure("another worker holds the claim")
        self._claimed[event] = (now + self._lease).replace(microsecond=0)
        return True

    def settle(self, event: str) -> None:
        if event in self._claimed:
            self._settled.add(event)

    def release(self, event: str) -> None:
        if event not in self._settled:
            self._claimed.pop(event, None)
