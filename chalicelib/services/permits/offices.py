"""What asking for permits and deciding about them needs."""

from datetime import date, timedelta, tzinfo
from typing import NamedTuple

from chalicelib.models.errors import FieldProblem
from chalicelib.models.people.province import Province
from chalicelib.models.permits.conditions import PermitConditions
from chalicelib.services.entry.ports import Sign
from chalicelib.services.permits.ports import Announce, Permits
from chalicelib.services.policy.ports import InForceSource
from chalicelib.services.ports import Clock, KeyedHash


class PermitOffice(NamedTuple):
    """Collaborators."""

    province: Province
    permits: Permits
    in_force: InForceSource
    keyed_hash: KeyedHash
    sign: Sign
    announce: Announce
    zone: tzinfo
    clock: Clock

    @property
    def today(self) -> date:
        return self.clock().astimezone(self.zone).date()


def decided_within(in_force: InForceSource) -> timedelta:
    """In what time the policy wants a request to be decided."""
    return timedelta(hours=in_force.current().policy.permit_rules.decide_within_hours)


def problems_of(conditions: PermitConditions, at: str, office: PermitOffice) -> list[FieldProblem]:
    """What keeps a permit from being valid under these conditions. `at` is where they are in the body."""
    in_force, today = office.in_force.current(), office.today
    problems = [
        FieldProblem(f"{at}/checkpoints/{number}", "unknown_checkpoint")
        for number, each in enumerate(conditions.checkpoints)
        if each not in in_force.checkpoints
    ]
    if conditions.until < today:
        problems.append(FieldProblem(f"{at}/until", "permit_ends_in_past"))
    longest = in_force.policy.permit_rules.longest_days
    if conditions.until > max(today, conditions.from_) + timedelta(days=longest - 1):
        problems.append(FieldProblem(f"{at}/until", "permit_too_long", {"days": longest}))
    if conditions.from_ > today + timedelta(days=longest):
        problems.append(FieldProblem(f"{at}/from", "permit_too_far_ahead", {"days": longest}))
    return problems
