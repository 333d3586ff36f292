"""What health officers read of cases and contacts."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from pydantic import ConfigDict, Field

from chalicelib.handlers.entry.answers import Shown
from chalicelib.http.shapes import ListPage, Shape
from chalicelib.models.cases.cases import Case, CaseEnd
from chalicelib.models.cases.contacts import Contact, Edge, Groups
from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.cases.works import Work
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.passes import masked
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.messaging.messages import Channel
from chalicelib.services.cases.cases import CaseFile
from chalicelib.services.cases.measures import measures_of
from chalicelib.services.cases.tellings import ToldState

_PHONE_ENDING = 3


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
    """The code of one of this person's passes; left out without a declaration."""
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


class ContactReason(Shape):
    """Why someone is a contact: two facts at one place."""

    model_config = ConfigDict(serialize_by_alias=True)

    kind: ContactKind
    """What the two shared."""
    from_: datetime = Field(alias="from")
    """The earlier of the two facts."""
    until: datetime
    """The later of the two facts: from then on both were there."""
    through: str | None = None
    """The contact that this person was near, by id; left out if it was the case."""


class ContactPerson(Shape):
    """A contact's identity, from the declaration of the last fact."""

    masked_name: str
    """Initials and the last word of the name."""
    birth_year: int
    """The year of birth."""
    phone_ending: str | None = None
    """The last digits of the phone; left out if the person's data is restricted."""
    origin: Origin
    """Who sent the declaration. Anyone can have sent an `unproven` one."""
    restricted: bool | None = None
    """True if the person's data is restricted."""


class ShownWork(Shape):
    """A fact recorded by an officer."""

    kind: str
    """What was done."""
    officer: str | None = None
    """The member of staff who does the work, by the subject of their token."""
    due_on: date | None = None
    """By when the next step is due."""
    result: str | None = None
    """The result of a test."""
    case: Shown | None = None
    """The case that the contact became."""
    note: str | None = None
    """The officer's note."""
    recorded_by: str
    """The member of staff who recorded it, by the subject of their token."""
    recorded_at: datetime
    """When it was recorded."""


class ShownTold(Shape):
    """The wave that includes the contact, and the state of the message."""

    wave: str
    """The wave's id."""
    state: str
    """The message's state: `sent`, `delivered`, `seen`, `failed`, `taken_back`, or the reason why it is not sent, for
    example `refused` or `stopped`. Before there is a message, the wave's state, for example `waiting`. `unknown`: the
    wave was deleted or never made."""
    channel: Channel | None = None
    """The channel of the message; left out if it was not sent."""
    at: datetime
    """When the message got this state; without a message, when the contact was added to the wave."""


class ShownContact(Shape):
    """A person near the case."""

    contact: str
    """The contact's id in this case."""
    hop: int
    """How far from the case: 1 is a contact (F1), 2 a contact of a contact (F2)."""
    label: str
    """The hop as the health service writes it: F1, F2, F3."""
    code: Shown
    """The pass of the last fact."""
    person: ContactPerson | None = None
    """The contact's identity; left out if the declaration was deleted."""
    reasons: list[ContactReason]
    """The strongest first."""
    path: list[str]
    """The ids of the contacts on the path from the case to this one, this one last."""
    last_near: datetime
    """The last known exposure: days of quarantine are counted from there."""
    state: str
    """The last fact that was recorded; `found` if there is none."""
    officer: str | None = None
    """The member of staff who does the work, by the subject of their token."""
    due_on: date | None = None
    """By when the next step is due."""
    told: ShownTold | None = None
    """The message to this person; left out if no wave includes them."""


class ContactsAnswer(ListPage):
    """Contacts, sorted by hop. In each hop, contacts with a known origin are first; then the strongest reason decides.
    Each person is listed once."""

    contacts: list[ShownContact]
    """Of this page."""


class ContactWork(ShownContact):
    """A contact, with all recorded work."""

    work: list[ShownWork]
    """The oldest first."""


class DueWork(Shape):
    """Work that the caller has to do."""

    case: Shown
    """The case's code."""
    contact: str
    """The contact's id in this case."""
    due_on: date
    """By when."""


class DueWorks(ListPage):
    """Sorted by due date, the earliest first."""

    work: list[DueWork]
    """Of this page."""


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


class Names:
    """Contacts, by the numbers of their persons: a reason names both persons by number."""

    def __init__(self, file: CaseFile) -> None:
        self._groups = Groups(file.same, file.case.persons)
        self._contacts = {self._groups.of(each.persons[0]): each for each in file.contacts}

    def of(self, person: str) -> Contact | None:
        """None if it is the case."""
        return self._contacts.get(self._groups.of(person))

    def path(self, contact: Contact) -> list[str]:
        """From the case to this contact, by the strongest reason of each."""
        path = [contact.id]
        nearer = self.of(contact.reasons[0].through)
        while nearer is not None and nearer.id not in path:
            path.append(nearer.id)
            nearer = self.of(nearer.reasons[0].through)
        return path[::-1]


class Beside(NamedTuple):
    """Details shown with contacts: identities, and the states of messages, by contact id."""

    names: Names
    holders: Mapping[str, HeldPass]
    told: Mapping[str, ToldState]


def shown_contact(file: CaseFile, contact: Contact, beside: Beside) -> ShownContact:
    return ShownContact.model_validate(_members(file, contact, beside))


def contact_work(file: CaseFile, contact: Contact, works: list[Work], beside: Beside) -> ContactWork:
    members = {**_members(file, contact, beside), "work": [_work(each) for each in works]}
    if works:
        members |= {"state": works[-1].kind, "officer": works[-1].officer, "due_on": works[-1].due_on}
    return ContactWork.model_validate(members)


def _members(file: CaseFile, contact: Contact, beside: Beside) -> dict[str, object]:
    held, works = beside.holders.get(contact.id), file.works_of(contact)
    told = beside.told.get(contact.id)
    return {
        "contact": contact.id,
        "hop": contact.hop,
        "label": f"F{contact.hop}",
        "code": Code.parse(contact.code).shown,
        "person": held and _person(held),
        "reasons": [_reason(each, beside.names) for each in contact.reasons],
        "path": beside.names.path(contact),
        "last_near": contact.last_near,
        "state": file.state_of(contact),
        "officer": works[-1].officer if works else None,
        "due_on": works[-1].due_on if works else None,
        "told": told and told._asdict(),
    }


def _reason(edge: Edge, names: Names) -> ContactReason:
    through = names.of(edge.through)
    members = {"kind": edge.kind, "from": edge.from_, "until": edge.until, "through": through and through.id}
    return ContactReason.model_validate(members)


def _person(held: HeldPass) -> ContactPerson:
    person = held.person
    return ContactPerson(
        masked_name=masked(person.full_name),
        birth_year=person.born_in,
        phone_ending=None if held.is_restricted or not person.phone else person.phone[-_PHONE_ENDING:],
        origin=held.origin,
        restricted=held.is_restricted or None,
    )


def _work(work: Work) -> ShownWork:
    members = work.model_dump()
    return ShownWork.model_validate({**members, "case": work.case and Code.parse(work.case).shown})
