"""What the services of permits need from outside."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.models.entry.codes import Code
from chalicelib.models.permits.corrections import CorrectedPermitCrossing, PermitCorrection
from chalicelib.models.permits.crossings import PermitCrossing
from chalicelib.models.permits.events import PermitEvent
from chalicelib.models.permits.permits import (
    OpenAlready,
    Permit,
    PermitDecision,
    PermitRecord,
    PermitRevocation,
    PermitState,
    RevokedPermit,
    StoredAlready,
)

Announce = Callable[[Sequence[PermitEvent]], None]
"""Queue events. Workers get them after the request that sends them has ended. Raises `ServiceUnavailable`."""


class Permits(Protocol):
    """Permits and the facts beside them, append-only."""

    def find(self, code: Code) -> PermitRecord | None:
        """All that is on record about a permit, but its crossings: one query."""

    def find_all(self, codes: Sequence[str]) -> list[PermitRecord]:
        """Those of these permits that are on record, in this order, without their tests."""

    def ask(self, permits: Sequence[Permit]) -> list[StoredAlready | OpenAlready | None]:
        """Store and list each request, if its asker has no open permit for its person with its plate; each is of
        another person or plate. The outcomes are in their order: None if it is stored. If it fails, some may be
        stored."""

    def decide(self, record: PermitRecord, decision: PermitDecision) -> bool:
        """Store a decision and move the permit to another list. False, and nothing is written, if there is a decision
        by now, if the permit was erased, or, to grant it, if another permit of the person with its plate is in
        force."""

    def revoke(self, record: PermitRecord, revocation: PermitRevocation) -> bool:
        """Store a revocation and list it for gates. False, and nothing is written, if there is one by now."""

    def listed(
        self, state: PermitState, now: datetime, after: str | None, limit: int, *, asked_until: datetime | None = None
    ) -> list[str]:
        """The names of permits in the list of a state, those that were asked for first, or end first: each ends with
        `#` and the code. With `asked_until`, of requests that are not decided, those of this time and before."""

    def of_partner(self, partner: str, before: str | None, limit: int) -> list[str]:
        """The names of the permits that a partner asked for, the latest first."""

    def revoked_since(self, moment: datetime | None) -> list[RevokedPermit]:
        """The revocations since a moment, or all, of permits that would not have ended, the oldest first."""

    def cross(self, record: PermitRecord, crossing: PermitCrossing, sent: str | None = None) -> PermitCrossing | None:
        """Store a crossing, the test that was shown, and the name of the request (`sent`). If the permit has a crossing
        of this direction and minute, or one that this request has recorded, nothing is written, and that one is
        returned. If it is the same as this one, the request's name leads to it from now on."""

    def find_crossing(self, code: Code, name: str) -> CorrectedPermitCrossing | None:
        """A crossing by its name, and its corrections."""

    def crossings(self, code: Code) -> list[CorrectedPermitCrossing]:
        """All crossings by a permit, the oldest first."""

    def correct(self, corrected: CorrectedPermitCrossing, correction: PermitCorrection) -> bool:
        """Store the next correction of a crossing. False, and nothing is written, if there is one by now that
        `corrected` lacks."""
