"""Permits in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chalicelib.models.entry.codes import Code
from chalicelib.models.permits.corrections import CorrectedPermitCrossing, PermitCorrection
from chalicelib.models.permits.crossings import PermitCrossing
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
from tests.unit.permits.made import ZONE

Asked = StoredAlready | OpenAlready | None


@dataclass
class Permits:
    """Permits end by the real time, as storage has it."""

    records: dict[str, PermitRecord] = field(default_factory=dict)
    crossed: dict[tuple[str, str], PermitCrossing] = field(default_factory=dict)
    corrections: dict[tuple[str, str], list[PermitCorrection]] = field(default_factory=dict)

    def find(self, code: Code) -> PermitRecord | None:
        return self.records.get(str(code))

    def find_all(self, codes: Sequence[str]) -> list[PermitRecord]:
        return [self.records[code]._replace(tested_at=None, sent={}) for code in codes if code in self.records]

    def ask(self, permits: Sequence[Permit]) -> list[Asked]:
        return [self._ask(each) for each in permits]

    def decide(self, record: PermitRecord, decision: PermitDecision) -> bool:
        stored = self.records.get(record.permit.code)
        if stored is None or stored.decision is not None:
            return False
        now = datetime.now(UTC)
        others = [each for each in self.records.values() if _same(each.permit, record.permit) and each is not stored]
        if decision.conditions and any(each.state(now, ZONE) is PermitState.GRANTED for each in others):
            return False
        self.records[record.permit.code] = record.with_decision(decision)
        return True

    def revoke(self, record: PermitRecord, revocation: PermitRevocation) -> bool:
        if self.records[record.permit.code].revocation is not None:
            return False
        self.records[record.permit.code] = record.with_revocation(revocation)
        return True

    def listed(
        self, state: PermitState, now: datetime, after: str | None, limit: int, *, asked_until: datetime | None = None
    ) -> list[str]:
        names = sorted(
            _name(_since(each, state), each)
            for each in self.records.values()
            if each.state(now, ZONE) is state and (asked_until is None or each.permit.asked_at <= asked_until)
        )
        return [each for each in names if after is None or each > after][:limit]

    def of_partner(self, partner: str, before: str | None, limit: int) -> list[str]:
        own = [each for each in self.records.values() if each.permit.partner == partner]
        names = sorted((_name(each.permit.asked_at, each) for each in own), reverse=True)
        return [each for each in names if before is None or each < before][:limit]

    def revoked_since(self, moment: datetime | None) -> list[RevokedPermit]:
        found = [
            RevokedPermit(code=each.permit.code, revoked_at=each.revocation.recorded_at, expires_at=each.ends_at(ZONE))
            for each in self.records.values()
            if each.revocation and (moment is None or each.revocation.recorded_at >= moment)
        ]
        return sorted(found, key=lambda each: each.revoked_at)

    def cross(self, record: PermitRecord, crossing: PermitCrossing, sent: str | None = None) -> PermitCrossing | None:
        stored = self.records[crossing.code]
        key = crossing.code, crossing.name
        there = self.crossed.get(key)
        if there is None and sent is not None and sent in stored.sent:
            return self.crossed[crossing.code, stored.sent[sent]]
        if sent is not None and (there is None or there.is_also(crossing)):
            self.records[crossing.code] = stored._replace(sent={sent: crossing.name, **stored.sent})
        if there is not None:
            return there
        self.crossed[key] = crossing
        if crossing.test_sampled_at is not None:
            stored = self.records[crossing.code]
            tests = [each for each in (stored.tested_at, crossing.test_sampled_at) if each is not None]
            self.records[crossing.code] = stored._replace(tested_at=max(tests))
        return None

    def find_crossing(self, code: Code, name: str) -> CorrectedPermitCrossing | None:
        crossing = self.crossed.get((str(code), name))
        if crossing is None:
            return None
        return CorrectedPermitCrossing(crossing, self.corrections.get((str(code), name), []))

    def crossings(self, code: Code) -> list[CorrectedPermitCrossing]:
        found = [self.find_crossing(code, name) for of, name in sorted(self.crossed) if of == str(code)]
        return [each for each in found if each is not None]

    def correct(self, corrected: CorrectedPermitCrossing, correction: PermitCorrection) -> bool:
        key = corrected.crossing.code, corrected.crossing.name
        there = self.corrections.get(key, [])
        if len(there) != len(corrected.corrections):
            return False
        self.corrections[key] = [*there, correction]
        return True

    def _ask(self, permit: Permit) -> Asked:
        if permit.code in self.records:
            return StoredAlready(self.records[permit.code].permit)
        now = datetime.now(UTC)
        for each in self.records.values():
            same = _same(each.permit, permit) and each.permit.partner == permit.partner
            is_open = each.state(now, ZONE) in (PermitState.ASKED, PermitState.GRANTED)
            if same and is_open and now < each.ends_at(ZONE):
                return OpenAlready(each.permit.code)
        self.records[permit.code] = PermitRecord(permit)
        return None


def _same(one: Permit, other: Permit) -> bool:
    return (one.hashed, one.plate_hashed) == (other.hashed, other.plate_hashed)


def _since(record: PermitRecord, state: PermitState) -> datetime:
    if state is PermitState.REVOKED and record.revocation:
        return record.revocation.recorded_at
    if state is PermitState.REFUSED and record.decision:
        return record.decision.recorded_at
    return record.permit.asked_at if state is PermitState.ASKED else record.ends_at(ZONE)


def _name(at: datetime, record: PermitRecord) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}#{record.permit.code}"
