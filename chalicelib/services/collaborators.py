"""What the services need from outside, as they see it. `wiring` hands them the real ones, tests their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from chalicelib.models.checkpoints import Reference
from chalicelib.models.codes import Code
from chalicelib.models.crossings import Crossing
from chalicelib.models.declarations import Declaration
from chalicelib.models.events import EventKind
from chalicelib.models.exposures import Exposure
from chalicelib.models.facts import Facts
from chalicelib.models.messages import Claim
from chalicelib.models.passes import PassClaims
from chalicelib.models.policies import Policy

if TYPE_CHECKING:
    # What few requests need, the others do not pay for.
    from chalicelib.models.certificates import Container
    from chalicelib.models.trusted_keys import TrustedKey


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


class DecodeCertificate(Protocol):
    def __call__(self, text: str) -> "Container":
        """What a certificate's text wraps, not verified. Raises `Unreadable` for any other text."""


class TrustedKeys(Protocol):
    """The trust list."""

    def find(self, key_id: bytes) -> Sequence["TrustedKey"]:
        """All keys of this id, at most a minute old: countries may share one."""

    def all(self) -> Sequence["TrustedKey"]: ...

    def put(self, keys: Sequence["TrustedKey"]) -> None:
        """List these, in place of what is listed of the same id and country."""

    def remove(self, keys: Sequence["TrustedKey"]) -> None: ...


class Exposures(Protocol):
    def append(self, exposures: Sequence[Exposure], keep_until: datetime) -> None:
        """Store exposures. Storing the same ones again changes nothing."""


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
