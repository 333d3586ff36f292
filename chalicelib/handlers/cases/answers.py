"""What health officers read of cases."""

from collections import Counter
from datetime import date, datetime

from pydantic import Field

from chalicelib.handlers.entry.answers import Shown
from chalicelib.http.shapes import ListPage, Shape
from chalicelib.models.cases.cases import Case, CaseEnd
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.passes import masked
from chalicelib.services.cases.cases import CaseFile
from chalicelib.services.cases.measures import measures_of


class ShownContactOf(Shape):
    """Another case of which the person was a contact."""

    case: Shown
    """Its code."""
    hop: int
    """How far they were from it."""


class ShownCase(Shape):
    """A case, without its contacts."""

    case: Shown
    """Its code."""
    state: str = Field(json_schema_extra={"enum": ["open", "ended"]})
    """While a case is open, later facts add contacts to it."""
    masked_name: str | None = None
    """The name of the person."""
    birth_year: int | None = None
    """The year of birth."""
    phone: str | None = None
    """The phone number, in E.164."""
    pass_code: Shown | None = None
    """The code of one of this person's passes, or of their permit; left out if the person was entered by hand."""
    onset_on: date | None = None
    """The day on which symptoms began."""
    sampled_at: datetime | None = None
    """When the positive sample was taken."""
    infectious_from: datetime
    """The start of the time in which this person could infect others."""
    infectious_until: datetime
    """The end of that time."""
    isolated_at: datetime | None = None
    """When this person was isolated."""
    hops: int
    """How far contacts are followed."""
    communes: bool
    """Whether all who went to the same commune on the same day are contacts, too."""
    policy_version: str
    """The policy whose tracing rules apply to the case."""
    opened_at: datetime
    """When it was opened."""
    ended_at: datetime | None = None
    """When it was closed."""
    end_reason: str | None = None
    """Why it was closed."""
    contact_of: list[ShownContactOf]
    """The cases of which the person was a known contact when this one was opened, by hop."""


class ShownMeasures(Shape):
    """WHO's measures of tracing, as far as the records allow. A share is left out if there is nothing to count."""

    seen_today: float | None = None
    """The share of contacts with open work who were reached or tested today."""
    followed_to_the_end: float | None = None
    """The share of contacts who were cleared or became a case."""
    lost: float | None = None
    """The share of contacts that nobody reached at the last attempt."""
    traced_within_a_day: float | None = None
    """The share of contacts reached within 24 hours, of those found at least a day ago."""
    cases_among_contacts: int
    """The number of contacts who became a case."""


class CaseOverview(ShownCase):
    """A case, and how many contacts it has."""

    contacts: int
    """How many persons were found so far."""
    by_hop: dict[str, int]
    """How many in each hop: 1 are contacts (F1), 2 contacts of contacts (F2)."""
    by_kind: dict[str, int]
    """How many by their strongest reason."""
    by_state: dict[str, int]
    """How many by the last fact recorded about them; `found` if there is none."""
    measures: ShownMeasures
    """How far the work has come."""


class KnownContacts(Shape):
    """How many new cases were already known contacts: one of WHO's measures of tracing."""

    cases: int
    """Cases opened in this month."""
    known: int
    """How many of them were known contacts of another case when their case was opened."""
    share: float | None = None
    """`known` divided by `cases`; left out if there are no cases."""


class CasesPage(ListPage):
    """Cases, the latest first."""

    cases: list[ShownCase]
    """Of this page."""
    known_contacts: KnownContacts | None = None
    """Of the `month`; left out without one, and on later pages."""


def case_members(case: Case, end: CaseEnd | None) -> dict[str, object]:
    """The members of `ShownCase`."""
    name = case.person.full_name
    return {
        "case": Code.parse(case.code).shown,
        "state": "open" if end is None else "ended",
        "masked_name": name and masked(name),
        "birth_year": case.person.birth_year,
        "phone": case.person.phone,
        "pass_code": case.pass_code and Code.parse(case.pass_code).shown,
        "onset_on": case.onset_on,
        "sampled_at": case.sampled_at,
        "infectious_from": case.infectious_from,
        "infectious_until": case.infectious_until,
        "isolated_at": case.isolated_at,
        "hops": case.hops,
        "communes": case.communes,
        "policy_version": case.policy_version,
        "opened_at": case.opened_at,
        "ended_at": end and end.ended_at,
        "end_reason": end and end.reason,
        "contact_of": [{"case": Code.parse(each.case).shown, "hop": each.hop} for each in case.contact_of],
    }


def overview(file: CaseFile, now: datetime) -> CaseOverview:
    contacts = file.contacts
    return CaseOverview.model_validate(
        {
            **case_members(file.case, file.end),
            "contacts": len(contacts),
            "by_hop": Counter(str(each.hop) for each in contacts),
            "by_kind": Counter(each.reasons[0].kind for each in contacts),
            "by_state": Counter(file.state_of(each) for each in contacts),
            "measures": measures_of(file, now)._asdict(),
        }
    )
