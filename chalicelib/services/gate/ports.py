"""What the services of the gate need from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from chalicelib.models.entry.passes import PassClaims, Verdict
from chalicelib.services.entry.ports import Records

if TYPE_CHECKING:
    # Only some requests need these.
    from chalicelib.models.certificates.readings import Reading
    from chalicelib.models.entry.aliases import Alias
    from chalicelib.models.entry.arrivals import ArrivedPass, GateArrival
    from chalicelib.models.entry.codes import Code
    from chalicelib.models.entry.conflicts import Conflict, Settlement
    from chalicelib.models.entry.corrections import CorrectedPass, Correction
    from chalicelib.models.entry.crossings import Crossing
    from chalicelib.models.entry.departures import Departure
    from chalicelib.models.entry.records import HeldPass
    from chalicelib.models.entry.replacements import ReplacedPass
    from chalicelib.models.entry.revocations import Revocation, RevokedPass
    from chalicelib.models.permits.permits import RevokedPermit
    from chalicelib.models.tracing.exposures import DeclaredPasses, FoundBy, Position, Side, Wait

ReadToken = Callable[[str], PassClaims | Verdict]
"""The claims of a text in the form of a token; its signature is not verified. For any other text the verdict on it:
`unreadable` if it may be a part of a token, else `forged`."""

Verify = Callable[[str], PassClaims | None]
"""The claims of a token that we signed; None for any other text."""

ReadCertificate = Callable[[str, datetime], "Reading"]
"""What the text of a certificate says, and whether it was valid at a moment. Every text gets an answer."""


class ArrivalRecords(Protocol):
    def append_arrivals(self, arrivals: Sequence[tuple[HeldPass, GateArrival]]) -> list[GateArrival | None]:
        """Store and list the arrivals of different passes. For each None; or the one on record, if the pass has one:
        then nothing is written for it."""


class Entries(Records, ArrivalRecords, Protocol):
    """Declarations and the facts beside them, append-only: facts leave with their declaration."""

    def append_crossing(self, held: HeldPass, crossing: Crossing) -> Crossing | None:
        """Store a crossing in one write, and list its pass if a gate must still see the holder. If the pass has a
        crossing, nothing is written, and that crossing is returned."""

    def append_crossings(self, crossings: Sequence[tuple[HeldPass, Crossing]]) -> bool:
        """Store all in one transaction, or none if one of the passes has a crossing. Whether they are stored."""

    def append_departures(self, departures: Sequence[tuple[HeldPass, Departure]]) -> bool:
        """Store departures, each with the next number of its pass, and remove passes that are not awaited any more from
        their list, in one transaction. False, and nothing is written, if one of the passes got another departure
        meanwhile."""

    def visitors(self, day: date, checkpoint: str | None, at_most: int) -> list[Code]:
        """The passes listed as awaited (`HeldPass.is_awaited`) of people who crossed on a day, at one checkpoint or at
        all, by checkpoint and time. Some may not be awaited any more."""

    def append_alias(self, held: HeldPass, alias: Alias) -> None:
        """Store it in one write. If the pass has one, nothing is written."""

    def append_conflict(self, held: HeldPass, conflict: Conflict) -> bool:
        """Store it after the conflicts that `held` knows, and list it for supervisors of
        `held.checkpoints_of(conflict)` to find, in one transaction. False, and nothing is written, if there is another
        by now."""

    def append_crossing_in_conflict(self, held: HeldPass, conflict: Conflict) -> bool:
        """The same, and in the same transaction its crossing as the pass's own. False, and nothing is written, if the
        pass has a crossing or another conflict by now."""

    def append_correction(self, held: HeldPass, correction: Correction) -> bool:
        """Store and list it after the corrections that `held` knows, in one transaction. False, and nothing is
        written, if there is another by now."""

    def append_settlement(
        self, held: HeldPass, conflict: Conflict, settlement: Settlement, correction: Correction
    ) -> bool:
        """Store it and its correction in one transaction, and take the conflict off the list. False, and nothing is
        written, if the conflict was settled or the pass corrected since `held` was read."""

    def open_conflicts(self, checkpoint: str | None, at_most: int) -> list[tuple[Code, str]]:
        """The latest conflicts that nobody has settled, those of a checkpoint or all: the pass, the id."""

    def append_revocation(self, held: HeldPass, revocation: Revocation) -> Revocation | None:
        """Store and list it in one write. If the pass is revoked, nothing is written, and that one is returned."""

    def changes_since(self, moment: datetime) -> Sequence[RevokedPass | CorrectedPass]:
        """Revocations and corrections since `moment`, the oldest first. Those of passes that have ended may be
        missing."""

    def holding_since(self, moment: datetime) -> Sequence[ArrivedPass | ReplacedPass]:
        """Arrivals and replacements that came since `moment`, in the order in which they came. Those of passes that
        have ended may be missing."""


class PermitRevocations(Protocol):
    def revoked_since(self, moment: datetime | None) -> list[RevokedPermit]:
        """The revocations of permits since a moment, or all."""


class Waits(Protocol):
    def waits(self, checkpoint: str, *, since: datetime, until: datetime) -> list[Wait]:
        """The waits of people with a decision of a checkpoint between these times, at most an hour apart: one query or
        two."""


class Exposures(Protocol):
    def declared_under(
        self,
        by: FoundBy,
        hashed: str,
        side: Side,
        *,
        since: datetime,
        before: Position | None,
        declarations: int,
        passes: int,
    ) -> DeclaredPasses:
        """One side of the passes declared under a keyed hash, with an arrival after `since`: those after `before`, at
        most `passes`, of at most `declarations` declarations."""

    def other_numbers(self, person: str) -> list[str]:
        """The keyed hashes of a person's other identity numbers, by the hash of one; the last recorded first, three at
        most."""
