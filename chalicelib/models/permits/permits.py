"""The permit: a standing pass for someone who crosses again and again, and the facts beside it.

A permit is asked for once, decided once and revoked at most once. Each of these is a fact that never changes; what the
permit is now follows from them.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import NamedTuple, Self

from pydantic import AwareDatetime

from chalicelib.models.entry.codes import PERMIT, Code, StoredCode
from chalicelib.models.entry.passes import StandingTimes
from chalicelib.models.enums import StrEnum
from chalicelib.models.permits.conditions import PermitConditions, Weekday
from chalicelib.models.permits.forms import PermitForm, PermitOutcome
from chalicelib.models.records import Record
from chalicelib.models.staff.recorded import Recorded


class PermitState(StrEnum):
    """What became of a request."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    REVOKED = "revoked"
    ENDED = "ended"


class PermitVerdict(StrEnum):
    """The result of checking a permit at a gate. Those after `valid` are in the order in which they are looked for."""

    VALID = "valid"
    UNKNOWN = "unknown"
    FORGED = "forged"
    NOT_GRANTED = "not_granted"
    """It was asked for, and is not decided or was refused."""
    REVOKED = "revoked"
    ENDED = "ended"
    NOT_TODAY = "not_today"
    NOT_AT_THIS_HOUR = "not_at_this_hour"
    NOT_AT_THIS_GATE = "not_at_this_gate"
    TEST_TOO_OLD = "test_too_old"
    """Or no test is on record."""

    @property
    def may_be_overruled(self) -> bool:
        """Whether staff may admit the holder with a reason."""
        return self in _OVERRULED


_OVERRULED = frozenset(
    {
        PermitVerdict.NOT_TODAY,
        PermitVerdict.NOT_AT_THIS_HOUR,
        PermitVerdict.NOT_AT_THIS_GATE,
        PermitVerdict.TEST_TOO_OLD,
    }
)


class Permit(Record):
    """A permit as it was asked for."""

    code: StoredCode
    form: PermitForm
    hashed: str
    """The keyed hash of the person's document."""
    plate_hashed: str | None = None
    """The keyed hash of the plate."""
    asked_at: AwareDatetime
    asked_by: str | None = None
    """The member of staff who asked: the subject of their token."""
    partner: str | None = None
    """The partner who asked: the keyed hash of its key."""


class PermitDecided(Recorded):
    """The decision of an office, as officers see it."""

    outcome: PermitOutcome
    """What was decided."""
    conditions: PermitConditions | None = None
    """On which days, at which hours and gates it is valid; left out if it was refused."""
    reason: str | None = None
    """Why it was refused."""
    overdue: bool = False
    """Whether it came later than the policy asks for."""


class PermitDecision(PermitDecided):
    """The decision of an office: one for each permit."""

    token: str | None = None
    """The text of the permit's QR; left out if it was refused."""


class PermitRevocation(Recorded):
    """The fact that a permit was withdrawn: one for each permit."""

    reason: str
    """Why."""


class RevokedPermit(Record):
    """What a gate must know of a revocation to turn the permit away without network: nothing about the person."""

    code: StoredCode
    """The permit's."""
    revoked_at: AwareDatetime
    """When it was withdrawn."""
    expires_at: AwareDatetime
    """When the permit would have ended: from then on it need not be remembered."""


class StoredAlready(NamedTuple):
    """A request was not stored: its code is taken by this permit."""

    permit: Permit


class OpenAlready(NamedTuple):
    """A request was not stored: the asker has this open permit for the person with the same plate."""

    code: str


class PermitRecord(NamedTuple):
    """A permit and the facts beside it."""

    permit: Permit
    decision: PermitDecision | None = None
    revocation: PermitRevocation | None = None
    tested_at: datetime | None = None
    """When the sample of the last test was taken that staff have seen."""
    sent: Mapping[str, str] = MappingProxyType({})
    """The names of crossings of the last days, by `SentCrossing.name_of` the request that recorded them."""

    @property
    def code(self) -> Code:
        return Code.parse(self.permit.code)

    @property
    def conditions(self) -> PermitConditions | None:
        """Those that were granted."""
        return self.decision.conditions if self.decision else None

    def ends_at(self, zone: tzinfo) -> datetime:
        """When it ends, or would end if it were granted as it was asked for."""
        return ends_at(self.conditions or self.permit.form.conditions, zone)

    def state(self, now: datetime, zone: tzinfo) -> PermitState:
        if self.decision is None:
            return PermitState.ASKED
        if self.decision.conditions is None:
            return PermitState.REFUSED
        if self.revocation is not None:
            return PermitState.REVOKED
        return PermitState.ENDED if now >= self.ends_at(zone) else PermitState.GRANTED

    def is_overdue(self, now: datetime, within: timedelta) -> bool:
        """Whether it should have been decided by now."""
        return self.decision is None and now >= self.permit.asked_at + within

    def verdict(
        self, at: datetime, checkpoint: str | None, zone: tzinfo, *, tested_at: datetime | None = None
    ) -> PermitVerdict:
        """Whether the holder may pass this checkpoint on the way in. Without a checkpoint, any.

        `tested_at` is the sample of a test that is shown now.
        """
        conditions = self.conditions
        if conditions is None:
            return PermitVerdict.NOT_GRANTED
        if self.revocation is not None:
            return PermitVerdict.REVOKED
        if at >= ends_at(conditions, zone):
            return PermitVerdict.ENDED
        known = [each for each in (self.tested_at, tested_at) if each is not None]
        return _by_conditions(conditions, at.astimezone(zone), checkpoint, max(known, default=None))

    def as_of(self, at: datetime) -> Self:
        """As it was then: without what was decided later."""
        decision, revocation = self.decision, self.revocation
        return self._replace(
            decision=decision if decision and decision.recorded_at <= at else None,
            revocation=revocation if revocation and revocation.recorded_at <= at else None,
        )

    def with_decision(self, decision: PermitDecision) -> Self:
        return self._replace(decision=decision)

    def with_revocation(self, revocation: PermitRevocation) -> Self:
        return self._replace(revocation=revocation)


def is_permit(code: Code) -> bool:
    """Whether a code names a permit."""
    return code.person == PERMIT


def ends_at(conditions: PermitConditions, zone: tzinfo) -> datetime:
    """The end of the last day; a shift over midnight that begins on it is still included."""
    hours = conditions.hours
    end = hours.until_time if hours and hours.is_over_midnight else time()
    return datetime.combine(conditions.until + timedelta(days=1), end, zone)


def standing_times(conditions: PermitConditions) -> StandingTimes:
    """Days and hours, as the token carries them."""
    days = sum(1 << each.number for each in conditions.days or Weekday)
    if conditions.hours is None:
        return StandingTimes(days, 0, 24 * 60)
    return StandingTimes(days, _minute(conditions.hours.from_time), _minute(conditions.hours.until_time))


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _by_conditions(
    conditions: PermitConditions, local: datetime, checkpoint: str | None, tested_at: datetime | None
) -> PermitVerdict:
    begun = _begun(conditions, local)
    if not _is_day(conditions, begun or local.date()):
        return PermitVerdict.NOT_TODAY
    if begun is None:
        return PermitVerdict.NOT_AT_THIS_HOUR
    if checkpoint is not None and conditions.checkpoints and checkpoint not in conditions.checkpoints:
        return PermitVerdict.NOT_AT_THIS_GATE
    if conditions.tests_every_days is not None and not _is_recent(tested_at, local, conditions.tests_every_days):
        return PermitVerdict.TEST_TOO_OLD
    return PermitVerdict.VALID


def _begun(conditions: PermitConditions, local: datetime) -> date | None:
    """The day on which the hours began that this moment is in; None outside the hours."""
    hours, today = conditions.hours, local.date()
    if hours is None:
        return today
    begins, ends, now = hours.from_time, hours.until_time, local.time()
    if not hours.is_over_midnight:
        return today if begins <= now < ends else None
    if now >= begins:
        return today
    return today - timedelta(days=1) if now < ends else None


def _is_day(conditions: PermitConditions, day: date) -> bool:
    if not conditions.from_ <= day <= conditions.until:
        return False
    return not conditions.days or _WEEKDAYS[day.weekday()] in conditions.days


def _is_recent(tested_at: datetime | None, now: datetime, days: int) -> bool:
    return tested_at is not None and now - tested_at <= timedelta(days=days)


_WEEKDAYS: Sequence[Weekday] = list(Weekday)
