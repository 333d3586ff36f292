"""The trust list in memory."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field

from chalicelib.models.certificates.trusted_keys import TrustedKey
from chalicelib.models.errors import ServiceUnavailable


@dataclass
class TrustedKeys:
    """`steps` counts writes; the one numbered `dies_at` fails, and with it what would have come after."""

    keys: list[TrustedKey] = field(default_factory=list)
    steps: int = 0
    dies_at: int = 0

    def find(self, key_id: bytes) -> list[TrustedKey]:
        return [key for key in self.keys if b64decode(key.kid) == key_id]

    def all(self) -> list[TrustedKey]:
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

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            raise ServiceUnavailable

    def _drop(self, key: TrustedKey) -> None:
        self.keys = [each for each in self.keys if (each.kid, each.country) != (key.kid, key.country)]
