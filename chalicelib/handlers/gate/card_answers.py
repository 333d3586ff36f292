"""The answer to a scan of a card."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from chalicelib.data import words
from chalicelib.handlers.gate.answers import FoundPass, PolicyOf, found
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
    birth_date: date | None = None
    birth_year: int | None = None
    gender: Gender | None = None
    nationality: str | None = None
    identity: Identity | None = None
    older_number: str | None = None
    phone: str | None = None


class Prefilled(Shape):
    """The part of a declaration's form that need not be typed: an app merges it into its own."""

    traveller: PrefilledPerson


class Card(Shape):
    """What else a card says. `on_behalf`: someone else registered the person; `registered_by` says who, if known."""

    older_number: str | None = None
    address: str | None = None
    issued_on: date | None = None
    personal_id: str | None = None
    on_behalf: bool | None = None
    registered_by: str | None = None


class ShownCardDoubt(Shape):
    """Something about the card that contradicts itself or cannot be. Program against `code`, show `text`."""

    code: CardDoubt
    text: str


class CheckedCard(Shape):
    """A citizen card, or the national personal QR. It has no verdict, for it is no pass."""

    read_as: Literal[ReadAs.CITIZEN_CARD, ReadAs.PERSONAL_QR]
    checked_at: datetime
    prefilled: Prefilled
    card: Card
    doubts: list[ShownCardDoubt]
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
