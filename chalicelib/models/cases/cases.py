"""A case: a person who is infected, the time in which they could infect others, and how far contacts are followed."""

from datetime import date, datetime, timedelta

from pydantic import AwareDatetime

from chalicelib.models.entry.codes import ALPHABET, Code, StoredCode
from chalicelib.models.records import Record
from chalicelib.models.tracing.places import Windows

CASE = ALPHABET.index("C") << 5
"""The 14th character of a case's code; it replaces the person's number of a pass."""

ANNOUNCED = timedelta(hours=1)
"""A declaration's time is that of the arrival, which lies up to so long behind the moment at which a group came
together. Someone who is isolated on the way has companions all the same."""


class SearchedVisit(Record):
    """A place of the interview, as it is kept: without the address."""

    place: str
    """As the `tracing` table names it."""
    since: AwareDatetime
    until: AwareDatetime


class CasePerson(Record):
    """Who the case is, as officers read it."""

    full_name: str | None = None
    birth_year: int | None = None
    phone: str | None = None


class ContactOf(Record):
    """Another case of which the person was a known contact when theirs was opened."""

    case: StoredCode
    hop: int


class Case(Record):
    """A case as it was opened. What follows from it stands beside it."""

    code: StoredCode
    person: CasePerson
    persons: list[str]
    """Keyed hashes of the person: of each of their numbers."""
    pass_code: StoredCode | None = None
    onset_on: date | None = None
    sampled_at: AwareDatetime | None = None
    infectious_from: AwareDatetime
    infectious_until: AwareDatetime
    isolated_at: AwareDatetime | None = None
    places: list[SearchedVisit] = []
    hops: int
    communes: bool
    checkpoint_minutes: int
    household_days: int
    policy_version: str
    opened_by: str
    opened_at: AwareDatetime
    contact_of: list[ContactOf] = []
    """By hop."""

    def searched_until(self, hop: int) -> datetime:
        """Until when facts of someone so far from the case matter. Contacts are followed until the case was opened:
        from then on they are reached and watched."""
        ends = self.infectious_until if hop == 0 else max(self.infectious_until, self.opened_at)
        return ends + ANNOUNCED

    @property
    def windows(self) -> Windows:
        return Windows(timedelta(minutes=self.checkpoint_minutes), timedelta(days=self.household_days))


class CaseEnd(Record):
    """That a case is closed."""

    reason: str
    ended_by: str
    ended_at: AwareDatetime


def is_case(code: Code) -> bool:
    """Whether a code names a case."""
    return code.person == CASE
