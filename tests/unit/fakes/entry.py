"""What entry and gate need, in memory: the records, and the signatures of passes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import Conflict, Settlement
from chalicelib.models.entry.corrections import CorrectedPass, Correction
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.passes import PassClaims
from chalicelib.models.entry.records import DeclarationRecord, HeldPass
from chalicelib.models.entry.revocations import Revocation, RevokedPass


@dataclass
class Entries:
    """`writes` and `reads` count what the real one would pay for."""

    declarations: dict[str, Declaration] = field(default_factory=dict)
    crossings: dict[tuple[str, int], Crossing] = field(default_factory=dict)
    revocations: dict[tuple[str, int], Revocation] = field(default_factory=dict)
    corrections: dict[tuple[str, int], list[Correction]] = field(default_factory=dict)
    conflicts: dict[tuple[str, int], dict[str, Conflict]] = field(default_factory=dict)
    settlements: dict[str, Settlement] = field(default_factory=dict)
    listed: dict[str, tuple[Code, Collection[str]]] = field(default_factory=dict)
    changes: list[RevokedPass | CorrectedPass] = field(default_factory=list)
    writes: int = 0
    reads: int = 0

    def append_declaration(self, code: Code, declaration: Declaration) -> Declaration | None:
        self.writes += 1
        standing = self.declarations.setdefault(code.declaration, declaration)
        return None if standing is declaration else standing

    def find_declarations(self, names: Sequence[str]) -> list[Declaration]:
        assert len(names) <= 100
        return [self.declarations[name] for name in names if name in self.declarations]

    def append_crossing(self, held: HeldPass, crossing: Crossing) -> Crossing | None:
        self.writes += 1
        stored = self.crossings.setdefault(_key(held), crossing)
        return None if stored is crossing else stored

    def append_crossings(self, crossings: Sequence[tuple[HeldPass, Crossing]]) -> bool:
        self.writes += 1
        new = {_key(held): crossing for held, crossing in crossings}
        if new.keys() & self.crossings.keys():
            return False
        self.crossings.update(new)
        return True

    def append_conflict(self, held: HeldPass, conflict: Conflict, checkpoints: Collection[str]) -> None:
        self.writes += 1
        if conflict.id not in self.conflicts.setdefault(_key(held), {}):
            self.conflicts[_key(held)][conflict.id] = conflict
            self.listed[conflict.id] = held.code, checkpoints

    def append_crossing_in_conflict(self, held: HeldPass, conflict: Conflict) -> Crossing | None:
        if _key(held) in self.crossings:
            self.writes += 1
            return self.crossings[_key(held)]
        self.append_conflict(held, conflict, {conflict.crossing.checkpoint})
        self.crossings[_key(held)] = conflict.crossing
        return None

    def append_correction(self, held: HeldPass, correction: Correction) -> bool:
        self.writes += 1
        stored = self.corrections.setdefault(_key(held), [])
        if len(held.corrections) < len(stored):
            return False
        stored.append(correction)
        self.changes.append(
            CorrectedPass(
                code=str(held.code),
                decision=correction.decision,
                corrected_at=correction.recorded_at,
                expires_at=held.expires_at,
            )
        )
        return True

    def append_settlement(
        self, held: HeldPass, conflict: Conflict, settlement: Settlement, correction: Correction
    ) -> bool:
        if conflict.id in self.settlements or not self.append_correction(held, correction):
            return False
        self.writes += 1
        self.settlements[conflict.id] = settlement
        del self.listed[conflict.id]
        return True

    def open_conflicts(self, checkpoint: str | None, at_most: int) -> list[tuple[Code, str]]:
        latest = [(code, name, where) for name, (code, where) in reversed(self.listed.items())]
        return [(code, name) for code, name, where in latest if checkpoint is None or checkpoint in where][:at_most]

    def append_revocation(self, held: HeldPass, revocation: Revocation) -> Revocation | None:
        self.writes += 1
        stored = self.revocations.setdefault(_key(held), revocation)
        if stored is not revocation:
            return stored
        self.changes.append(
            RevokedPass(code=str(held.code), revoked_at=revocation.recorded_at, expires_at=held.expires_at)
        )
        return None

    def changes_since(self, moment: datetime | None) -> Sequence[RevokedPass | CorrectedPass]:
        self.reads += 1

        def at(change: RevokedPass | CorrectedPass) -> datetime:
            return change.revoked_at if isinstance(change, RevokedPass) else change.corrected_at

        return [each for each in self.changes if moment is None or at(each) >= moment]

    def find(self, code: Code) -> DeclarationRecord | None:
        self.reads += 1
        if code.declaration not in self.declarations:
            return None

        def own(facts: dict[tuple[str, int], Any]) -> dict[int, Any]:
            return {person: fact for (name, person), fact in facts.items() if name == code.declaration}

        return DeclarationRecord(
            self.declarations[code.declaration],
            own(self.crossings),
            own(self.revocations),
            {person: list(facts) for person, facts in own(self.corrections).items()},
            {person: list(facts.values()) for person, facts in own(self.conflicts).items()},
            {name: fact for name, fact in self.settlements.items() if name.startswith(code.declaration)},
        )


def _key(held: HeldPass) -> tuple[str, int]:
    return held.code.declaration, held.code.person


@dataclass
class Signatures:
    """Signs by remembering; verifies what it remembers."""

    signed: dict[str, PassClaims] = field(default_factory=dict)

    def sign(self, claims: PassClaims) -> str:
        token = f"TNP1:{claims.code}"
        self.signed[token] = claims
        return token

    def verify(self, text: str) -> PassClaims | None:
        return self.signed.get(text)
