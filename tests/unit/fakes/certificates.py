"""The trust list in memory."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.models.certificates.trusted_keys import KeyName, TrustedKey
from chalicelib.models.errors import ServiceUnavailable


@dataclass
class TrustedKeys:
    """`steps` counts writes; the one numbered `dies_at` fails, and with it what would have come after."""

    keys: list[TrustedKey] = field(default_factory=list)
    steps: int = 0
    dies_at: int = 0
    noted: list[tuple[datetime, KeyName]] = field(default_factory=list)
    reads: int = 0
    """How often all keys were read."""

    def find(self, key_id: bytes) -> list[TrustedKey]:
        return [key for key in self.keys if b64decode(key.kid) == key_id]

    def all(self) -> list[TrustedKey]:
        self.reads += 1
        return list(self.keys)

    def put(self, keys: Sequence[TrustedKey]) -> None:
        for key in keys:
            self._step()
            self._drop(key)
            self.keys.append(key)

    def remove(self, keys: Sequence[TrustedKey]) -> None:
        for key in keys:
            self._step()
            self._drop(key)

    def note_changes(self, names: Sequence[KeyName], at: datetime) -> None:
        self.noted += [(at, name) for name in names]

    def changed_since(self, moment: datetime) -> set[KeyName]:
        return {name for at, name in self.noted if at >= moment}

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            raise ServiceUnavailable

    def _drop(self, key: TrustedKey) -> None:
        self.keys = [each for each in self.keys if (each.kid, each.country) != (key.kid, key.country)]
