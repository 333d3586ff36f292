"""What entry and gate need, in memory: the records, and the signatures of passes."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from chalicelib.models.entry.aliases import Alias
from chalicelib.models.entry.amendments import Amendment
from chalicelib.models.entry.arrivals import ArrivedPass, GateArrival
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import Conflict, Settlement
from chalicelib.models.entry.corrections import CorrectedPass, Correction
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.departures import Departure
from chalicelib.models.entry.drafts import MOST_DRAFTS, Appended, Draft
from chalicelib.models.entry.passes import PassClaims, Verdict
from chalicelib.models.entry.proofs import PhoneProof
from chalicelib.models.entry.records import DeclarationRecord, HeldPass
from chalicelib.models.entry.reminders import ListedDraft
from chalicelib.models.entry.replacements import ReplacedPass, Replacement
from chalicelib.models.entry.restrictions import Restriction
from chalicelib.models.entry.revocations import Revocation, RevokedPass
from chalicelib.models.entry.verifications import Numbered, Verification, VerificationRecord

Key = TypeVar("Key", bound=Hashable)
Fact = TypeVar("Fact")


@dataclass
class Entries:
    """`writes` and `reads` count what the real one would pay for."""

    declarations: dict[str, Declaration] = field(default_factory=dict)
    crossings: dict[tuple[str, int], Crossing] = field(default_factory=dict)
    revocations: dict[tuple[str, int], Revocation] = field(default_factory=dict)
    corrections: dict[tuple[str, int], list[Correction]] = field(default_factory=dict)
    conflicts: dict[tuple[str, int], list[Conflict]] = field(default_factory=dict)
    settlements: dict[str, Settlement] = field(default_factory=dict)
    proofs: dict[str, PhoneProof] = field(default_factory=dict)
    listed: dict[str, tuple[Code, Collection[str]]] = field(default_factory=dict)
    changes: list[RevokedPass | CorrectedPass] = field(default_factory=list)
    aliases: dict[tuple[str, int], Alias] = field(default_factory=dict)
    restrictions: dict[tuple[str, int], list[Restriction]] = field(default_factory=dict)
    amendments: dict[tuple[str, int], list[Amendment]] = field(default_factory=dict)
    departures: dict[tuple[str, int], list[Departure]] = field(default_factory=dict)
    arrivals: dict[tuple[str, int], GateArrival] = field(default_factory=dict)
    replacements: dict[tuple[str, int], Replacement] = field(default_factory=dict)
    holding: list[tuple[datetime, ArrivedPass | ReplacedPass]] = field(default_factory=list)
    """When each came."""
    awaited: dict[Code, Crossing] = field(default_factory=dict)
    """The list of visitors: each pass with its crossing."""
    writes: int = 0
    reads: int = 0

    def append_declaration(self, code: Code, declaration: Declaration) -> Declaration | None:
        self.writes += 1
        return _put_new(self.declarations, code.declaration, declaration)

    def find_declarations(self, names: Sequence[str]) -> dict[str, Declaration]:
        assert len(names) <= 100
        return {name: self.declarations[name] for name in names if name in self.declarations}

    def restricted_passes(self) -> set[Code]:
        return {Code(*key) for key, facts in self.restrictions.items() if facts[-1].restricted}

    def append_restriction(self, held: HeldPass, restriction: Restriction) -> bool:
        return _append_numbered(self.restrictions, held, held.restrictions, restriction)

    def append_amendment(self, held: HeldPass, amendment: Amendment) -> bool:
        return _append_numbered(self.amendments, held, held.amendments, amendment)

    def append_proof(self, held: HeldPass, proof: PhoneProof) -> None:
        self.writes += 1
        self.proofs.setdefault(held.code.declaration, proof)

    def append_alias(self, held: HeldPass, alias: Alias) -> None:
        self.writes += 1
        self.aliases.setdefault(_key(held), alias)

    def append_arrivals(self, arrivals: Sequence[tuple[HeldPass, GateArrival]]) -> list[GateArrival | None]:
        self.writes += 1
        return [self._append_arrival(*each) for each in arrivals]

    def _append_arrival(self, held: HeldPass, arrival: GateArrival) -> GateArrival | None:
        stored = _put_new(self.arrivals, _key(held), arrival)
        if stored is None:
            ends = held.with_arrival(arrival).expires_at
            change = ArrivedPass(code=str(held.code), arrived_at=arrival.recorded_at, expires_at=ends)
            self.holding.append((arrival.received_at, change))
        return stored

    def append_replacement(self, held: HeldPass, replacement: Replacement) -> None:
        self.writes += 1
        if _put_new(self.replacements, _key(held), replacement) is None:
            at, ends = replacement.recorded_at, held.hour_ends_at
            change = ReplacedPass(code=str(held.code), replaced_at=at, by=replacement.by, expires_at=ends)
            self.holding.append((at, change))

    def holding_since(self, moment: datetime) -> Sequence[ArrivedPass | ReplacedPass]:
        self.reads += 1
        came = sorted(self.holding, key=lambda each: (each[0], each[1].code))
        return [change for at, change in came if at >= moment]

    def arrived_at(self, checkpoint: str, *, since: datetime) -> list[Code]:
        came = [(at, Code.parse(change.code)) for at, change in self.holding if isinstance(change, ArrivedPass)]
        arrivals = {code: self.arrivals[code.declaration, code.person] for _, code in came}
        return [code for at, code in came if at >= since and arrivals[code].checkpoint == checkpoint]

    def append_crossing(self, held: HeldPass, crossing: Crossing) -> Crossing | None:
        self.writes += 1
        stored = _put_new(self.crossings, _key(held), crossing)
        if stored is None:
            self._await(held.with_crossing(crossing))
        return stored

    def append_crossings(self, crossings: Sequence[tuple[HeldPass, Crossing]]) -> bool:
        self.writes += 1
        new = {_key(held): crossing for held, crossing in crossings}
        if new.keys() & self.crossings.keys():
            return False
        self.crossings.update(new)
        for held, crossing in crossings:
            self._await(held.with_crossing(crossing))
        return True

    def append_departures(self, departures: Sequence[tuple[HeldPass, Departure]]) -> bool:
        self.writes += 1
        if any(len(held.departures) < len(self.departures.get(_key(held), [])) for held, _ in departures):
            return False
        for held, departure in departures:
            self.departures.setdefault(_key(held), []).append(departure)
            self._await(held.with_departure(departure))
        return True

    def visitors(self, day: date, checkpoint: str | None, at_most: int) -> list[Code]:
        listed = sorted(self.awaited.items(), key=lambda each: (each[1].checkpoint, each[1].recorded_at, str(each[0])))
        return [
            code
            for code, crossing in listed
            if crossing.recorded_at.date() == day and checkpoint in (None, crossing.checkpoint)
        ][:at_most]

    def append_conflict(self, held: HeldPass, conflict: Conflict) -> bool:
        self.writes += 1
        stored = self.conflicts.setdefault(_key(held), [])
        if len(held.conflicts) < len(stored):
            return False
        stored.append(conflict)
        self.listed[conflict.id] = held.code, held.checkpoints_of(conflict)
        return True

    def append_crossing_in_conflict(self, held: HeldPass, conflict: Conflict) -> bool:
        if _key(held) in self.crossings:
            self.writes += 1
            return False
        if not self.append_conflict(held, conflict):
            return False
        self.crossings[_key(held)] = conflict.crossing
        self._await(held.with_crossing(conflict.crossing))
        return True

    def append_correction(self, held: HeldPass, correction: Correction) -> bool:
        self.writes += 1
        stored = self.corrections.setdefault(_key(held), [])
        if len(held.corrections) < len(stored):
            return False
        stored.append(correction)
        self._await(held.with_correction(correction))
        self._list(
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
        self.listed.pop(conflict.id, None)
        return True

    def open_conflicts(self, checkpoint: str | None, at_most: int) -> list[tuple[Code, str]]:
        latest = sorted(self.listed, key=self._received, reverse=True)
        wanted = [name for name in latest if checkpoint is None or checkpoint in self.listed[name][1]]
        return [(self.listed[name][0], name) for name in wanted[:at_most]]

    def append_revocation(self, held: HeldPass, revocation: Revocation) -> Revocation | None:
        self.writes += 1
        stored = _put_new(self.revocations, _key(held), revocation)
        if stored is None:
            at = revocation.recorded_at
            self._list(RevokedPass(code=str(held.code), revoked_at=at, expires_at=held.expires_at))
        return stored

    def changes_since(self, moment: datetime) -> Sequence[RevokedPass | CorrectedPass]:
        self.reads += 1
        return [each for each in sorted(self.changes, key=_listed_as) if _listed_as(each)[0] >= moment]

    def find_declaration(self, code: Code) -> Declaration | None:
        self.reads += 1
        return self.declarations.get(code.declaration)

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
            {person: list(facts) for person, facts in own(self.conflicts).items() if facts},
            {name: fact for name, fact in self.settlements.items() if name.startswith(code.declaration)},
            self.proofs.get(code.declaration),
            own(self.aliases),
            restrictions={person: list(facts) for person, facts in own(self.restrictions).items()},
            amendments={person: list(facts) for person, facts in own(self.amendments).items()},
            departures={person: list(facts) for person, facts in own(self.departures).items()},
            arrivals=own(self.arrivals),
            replacements=own(self.replacements),
        )

    def _received(self, name: str) -> tuple[datetime, str]:
        """When a listed conflict came in."""
        code, _ = self.listed[name]
        (conflict,) = (each for each in self.conflicts[code.declaration, code.person] if each.id == name)
        offline = conflict.crossing.offline
        assert offline is not None
        return offline.received_at, name

    def _await(self, held: HeldPass) -> None:
        """List the pass, or take it off the list."""
        self.awaited.pop(held.code, None)
        if held.is_awaited:
            assert held.crossing is not None
            self.awaited[held.code] = held.crossing

    def _list(self, change: RevokedPass | CorrectedPass) -> None:
        """As the real list has one row for a pass, a moment and a kind."""
        self.changes = [each for each in self.changes if _listed_as(each) != _listed_as(change)] + [change]


@dataclass
class Verifications:
    listed: dict[str, dict[int, datetime]] = field(default_factory=dict)
    """When each verification of a phone was asked for, by the phone's hash and its number."""
    records: dict[str, Verification] = field(default_factory=dict)
    tries: dict[str, set[int]] = field(default_factory=dict)

    def latest(self, phone_hash: str) -> list[Numbered]:
        of_phone = self.listed.get(phone_hash, {})
        return [Numbered(number, of_phone[number]) for number in sorted(of_phone, reverse=True)[:5]]

    def append(self, phone_hash: str, number: int, code: Code, verification: Verification) -> bool:
        of_phone = self.listed.setdefault(phone_hash, {})
        if number in of_phone or code.declaration in self.records:
            return False
        of_phone[number] = verification.requested_at
        self.records[code.declaration] = verification
        return True

    def find(self, code: Code) -> VerificationRecord | None:
        if code.declaration not in self.records:
            return None
        tries = len(self.tries.get(code.declaration, ()))
        return VerificationRecord(code, self.records[code.declaration], tries)

    def append_try(self, record: VerificationRecord, number: int) -> bool:
        tries = self.tries.setdefault(record.code.declaration, set())
        if number in tries:
            return False
        tries.add(number)
        return True


@dataclass
class Drafts:
    """Drafts by phone and slot. Names stay when their draft leaves, with the declaration that it became."""

    kept: dict[str, dict[int, Draft]] = field(default_factory=dict)
    names: dict[tuple[str, str], Code | None] = field(default_factory=dict)

    def of_phone(self, phone_hash: str) -> list[Draft]:
        return [draft for _, draft in sorted(self.kept.get(phone_hash, {}).items())]

    def find(self, phone_hash: str, name: str) -> Draft | None:
        return next((each for each in self.of_phone(phone_hash) if each.id == name), None)

    def append(self, phone_hash: str, draft: Draft) -> Appended:
        slots = self.kept.setdefault(phone_hash, {})
        free = next((slot for slot in range(MOST_DRAFTS) if slot not in slots), None)
        if free is None:
            return Appended.NO_ROOM
        if (phone_hash, draft.id) in self.names:
            return Appended.NAME_TAKEN
        self.names[phone_hash, draft.id] = None
        slots[free] = draft.model_copy(update={"slot": free})
        return Appended.STORED

    def replace(self, phone_hash: str, kept: Draft, changed: Draft) -> bool:
        if self.find(phone_hash, kept.id) is None:
            return False
        self.kept[phone_hash][kept.slot] = changed.model_copy(update={"slot": kept.slot})
        return True

    def delete(self, phone_hash: str, draft: Draft) -> bool:
        if self.find(phone_hash, draft.id) is None:
            return False
        del self.kept[phone_hash][draft.slot]
        return True

    def confirm(self, phone_hash: str, draft: Draft, code: Code) -> None:
        self.delete(phone_hash, draft)
        self.names[phone_hash, draft.id] = code

    def confirmed_as(self, phone_hash: str, name: str) -> Code | None:
        return self.names.get((phone_hash, name))


@dataclass
class DraftDays:
    """The lists by day of these drafts, without those that were taken off."""

    drafts: Drafts
    removed: set[ListedDraft] = field(default_factory=set)

    def planned(self, day: date, *, until: str, at_most: int) -> list[ListedDraft]:
        found = [each for each in self._of(day) if each.time is not None and each.time <= until]
        return sorted(found, key=lambda each: str(each.time))[:at_most]

    def unplanned(self, day: date, *, at_most: int) -> list[ListedDraft]:
        return [each for each in self._of(day) if each.time is None][:at_most]

    def remove(self, listed: Sequence[ListedDraft]) -> None:
        self.removed.update(listed)

    def _of(self, day: date) -> list[ListedDraft]:
        listed = [
            ListedDraft(each.form.trip.expected_day, each.form.trip.expected_time, phone, each.id)
            for phone, slots in self.drafts.kept.items()
            for each in slots.values()
        ]
        return [each for each in listed if each.day == day and each not in self.removed]


def _put_new(kept: dict[Key, Fact], key: Key, fact: Fact) -> Fact | None:
    """None, or what stands there: then nothing is written."""
    if key in kept:
        return kept[key]
    kept[key] = fact
    return None


def _append_numbered(
    kept: dict[tuple[str, int], list[Fact]], held: HeldPass, known: Sequence[Fact], fact: Fact
) -> bool:
    """Whether it was written: nothing is, if there are more by now than are known."""
    stored = kept.setdefault(_key(held), [])
    if len(known) < len(stored):
        return False
    stored.append(fact)
    return True


def _listed_as(change: RevokedPass | CorrectedPass) -> tuple[datetime, str, str]:
    if isinstance(change, RevokedPass):
        return change.revoked_at, change.code, "REVOCATION"
    return change.corrected_at, change.code, "CORRECTION"


def _key(held: HeldPass) -> tuple[str, int]:
    return held.code.declaration, held.code.person


@dataclass
class Signatures:
    """Signs by remembering; verifies what it remembers. `verified` counts how often."""

    signed: dict[str, PassClaims] = field(default_factory=dict)
    written: dict[str, PassClaims] = field(default_factory=dict)
    """Forged texts in the format of a token."""
    verified: int = 0

    def sign(self, claims: PassClaims) -> str:
        token = f"TNP1:{claims.code}"
        self.signed[token] = claims
        return token

    def forge(self, claims: PassClaims) -> str:
        token = f"TNP1:{claims.code}+{len(self.written)}"
        self.written[token] = claims
        return token

    def read(self, text: str) -> PassClaims | Verdict:
        return self.signed.get(text) or self.written.get(text) or Verdict.UNREADABLE

    def verify(self, text: str) -> PassClaims | None:
        self.verified += 1
        return self.signed.get(text)
