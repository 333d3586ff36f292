"""Collaborators in memory. They behave like the real ones, and fail on request."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.data import read_bytes
from chalicelib.models.checkpoints import Checkpoint, Reference
from chalicelib.models.codes import Code
from chalicelib.models.crossings import Crossing, Revocation
from chalicelib.models.declarations import Declaration
from chalicelib.models.events import EventKind
from chalicelib.models.exposures import Exposure, FoundBy
from chalicelib.models.facts import Facts
from chalicelib.models.messages import Claim
from chalicelib.models.passes import PassClaims
from chalicelib.models.policies import Policy
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
    writes: int = 0
    reads: int = 0

    def append_declaration(self, code: Code, declaration: Declaration) -> Declaration | None:
        self.writes += 1
        standing = self.declarations.setdefault(code.declaration, declaration)
        return None if standing is declaration else standing

    def append_crossing(self, code: Code, crossing: Crossing, keep_until: datetime) -> Crossing | None:
        self.writes += 1
        standing = self.crossings.setdefault((code.declaration, code.person), crossing)
        return None if standing is crossing else standing

    def find(self, code: Code) -> Facts | None:
        self.reads += 1
        if code.declaration not in self.declarations:
            return None
        return Facts(
            self.declarations[code.declaration],
            {person: fact for (name, person), fact in self.crossings.items() if name == code.declaration},
            {person: fact for (name, person), fact in self.revocations.items() if name == code.declaration},
        )


class References:
    def current(self) -> Reference:
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
        return Reference(POLICY, {gate.id: gate})

    def policy(self, version: str) -> Policy:
        assert version == POLICY.version
        return POLICY


@dataclass
class Exposures:
    kept: list[Exposure] = field(default_factory=list)

    def append(self, exposures: Sequence[Exposure], keep_until: datetime) -> None:
        self.kept += [exposure for exposure in exposures if exposure not in self.kept]

    def codes(self, by: FoundBy, hashed: str, *, since: datetime, at_most: int) -> list[Code]:
        rows = [each for each in self.kept if getattr(each, by) == hashed and each.at >= since]
        newest = sorted(rows, key=lambda each: (each.at, each.code), reverse=True)
        return [Code.parse(code) for code in dict.fromkeys(each.code for each in newest)][:at_most]


@dataclass
class Messages:
    lease: timedelta = timedelta(seconds=30)
    rows: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)

    def claim(self, code: Code, kind: EventKind, *, now: datetime, keep_until: datetime) -> Claim:
        outcome, until = self.rows.get((str(code), kind), ("", now))
        if outcome not in ("", "claimed"):
            return Claim.SETTLED
        if outcome == "claimed" and until >= now:
            return Claim.HELD
        self.rows[str(code), kind] = ("claimed", now + self.lease)
        return Claim.GRANTED

    def settle(self, code: Code, kind: EventKind, *, outcome: str, reference: str) -> None:
        self.rows[str(code), kind] = (outcome, NOW)

    def release(self, code: Code, kind: EventKind) -> None:
        del self.rows[str(code), kind]


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
