"""All that is on record about one declaration, and about one pass of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.passes import Pass, Verdict, verdict

if TYPE_CHECKING:
    # Lazy import: most records are a declaration without other facts.
    from chalicelib.models.entry.aliases import Alias
    from chalicelib.models.entry.amendments import Amendment
    from chalicelib.models.entry.arrivals import GateArrival
    from chalicelib.models.entry.conflicts import Conflict, Settlement
    from chalicelib.models.entry.corrections import Correction
    from chalicelib.models.entry.crossings import Crossing, Decision, IdentityHeld
    from chalicelib.models.entry.declarations import Declaration
    from chalicelib.models.entry.departures import Departure
    from chalicelib.models.entry.proofs import PhoneProof
    from chalicelib.models.entry.replacements import Replacement
    from chalicelib.models.entry.restrictions import Restriction
    from chalicelib.models.entry.revocations import Revocation
    from chalicelib.models.people.persons import Person
    from chalicelib.models.people.trips import Trip


_NONE: Mapping[Any, Any] = MappingProxyType({})


class DeclarationRecord(NamedTuple):
    """A declaration and the facts beside it. The mappings go by the number of the person, `settlements` by the id of
    the conflict. Corrections, conflicts, restrictions, amendments and departures are in their order."""

    declaration: Declaration
    crossings: Mapping[int, Crossing] = _NONE
    revocations: Mapping[int, Revocation] = _NONE
    corrections: Mapping[int, Sequence[Correction]] = _NONE
    conflicts: Mapping[int, Sequence[Conflict]] = _NONE
    settlements: Mapping[str, Settlement] = _NONE
    proof: PhoneProof | None = None
    aliases: Mapping[int, Alias] = _NONE
    restrictions: Mapping[int, Sequence[Restriction]] = _NONE
    amendments: Mapping[int, Sequence[Amendment]] = _NONE
    departures: Mapping[int, Sequence[Departure]] = _NONE
    arrivals: Mapping[int, GateArrival] = _NONE
    replacements: Mapping[int, Replacement] = _NONE

    @property
    def origin(self) -> Origin:
        """The current origin: how far the identity is confirmed."""
        return Origin.PROVEN if self.is_proven_later else self.declaration.origin

    @property
    def is_proven_later(self) -> bool:
        """Whether the form was unproven when it was received, and the traveller's phone has been confirmed since."""
        return self.declaration.origin is Origin.UNPROVEN and self.proof is not None

    def is_restricted(self, person: int) -> bool:
        """Whether this person's data is restricted: the last restriction counts."""
        restrictions = self.restrictions.get(person)
        return restrictions[-1].restricted if restrictions else False

    def passes(self, declaration: str) -> list[HeldPass]:
        """All passes, by person, without those that were erased. `declaration` is what their codes begin with."""
        return [
            HeldPass(Code(declaration, person), self)
            for person, issued in enumerate(self.declaration.passes)
            if not issued.is_erased
        ]


class HeldPass(NamedTuple):
    """One pass: its code, and the record that it is part of."""

    code: Code
    record: DeclarationRecord

    @property
    def person(self) -> Person:
        return self.record.declaration.form.persons[self.code.person]

    @property
    def trip(self) -> Trip:
        return self.record.declaration.form.trip

    @property
    def issued(self) -> Pass:
        """The pass as it was issued."""
        return self.record.declaration.passes[self.code.person]

    @property
    def origin(self) -> Origin:
        return self.record.origin

    @property
    def issued_at(self) -> datetime:
        return self.record.declaration.issued_at

    @property
    def hour_ends_at(self) -> datetime:
        """The end of its hour: the expiry in its token. Its holder must arrive before that."""
        return self.record.declaration.expires_at

    @property
    def expires_at(self) -> datetime:
        """Until when it holds: the end of its hour; later if its holder arrived within it; earlier if it was replaced.

        Everything that asks whether a pass has ended asks this.
        """
        if self.arrival is not None:
            return max(self.hour_ends_at, self.arrival.holds_until)
        if self.replacement is not None:
            return min(self.hour_ends_at, self.replacement.recorded_at)
        return self.hour_ends_at

    @property
    def arrival(self) -> GateArrival | None:
        return self.record.arrivals.get(self.code.person)

    @property
    def replacement(self) -> Replacement | None:
        """The replacement, if it counts: not for a pass with a crossing or an arrival."""
        person = self.code.person
        if person in self.record.crossings or person in self.record.arrivals:
            return None
        return self.record.replacements.get(person)

    @property
    def arrived_at(self) -> datetime | None:
        return self.arrival.recorded_at if self.arrival else None

    @property
    def replaced_at(self) -> datetime | None:
        return self.replacement.recorded_at if self.replacement else None

    @property
    def ends_at(self) -> datetime:
        """When it ends: its expiry, or its revocation if that is earlier."""
        return self.expires_at if self.revocation is None else min(self.expires_at, self.revocation.recorded_at)

    @property
    def policy_version(self) -> str:
        """The policy that the declaration was judged by."""
        return self.record.declaration.policy_version

    @property
    def is_used(self) -> bool:
        """Whether it has a crossing."""
        return self.code.person in self.record.crossings

    @property
    def crossing(self) -> Crossing | None:
        return self.record.crossings.get(self.code.person)

    @property
    def corrections(self) -> Sequence[Correction]:
        return self.record.corrections.get(self.code.person, ())

    @property
    def conflicts(self) -> Sequence[Conflict]:
        return self.record.conflicts.get(self.code.person, ())

    @property
    def open_conflicts(self) -> list[Conflict]:
        """The conflicts that nobody has settled."""
        return [each for each in self.conflicts if each.id not in self.record.settlements]

    @property
    def is_settled(self) -> bool:
        """Whether a supervisor has settled a conflict about this pass."""
        return any(each.id in self.record.settlements for each in self.conflicts)

    @property
    def restrictions(self) -> Sequence[Restriction]:
        return self.record.restrictions.get(self.code.person, ())

    @property
    def is_restricted(self) -> bool:
        """Whether the holder's data is restricted."""
        return self.record.is_restricted(self.code.person)

    @property
    def amendments(self) -> Sequence[Amendment]:
        """What the holder says is right in the declaration."""
        return self.record.amendments.get(self.code.person, ())

    @property
    def phone(self) -> str | None:
        """The holder's phone: the amended number, else the declared one."""
        amended = [each.value for each in self.amendments if each.field == "phone"]
        return amended[-1] if amended else self.person.phone

    @property
    def is_revoked(self) -> bool:
        return self.code.person in self.record.revocations

    @property
    def revocation(self) -> Revocation | None:
        return self.record.revocations.get(self.code.person)

    @property
    def alias(self) -> Alias | None:
        return self.record.aliases.get(self.code.person)

    @property
    def decision(self) -> Decision | None:
        """What holds for the crossing now: the last correction, else the crossing itself."""
        if self.corrections:
            return self.corrections[-1].decision
        return self.crossing.decision if self.crossing else None

    @property
    def findings(self) -> list[str]:
        """Ids of what the policy found: by what certificates proved at the gate, else by the declaration."""
        crossing = self.crossing
        return self.issued.findings if crossing is None or crossing.findings is None else crossing.findings

    @property
    def instructions(self) -> list[str]:
        """Ids of the instructions for the traveller, by the same order."""
        crossing = self.crossing
        return self.issued.instructions if crossing is None or crossing.instructions is None else crossing.instructions

    @property
    def departures(self) -> Sequence[Departure]:
        return self.record.departures.get(self.code.person, ())

    @property
    def departure(self) -> Departure | None:
        """The departure that counts: the earliest."""
        return min(self.departures, key=lambda each: each.recorded_at, default=None)

    @property
    def identity_held(self) -> IdentityHeld | None:
        """The holder's identity card, as long as the checkpoint of the crossing keeps it."""
        is_returned = any(each.identity_returned for each in self.departures)
        return None if self.crossing is None or is_returned else self.crossing.identity_held

    @property
    def may_leave(self) -> bool:
        """Whether its holder is in the province according to the records: admitted, and not left."""
        return self.decision == "admit" and not self.departures

    @property
    def is_of_one_day(self) -> bool:
        """Whether its holder was admitted for that day only."""
        if self.crossing is None or self.decision != "admit":
            return False
        return self.trip.stay_until == self.crossing.recorded_at.date()

    @property
    def is_awaited(self) -> bool:
        """Whether its holder must still come to a gate: a visitor of one day who has not left, or someone whose
        identity card is kept."""
        return self.identity_held is not None or (self.is_of_one_day and not self.departures)

    def has_ended(self, now: datetime) -> bool:
        """Whether it opens no gate any more, used or not."""
        return self.is_revoked or now >= self.expires_at

    def verdict(self, now: datetime) -> Verdict:
        """The verdict on the pass now."""
        return verdict(expires_at=self.expires_at, used=self.is_used, revoked=self.is_revoked, now=now)

    def checkpoints_of(self, conflict: Conflict) -> set[str]:
        """Where the two crossings of a conflict were recorded."""
        return {each.checkpoint for each in (conflict.crossing, self.crossing) if each is not None}

    def with_proof(self, proof: PhoneProof) -> Self:
        return self._replace(record=self.record._replace(proof=proof))

    def with_crossing(self, crossing: Crossing) -> Self:
        crossings = {**self.record.crossings, self.code.person: crossing}
        return self._replace(record=self.record._replace(crossings=crossings))

    def with_arrival(self, arrival: GateArrival) -> Self:
        arrivals = {**self.record.arrivals, self.code.person: arrival}
        return self._replace(record=self.record._replace(arrivals=arrivals))

    def with_departure(self, departure: Departure) -> Self:
        departures = {**self.record.departures, self.code.person: [*self.departures, departure]}
        return self._replace(record=self.record._replace(departures=departures))

    def with_conflict(self, conflict: Conflict) -> Self:
        conflicts = {**self.record.conflicts, self.code.person: [*self.conflicts, conflict]}
        return self._replace(record=self.record._replace(conflicts=conflicts))

    def with_correction(self, correction: Correction) -> Self:
        corrections = {**self.record.corrections, self.code.person: [*self.corrections, correction]}
        return self._replace(record=self.record._replace(corrections=corrections))

    def with_settlement(self, settlement: Settlement) -> Self:
        settlements = {**self.record.settlements, settlement.conflict: settlement}
        return self._replace(record=self.record._replace(settlements=settlements))


def pass_of(code: Code, record: DeclarationRecord | None) -> HeldPass:
    """The pass with this code, in the record of its declaration. Raises `PassUnknown` if there is no such pass, or
    if it was erased."""
    if record is None or code.person >= len(record.declaration.passes):
        raise PassUnknown(code=code.shown)
    held = HeldPass(code, record)
    if held.issued.is_erased:
        raise PassUnknown(code=code.shown)
    return held
