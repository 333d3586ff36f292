"""Watch: a permit's holder who was isolated at a gate has a stay, in the list of the permit's commune.

No declaration was judged, so no instruction of the policy was found for them. The stay is that of the policy in force
for people in a facility.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Decision, Direction
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.people.places import UnitReference
from chalicelib.models.permits.corrections import CorrectedPermitCrossing, PermitCorrection
from chalicelib.models.permits.crossings import PermitCrossing
from chalicelib.models.permits.permits import PermitRecord
from chalicelib.models.policy.policies import Policy, Watch, WatchPlace
from chalicelib.models.stays.changes import Change, ChangeKind
from chalicelib.models.stays.stays import Stay, StayPerson, StayRecord
from chalicelib.services.permits.ports import Permits
from chalicelib.services.ports import Clock
from chalicelib.services.stays.admissions import ATTEMPTS, LEFT
from chalicelib.services.stays.ports import Stays

_ADDRESS = "Chưa rõ, hỏi đơn vị / not known, ask the employer"


class PermitRegister(NamedTuple):
    """Dependencies of this service. `policy` returns the one in force, `units_list` is the version of the list that the
    communes of permits are in."""

    permits: Permits
    stays: Stays
    policy: Callable[[], Policy]
    units_list: str
    zone: ZoneInfo
    clock: Clock

    @property
    def today(self) -> date:
        return self.clock().astimezone(self.zone).date()

    def day_of(self, found: CorrectedPermitCrossing) -> date:
        return found.crossing.crossed_at.astimezone(self.zone).date()


def watch_permit(code: Code, *, register: PermitRegister) -> None:
    """Bring the stay of a permit's holder in line with the crossings by the permit.

    As for a pass, everything is read again after each write, so the last writer has seen the last fact. Raises
    `ServiceUnavailable`.
    """
    for _ in range(ATTEMPTS):
        record = register.permits.find(code)
        if record is None or not _changed(record, register):
            return
    raise ServiceUnavailable


def _changed(permit: PermitRecord, register: PermitRegister) -> bool:
    """Write what is missing. Returns whether something was."""
    crossings = register.permits.crossings(permit.code)
    stays = register.stays
    on_record = stays.find(permit.code)
    if on_record is None:
        isolated = [each for each in crossings if _isolates(each)]
        stay = _stay(permit, isolated[-1], register) if isolated else None
        if stay is not None:
            stays.open(stay)
        return stay is not None
    change = _change(crossings, on_record, register)
    if change is not None:
        stays.append(on_record, change)
    return change is not None


def _stay(permit: PermitRecord, found: CorrectedPermitCrossing, register: PermitRegister) -> Stay | None:
    policy, begins_on, form = register.policy(), register.day_of(found), permit.permit.form
    instructions = _instructions(policy)
    watch = policy.watch_of(instructions)
    if watch is None or _last_day(begins_on, watch) < register.today:
        return None
    return Stay(
        code=permit.permit.code,
        person=StayPerson(full_name=form.person.full_name, birth_year=form.person.birth_year, phone=form.person.phone),
        unit=UnitReference(list_version=register.units_list, code=form.commune),
        address=_ADDRESS,
        host=form.employer,
        begins_on=begins_on,
        until=_last_day(begins_on, watch),
        place=watch.place,
        report_daily=watch.report_daily,
        tests_on=[begins_on + timedelta(days=day - 1) for day in watch.tests_on],
        fever_from=policy.fever_from,
        policy_version=policy.version,
        instructions=instructions,
        opened_at=register.clock(),
        hashed=permit.permit.hashed,
        crossed_at=found.crossing.crossed_at,
    )


def _instructions(policy: Policy) -> list[str]:
    """Those with a stay in a facility; if the policy has none, all with a stay."""
    watched = {name: each.watch for name, each in policy.instructions.items() if each.watch is not None}
    return [name for name, each in watched.items() if each.place is WatchPlace.FACILITY] or list(watched)


def _last_day(begins_on: date, watch: Watch) -> date:
    return begins_on + timedelta(days=watch.days - 1)


def _change(
    crossings: Sequence[CorrectedPermitCrossing], record: StayRecord, register: PermitRegister
) -> Change | None:
    """What must be changed so that the stay follows the crossings. A stay that staff have ended stays ended, until the
    holder is isolated again."""
    ended = record.ended_by
    if not any(_isolates(each) for each in crossings):
        isolation = (each for each in crossings if each.crossing.direction is Direction.IN)
        first = next((each for each in isolation if each.crossing.crossed_at == record.stay.crossed_at), None)
        if first is None or ended is not None or record.until < register.today:
            return None
        return _made(ChangeKind.ENDED, first, register, until=register.today)
    last = [each for each in crossings if _isolates(each) or _leaves(each)][-1]
    at = last.crossing.crossed_at
    if _leaves(last):
        if ended is not None or record.until < register.today or _is_here(record, at):
            return None
        return _made(ChangeKind.LEFT, last, register, until=register.today, reason=LEFT)
    longer = {each.crossed_at for each in record.changes if each.kind is ChangeKind.LONGER}
    is_known = at == record.stay.crossed_at or at in longer
    if ended is not None:
        is_kept = is_known and not ended.follows_decision
        return None if is_kept else _made(ChangeKind.TAKEN_BACK, last, register)
    if is_known:
        return None
    # Isolated again: a code has one stay, so that one lasts longer.
    policy = register.policy()
    watch = policy.watch_of(_instructions(policy))
    until = record.until if watch is None else max(record.until, _last_day(register.day_of(last), watch))
    return _made(ChangeKind.LONGER, last, register, until=until)


def _is_here(record: StayRecord, at: datetime) -> bool:
    """Whether staff have taken back that the person left by this crossing: nothing else can follow an end."""
    return any(
        (each.kind, each.crossed_at) == (ChangeKind.LEFT, at) and not after.follows_decision
        for each, after in pairwise(record.changes)
    )


def _made(
    kind: ChangeKind,
    found: CorrectedPermitCrossing,
    register: PermitRegister,
    *,
    until: date | None = None,
    reason: str | None = None,
) -> Change:
    """A change that follows from a crossing, with the name of the person who decided last about it."""
    because: PermitCrossing | PermitCorrection = found.corrections[-1] if found.corrections else found.crossing
    return Change(
        kind=kind,
        until=until,
        reason=reason or because.reason or found.decision,
        recorded_at=register.clock(),
        recorded_by=because.recorded_by,
        recorded_by_name=because.recorded_by_name,
        follows_decision=True,
        crossed_at=found.crossing.crossed_at,
    )


def _isolates(found: CorrectedPermitCrossing) -> bool:
    return found.crossing.direction is Direction.IN and found.decision is Decision.ISOLATE


def _leaves(found: CorrectedPermitCrossing) -> bool:
    return found.crossing.direction is Direction.OUT and found.decision is Decision.ADMIT
