"""The answer to a scan of a card."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from chalicelib.data import words
from chalicelib.handlers.gate.answers import PolicyOf
from chalicelib.handlers.gate.found_passes import FoundPass, found
from chalicelib.http.shapes import Shape
from chalicelib.models.gate.cards import CardDoubt, CardReading, prefilled
from chalicelib.models.gate.scans import ReadAs
from chalicelib.models.people.identities import Identity
from chalicelib.models.people.persons import Gender

if TYPE_CHECKING:
    from chalicelib.services.gate.searches import FoundPasses


class PrefilledPerson(Shape):
    """What a card gives the declaration's form, by the names of its fields."""

    full_name: str | None = None
    """As written on the card."""
    birth_date: date | None = None
    """The date of birth."""
    birth_year: int | None = None
    """The year of birth, where the card has no date."""
    gender: Gender | None = None
    """As the card says."""
    nationality: str | None = None
    """ISO 3166-1 alpha-2."""
    identity: Identity | None = None
    """The card itself."""
    older_number: str | None = None
    """The number of the identity card before it."""
    phone: str | None = None
    """In E.164."""


class Prefilled(Shape):
    """The part of a declaration's form that need not be typed: an app merges it into its own."""

    traveller: PrefilledPerson
    """The traveller's part of the form."""


class Card(Shape):
    """What else a card says. `on_behalf`: someone else registered the person; `registered_by` says who, if known."""

    older_number: str | None = None
    """The number of the identity card before it."""
    address: str | None = None
    """The holder's address, as written."""
    issued_on: date | None = None
    """The day it was issued."""
    personal_id: str | None = None
    """The person's identification number."""
    on_behalf: bool | None = None
    """Whether someone else registered the person."""
    registered_by: str | None = None
    """Who did, if it is known."""


class ShownCardDoubt(Shape):
    """Something about the card that contradicts itself or cannot be. Program against `code`, show `text`."""

    code: CardDoubt
    """What it is, for programs."""
    text: str
    """What it is, in words."""


class CheckedCard(Shape):
    """A citizen card, or the national personal QR. It has no verdict, for it is no pass."""

    read_as: Literal[ReadAs.CITIZEN_CARD, ReadAs.PERSONAL_QR]
    """Which of the two it is."""
    checked_at: datetime
    """When it was checked."""
    prefilled: Prefilled
    """What a declaration for its holder begins with."""
    card: Card
    """What else it says."""
    doubts: list[ShownCardDoubt]
    """What contradicts itself or cannot be."""
    found: list[FoundPass] | None = None
    """The passes of its holder that have not expired; left out if the card does not say who that is."""
    found_complete: bool | None = None
    """Whether `found` are all. If not, `POST /v1/checkpoint/search` by the number leads to the rest."""


def checked_card(
    reading: CardReading, passes: "FoundPasses | None", at: datetime, policy_of: PolicyOf | None, language: str
) -> CheckedCard:
    """`policy_of` is for roles that see health."""
    texts = words("gate")["doubts"]
    return CheckedCard.model_validate(
        {
            "read_as": ReadAs(reading.kind.value),
            "checked_at": at,
            "prefilled": Prefilled(traveller=PrefilledPerson(**prefilled(reading))),
            "card": Card(**{name: getattr(reading, name) for name in Card.model_fields}),
            "doubts": [ShownCardDoubt(code=doubt, text=texts[doubt][language]) for doubt in reading.doubts],
            "found": None if passes is None else found(passes, policy_of, language),
            "found_complete": None if passes is None else passes.complete,
        }
    )
