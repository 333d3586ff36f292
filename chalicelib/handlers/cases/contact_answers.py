"""What health officers read of contacts, and of the work with them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ConfigDict, Field

from chalicelib.handlers.entry.answers import Shown
from chalicelib.http.shapes import ListPage, Shape
from chalicelib.models.cases.contacts import Contact, Edge, Groups
from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.cases.works import Work
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.passes import masked
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.messaging.messages import Channel
from chalicelib.services.cases.cases import CaseFile
from chalicelib.services.cases.tellings import ToldState

if TYPE_CHECKING:
    from chalicelib.models.permits.permits import PermitRecord

_PHONE_ENDING = 3


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


class ContactPermit(Shape):
    """The permit by which a contact crossed."""

    employer: str
    """The company or organisation that they cross for."""
    asked_by: str | None = None
    """The member of staff who asked for the permit, by the subject of their token; left out if a partner did."""


class ContactPerson(Shape):
    """A contact's identity, from the declaration or the permit of the last fact."""

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
    permit: ContactPermit | None = None
    """If the last fact is a crossing by permit: who can say more about the person."""


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
    """The pass of the last fact, or the permit."""
    person: ContactPerson | None = None
    """The contact's identity; left out if the declaration, or the permit, was deleted."""
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


class Officer(Shape):
    """A health officer who works on cases."""

    subject: str
    """Of their token: what a contact is assigned by."""
    name: str | None = None
    """The name their colleagues know them by; left out if nobody gave them one."""


class Officers(ListPage):
    """By name; those without a name last."""

    officers: list[Officer]
    """Of this page."""


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
    permits: "Mapping[str, PermitRecord]"
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
    permit, told = beside.permits.get(contact.id), beside.told.get(contact.id)
    return {
        "contact": contact.id,
        "hop": contact.hop,
        "label": f"F{contact.hop}",
        "code": Code.parse(contact.code).shown,
        "person": _permit_holder(permit) if permit else held and _person(held),
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


def _permit_holder(record: "PermitRecord") -> ContactPerson:
    permit = record.permit
    person = permit.form.person
    return ContactPerson(
        masked_name=masked(person.full_name),
        birth_year=person.birth_year,
        phone_ending=person.phone[-_PHONE_ENDING:] if person.phone else None,
        # An office has checked the person's document.
        origin=Origin.STAFF,
        permit=ContactPermit(employer=permit.form.employer, asked_by=permit.asked_by),
    )


def _work(work: Work) -> ShownWork:
    members = work.model_dump()
    return ShownWork.model_validate({**members, "case": work.case and Code.parse(work.case).shown})
