"""Collaborators in memory. They behave like the real ones, and fail on request."""

from base64 import b64decode
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.data import read_bytes
from chalicelib.models.certificates.trusted_keys import TrustedKey
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import Conflict, Settlement
from chalicelib.models.entry.corrections import CorrectedPass, Correction
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.passes import PassClaims
from chalicelib.models.entry.records import DeclarationRecord, HeldPass
from chalicelib.models.entry.revocations import Revocation, RevokedPass
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.messaging.messages import Claim, DeliveryOutcome
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.policy.in_force import InForce
from chalicelib.models.policy.policies import KeptPolicy, Policy, PolicyChange
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.models.staff.staff import Posting, StaffRecord
from chalicelib.models.tracing.exposures import Exposure, ExposureKind, FoundBy
from tests.forms import NOW

POLICY = Policy.model_validate_json(read_bytes("provinces", "tay-ninh", "policy.json"))


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **passed: float) -> None:
        self.now += timedelta(**passed)


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


def seeded() -> dict[str, KeptPolicy]:
    return {POLICY.version: KeptPolicy(POLICY, PolicyChange(version=POLICY.version, stored_at=NOW, stored_by="seed"))}


def gates() -> dict[str, Checkpoint]:
    gate = Checkpoint(
        id="an-hoa",
        name="Chốt An Hòa",
        name_en="An Hoa",
        road="QL22",
        place="An Hòa",
        commune="25735",
        latitude=11.0,
        longitude=106.3,
        lanes=2,
        open=True,
    )
    closed = gate.model_copy(update={"id": "an-tinh", "open": False})
    return {gate.id: gate, closed.id: closed}


@dataclass
class InForceSource:
    """An Hòa is open, An Tịnh closed."""

    kept: dict[str, KeptPolicy] = field(default_factory=seeded)
    checkpoints: dict[str, Checkpoint] = field(default_factory=gates)
    version: str = POLICY.version

    def current(self) -> InForce:
        return InForce(self.policy(self.version), self.checkpoints)

    def policy(self, version: str) -> Policy:
        return self.kept[version].policy


@dataclass
class Policies:
    """`meanwhile` is what someone else does just before a policy is put in force."""

    source: InForceSource = field(default_factory=InForceSource)
    meanwhile: Callable[[], object] = field(default=lambda: None)

    def in_force(self) -> Policy:
        return self.source.current().policy

    def find(self, version: str) -> KeptPolicy | None:
        return self.source.kept.get(version)

    def put_in_force(self, policy: Policy, change: PolicyChange) -> bool:
        self.meanwhile()
        if policy.version in self.source.kept or change.instead_of != self.source.version:
            return False
        self.source.kept[policy.version] = KeptPolicy(policy, change)
        self.source.version = policy.version
        return True

    def changes(self, at_most: int) -> list[PolicyChange]:
        return [each.change for each in reversed(self.source.kept.values())][:at_most]


@dataclass
class Checkpoints:
    """`meanwhile` is what someone else does just before a checkpoint is changed."""

    kept: dict[str, Checkpoint] = field(default_factory=gates)
    meanwhile: Callable[[], object] = field(default=lambda: None)

    def find(self, checkpoint_id: str) -> Checkpoint | None:
        return self.kept.get(checkpoint_id)

    def change(self, checkpoint_id: str, make: Callable[[Checkpoint | None], Checkpoint]) -> Checkpoint:
        made = make(self.kept.get(checkpoint_id))
        before = {**self.kept}
        self.meanwhile()
        if self.kept != before:
            made = make(self.kept.get(checkpoint_id))
        self.kept[checkpoint_id] = made
        return made


@dataclass
class Postings:
    """Whatever was read once is kept until it is asked for afresh. `reads` counts what the real one would pay for."""

    records: dict[str, StaffRecord] = field(default_factory=dict)
    kept: dict[str, StaffRecord | None] = field(default_factory=dict)
    reads: int = 0

    def post(self, subject: str, checkpoint: str | None, since: datetime = NOW - timedelta(days=1)) -> None:
        before = self.records[subject].postings if subject in self.records else []
        posting = Posting(checkpoint=checkpoint, since=since, posted_by="supervisor")
        self.records[subject] = StaffRecord(subject=subject, postings=[posting, *before])

    def of(self, subject: str, *, fresh: bool) -> StaffRecord | None:
        if fresh or subject not in self.kept:
            self.reads += 1
            self.kept[subject] = self.records.get(subject)
        return self.kept[subject]

    def everyone(self) -> list[StaffRecord]:
        return list(self.records.values())

    def change(self, subject: str, make: Callable[[StaffRecord | None], StaffRecord]) -> StaffRecord:
        self.records[subject] = self.kept[subject] = made = make(self.records.get(subject))
        return made


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


@dataclass
class Exposures:
    kept: list[Exposure] = field(default_factory=list)

    def append(self, exposures: Sequence[Exposure], keep_until: datetime) -> None:
        self.kept += [exposure for exposure in exposures if exposure not in self.kept]

    def declared(self, commune: str, day: date) -> Iterator[tuple[str, str]]:
        zone = ZoneInfo("Asia/Ho_Chi_Minh")
        found = [
            (each.at.astimezone(UTC).isoformat(), Code.parse(each.code).declaration)
            for each in self.kept
            if each.kind is ExposureKind.DECLARED and each.commune == commune and each.at.astimezone(zone).date() == day
        ]
        yield from sorted(found, reverse=True)

    def codes(self, by: FoundBy, hashed: str, *, since: datetime, declarations: int) -> tuple[list[Code], bool]:
        rows = [each for each in self.kept if getattr(each, by) == hashed and each.at >= since]
        newest = sorted(rows, key=lambda each: (each.at, each.code), reverse=True)
        codes = [Code.parse(code) for code in dict.fromkeys(each.code for each in newest)]
        names = list(dict.fromkeys(code.declaration for code in codes))
        return [code for code in codes if code.declaration in names[:declarations]], len(names) <= declarations


@dataclass
class Messages:
    lease: timedelta = timedelta(seconds=30)
    rows: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)

    def claim(self, notice: Notice, *, now: datetime) -> Claim:
        outcome, until = self.rows.get((notice.about, notice.event), ("", now))
        if outcome not in ("", "claimed"):
            return Claim.SETTLED
        if outcome == "claimed" and until >= now:
            return Claim.HELD
        self.rows[notice.about, notice.event] = ("claimed", now + self.lease)
        return Claim.GRANTED

    def settle(self, notice: Notice, *, outcome: DeliveryOutcome, reference: str) -> None:
        self.rows[notice.about, notice.event] = (outcome, NOW)

    def release(self, notice: Notice) -> None:
        del self.rows[notice.about, notice.event]


@dataclass
class Provider:
    """An SMS provider that takes texts, or raises what `failures` holds next."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def __call__(self, phone: str, text: str) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((phone, text))
        return f"message-{len(self.sent)}"


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
