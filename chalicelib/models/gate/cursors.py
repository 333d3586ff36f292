"""The cursor of a gate's device: what it knows already, as text that it keeps and sends back.

All the state of a sync is in it, none on the server: up to when the device has read the revocations, and a short
digest of each thing that is sent whole or left out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

from pydantic import BaseModel

_WRITTEN = re.compile(r"(\d{9,11})" + 3 * r"\.([0-9a-f]{12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    """`read_until` has whole seconds."""

    read_until: datetime
    keys: str
    checkpoints: str
    policy: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The cursor that was written so; None for any other text."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            return None
        seconds, *digests = found.groups()
        return cls(datetime.fromtimestamp(int(seconds), UTC), *digests)

    def __str__(self) -> str:
        return f"{int(self.read_until.timestamp())}.{self.keys}.{self.checkpoints}.{self.policy}"


def digest(parts: Iterable[BaseModel]) -> str:
    """A short text that is another one when the content is."""
    content = "\n".join(part.model_dump_json(exclude_none=True) for part in parts)
    return sha256(content.encode()).hexdigest()[:12]
