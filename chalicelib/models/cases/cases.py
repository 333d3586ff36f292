"""A case: a person who is infected, the time in which they could infect others, and how far contacts are followed."""

from datetime import date, datetime, timedelta

from pydantic import AwareDatetime

from chalicelib.models.entry.codes import ALPHABET, Code, StoredCode
from chalicelib.models.records import Record
from chalicelib.models.tracing.places import Windows

CASE = ALPHABET.index("C") << 5
"""The 14th character of a case's code; it replaces the person's number of a pass."""

ANNOUNCED = timedelta(hours=1)
"""A declaration has the time of the arrival, and a group comes together up to so long before it. So a person who is
isolated on the way still has companions."""


class SearchedVisit(Record):
    """A place of the interview, as it is kept: without the address."""

    place: str
    """Its name in the `tracing` table."""
    since: AwareDatetime
    until: AwareDatetime


class CasePerson(Record):
    """The person's identity, as officers see it."""

    full_name: str | None = None
    birth_year: int | None = None
    phone: str | None = None


class ContactOf(Record):
    """Another case: the person was already its known contact when this case was opened."""

    case: StoredCode
    hop: int


class Case(Record):
    """A case as it was opened. Its contacts and the work with them are other rows."""

    code: StoredCode
    person: CasePerson
    persons: list[str]
    """Keyed hashes of each of the person's numbers."""
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
        """The end of the time in which facts of a person at this hop matter. Contacts are followed until the case was
        opened: after that officers reach and watch them."""
        ends = self.infectious_until if hop == 0 else max(self.infectious_until, self.opened_at)
        return ends + ANNOUNCED

    @property
    def windows(self) -> Windows:
        return Windows(timedelta(minutes=self.checkpoint_minutes), timedelta(days=self.household_days))


class CaseEnd(Record):
    """The end of a case."""

    reason: str
    ended_by: str
    ended_at: AwareDatetime


def is_case(code: Code) -> bool:
    """Whether a code names a case."""
    return code.person == CASE
