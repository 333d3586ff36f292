"""What the services need from outside, as they see it. `wiring` hands them the real ones, tests their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.models.checkpoints import Reference
from chalicelib.models.codes import Code
from chalicelib.models.crossings import Crossing
from chalicelib.models.declarations import Declaration
from chalicelib.models.events import EventKind
from chalicelib.models.exposures import Exposure, FoundBy
from chalicelib.models.facts import Facts
from chalicelib.models.messages import Claim
from chalicelib.models.passes import PassClaims
from chalicelib.models.policies import Policy


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, with its time zone."""


class Entries(Protocol):
    """Declarations and the facts beside them, append-only."""

    def append_declaration(self, code: Code, declaration: Declaration) -> Declaration | None:
        """Store it in one write. If the code is taken, nothing is written and what stands there is returned."""

    def append_crossing(self, code: Code, crossing: Crossing, keep_until: datetime) -> Crossing | None:
        """Store it in one write. If the pass has a crossing, nothing is written and what stands there is returned."""

    def find(self, code: Code) -> Facts | None:
        """All facts of the code's declaration in one query."""


class References(Protocol):
    """The policy in force and the checkpoints, at most a minute old; and every policy there was."""

    def current(self) -> Reference: ...

    def policy(self, version: str) -> Policy: ...


class KeyedHash(Protocol):
    def bits(self, count: int, *parts: str) -> int: ...

    def text(self, *parts: str) -> str: ...


class Sign(Protocol):
    def __call__(self, claims: PassClaims) -> str:
        """The token of these claims."""


class Verify(Protocol):
    def __call__(self, text: str) -> PassClaims | None:
        """The claims of a token that we signed; None for any other text."""


class Exposures(Protocol):
    def append(self, exposures: Sequence[Exposure], keep_until: datetime) -> None:
        """Store exposures. Storing the same ones again changes nothing."""

    def codes(self, by: FoundBy, hashed: str, *, since: datetime, at_most: int) -> list[Code]:
        """Codes of the passes exposed under a keyed hash since then, the newest first, each once."""


class Messages(Protocol):
    """What was told to whom."""

    def claim(self, code: Code, kind: EventKind, *, now: datetime, keep_until: datetime) -> Claim:
        """Take the telling of this event upon oneself, for as long as a worker can live."""

    def settle(self, code: Code, kind: EventKind, *, outcome: str, reference: str) -> None:
        """It was told (or refused for good): nobody may tell it again."""

    def release(self, code: Code, kind: EventKind) -> None:
        """It was not told, and may be claimed again at once."""


class SendSms(Protocol):
    def __call__(self, phone: str, text: str) -> str:
        """Hand a text to the provider, who answers with its reference.

        Raises `TemporaryFailure` or `PermanentRefusal`.
        """
