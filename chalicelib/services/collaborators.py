"""What the services need from outside, as they see it. `wiring` hands them the real ones, tests their own."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import Conflict, Settlement
from chalicelib.models.entry.corrections import CorrectedPass, Correction
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.passes import PassClaims
from chalicelib.models.entry.records import Facts
from chalicelib.models.entry.revocations import Revocation, RevokedPass
from chalicelib.models.policy.in_force import Reference
from chalicelib.models.policy.policies import KeptPolicy, Policy, PolicyChange
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.models.staff.staff import StaffRecord
from chalicelib.models.tracing.exposures import Exposure, FoundBy

if TYPE_CHECKING:
    # What few requests need, the others do not pay for.
    from chalicelib.models.certificates.contents import Container
    from chalicelib.models.certificates.readings import Reading
    from chalicelib.models.certificates.trusted_keys import TrustedKey


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, with its time zone."""


class Entries(Protocol):
    """Declarations and the facts beside them, append-only: those leave with the declaration that they are about."""

    def append_declaration(self, code: Code, declaration: Declaration) -> Declaration | None:
        """Store it in one write. If the code is taken, nothing is written and what stands there is returned."""

    def append_crossing(self, code: Code, declaration: Declaration, crossing: Crossing) -> Crossing | None:
        """Store it in one write. If the pass has a crossing, nothing is written and what stands there is returned."""

    def append_crossings(self, crossings: Sequence[tuple[Code, Declaration, Crossing]]) -> bool:
        """Store them in one transaction: all, or none where one of the passes has a crossing.
        Whether they are stored."""

    def append_conflict(
        self,
        code: Code,
        declaration: Declaration,
        conflict: Conflict,
        checkpoints: Collection[str],
        *,
        with_crossing: bool,
    ) -> Crossing | None:
        """Store it, for supervisors of these checkpoints to find, in one transaction; the same again changes nothing.

        With its crossing as the pass's own: if the pass has one, nothing is written and what stands there is returned.
        """

    def append_correction(self, code: Code, declaration: Declaration, number: int, correction: Correction) -> bool:
        """Store and list a pass's correction of this number, from 0, in one transaction. False, and nothing is written,
        if there is one."""

    def append_settlement(
        self,
        code: Code,
        declaration: Declaration,
        conflict: Conflict,
        settlement: Settlement,
        correction: tuple[int, Correction],
    ) -> bool:
        """Store it and its correction, with its number, in one transaction, and take the conflict from the open ones.
        False, and nothing is written, where another has been settled or corrected meanwhile."""

    def open_conflicts(self, checkpoint: str | None, at_most: int) -> list[tuple[Code, str]]:
        """The latest conflicts that nobody has settled, those of a checkpoint or all: the pass, the id."""

    def append_revocation(self, code: Code, declaration: Declaration, revocation: Revocation) -> Revocation | None:
        """Store and list it in one write. If the pass is revoked, nothing is written and what stands is returned."""

    def changes_since(self, moment: datetime | None) -> Sequence[RevokedPass | CorrectedPass]:
        """What was revoked or corrected from a moment on, or at all, in the order of time. Passes that ended may be
        left out."""

    def find(self, code: Code) -> Facts | None:
        """All facts of the code's declaration in one query."""

    def find_declarations(self, names: Sequence[str]) -> list[Declaration]:
        """Those of these declarations (the first 13 characters of their codes; 100 at most) that are on record."""


class References(Protocol):
    """The policy in force and the checkpoints, at most a minute old; and every policy there was."""

    def current(self) -> Reference: ...

    def policy(self, version: str) -> Policy: ...


class Checkpoints(Protocol):
    """The checkpoints as they are now, for who changes them."""

    def change_checkpoint(self, checkpoint_id: str, make: Callable[[Checkpoint | None], Checkpoint]) -> Checkpoint:
        """Store what `make` makes of the one that stands on record, and return it.

        It is made anew whenever someone else's change came in between. What is as it was is not written.
        """


class Postings(Protocol):
    """Which member of staff acts for which checkpoint."""

    def of(self, subject: str, *, fresh: bool) -> StaffRecord | None:
        """What is on record of someone; if it need not be fresh, at most a minute old."""

    def everyone(self) -> list[StaffRecord]:
        """All who are on record, in no order."""

    def change(self, subject: str, make: Callable[[StaffRecord | None], StaffRecord]) -> StaffRecord:
        """Store what `make` makes of what stands on record, and return it.

        It is made anew whenever someone else's change came in between. What is as it was is not written.
        """


class Policies(Protocol):
    """The versions of the policy as they are now, for who changes them."""

    def in_force(self) -> Policy: ...

    def find(self, version: str) -> KeptPolicy | None: ...

    def put_in_force(self, policy: Policy, change: PolicyChange) -> bool:
        """Keep a new version and put it in force: one write that is done as a whole or not at all.

        Whether it was done: not if the version exists, and not if `change.instead_of` is not the one in force.
        """

    def changes(self, at_most: int) -> list[PolicyChange]:
        """The newest first."""


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


class ReadCertificate(Protocol):
    def __call__(self, text: str, at: datetime, /) -> "Reading":
        """What the text of a certificate says and was worth at a moment, whatever text it is."""


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

    def declared(self, commune: str, day: date) -> Iterator[tuple[str, str]]:
        """Who was declared to arrive in a commune on a local day, the last to arrive first.

        For each a text that sorts by the arrival, and the declaration (the first 13 characters of its codes).
        """

    def codes(self, by: FoundBy, hashed: str, *, since: datetime, declarations: int) -> tuple[list[Code], bool]:
        """Codes of the passes exposed under a keyed hash since then, the newest first, each once: those of at most so
        many declarations. And whether these are all."""
