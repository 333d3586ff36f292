"""The declaration: the form a traveller sends, and the record that is kept of it.

A form is validated in two steps. What can be judged from the form alone is judged here while it is parsed; what needs
the clock, the policy or the list of checkpoints is judged by `services.declarations`.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.entry.offline_declarations import DeclaredOffline
from chalicelib.models.entry.passes import Pass
from chalicelib.models.enums import StrEnum
from chalicelib.models.people.languages import Language
from chalicelib.models.people.persons import Person, PersonDetails
from chalicelib.models.people.trips import Trip
from chalicelib.models.records import STORED, Record, at_edge

MAXIMUM_COMPANIONS = 50


def _given(accepted: bool, _: ValidationInfo) -> bool:
    if not accepted:
        raise PydanticCustomError("consent_not_given", "no pass without consent to checks at the gate and tracing")
    return accepted


def _required_without_default(schema: dict[str, Any]) -> None:
    """In the OpenAPI document `messages` is required: only forms of a former text may leave it out."""
    schema["properties"]["messages"].pop("default")
    schema["required"].append("messages")


def refuse_duplicates(traveller: PersonDetails, companions: Sequence[PersonDetails]) -> None:
    """Raises a `companion_duplicate` validation error if somebody is in a form twice."""
    seen = {traveller.identifying_text} if companions else set()
    for index, companion in enumerate(companions):
        if companion.identifying_text in seen:
            context = {"at": f"companions/{index}"}
            raise PydanticCustomError("companion_duplicate", "the same person twice", context)
        seen.add(companion.identifying_text)


class ConsentForMinors(StrEnum):
    """Who consents for the minors of a form."""

    PARENT = "parent"
    """The traveller, as their parent."""
    GUARDIAN = "guardian"
    """The traveller, as their guardian."""
    AGREED = "agreed"
    """Their parent or guardian has agreed that the traveller declares for them."""


class Consent(Record):
    """Explicit consent, for each purpose that can be refused on its own. There is no default."""

    model_config = ConfigDict(json_schema_extra=_required_without_default)

    accepted: Annotated[bool, Field(json_schema_extra={"const": True}), at_edge(_given)]
    """To what the pass needs: health and movement data for the check at the gate and for tracing. Without it there is
    no pass."""
    # Forms for an earlier consent text leave it out. `services.entry.declarations` requires it for the current text. It
    # is stored only if it is false, so that older releases can read the other records.
    messages: bool = True
    """To texts about this declaration. With `false` none is sent to any phone in it, whatever happens to its passes."""
    text_version: str = Field(max_length=20, examples=["2026-12"])
    """The version of the text the person saw (`GET /v1/consent-text`). Former versions are accepted, too."""
    for_minors: ConsentForMinors | None = None
    """Who consents for the minors in the form. It may be left out; an app should ask if somebody is a minor."""


class DeclarationForm(Record):
    """What a traveller sends: one traveller, their companions, one trip."""

    traveller: Person
    """The one who declares, and gets the texts."""
    companions: list[Person] = Field(default=[], max_length=MAXIMUM_COMPANIONS)
    """At most 50."""
    trip: Trip
    """The trip of all of them."""
    consent: Consent
    """What the traveller agrees to."""
    # Stored only if it is not Vietnamese, so that older releases can read the other records.
    language: Language = Language.VI
    """The language of the messages about this declaration, to all phones in it."""

    @model_validator(mode="after")
    def _nobody_twice(self, info: ValidationInfo) -> Self:
        if info.context is not STORED:
            refuse_duplicates(self.traveller, self.companions)
        return self

    @property
    def persons(self) -> list[Person]:
        """All who travel, by their number: the traveller is 0."""
        return [self.traveller, *self.companions]


class Origin(StrEnum):
    """How far the declared identity is confirmed. Lists are sorted in this order."""

    STAFF = "staff"
    """A member of staff declared, and could see the papers."""
    PARTNER = "partner"
    """A partner app sent it, with its key."""
    PROVEN = "proven"
    """The traveller's phone answered: it had answered before the form came, or its own link was followed."""
    UNPROVEN = "unproven"
    """Anyone may have sent it."""

    @property
    def is_known(self) -> bool:
        """Whether it is known who sent the declaration: any origin but the last."""
        return self is not Origin.UNPROVEN

    @property
    def rank(self) -> int:
        """Its position in that order."""
        return _ORIGINS.index(self)


_ORIGINS = list(Origin)


class Declaration(Record):
    """The record of a form that was accepted. Never changed once stored."""

    form: DeclarationForm
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    passes: list[Pass]
    """One for each person, by their number."""
    policy_version: str
    declared_by: str | None = None
    """The member of staff (subject of their token) who declared for the traveller."""
    by_partner: bool = False
    """Whether a partner app sent the form, with its key. False in records of the releases that did not keep it."""
    partner: str | None = None
    """Which partner app: the keyed hash of its key. None in records of the releases that did not keep it."""
    by_proven_phone: bool = False
    """Whether the form came with a citizen token of the traveller's phone."""
    offline: DeclaredOffline | None = None
    """How it came to us, if a device took it without network."""

    @property
    def origin(self) -> Origin:
        """The origin when the form was received. A later `PhoneProof` may raise it: see `DeclarationRecord.origin`."""
        if self.declared_by is not None:
            return Origin.STAFF
        if self.by_partner:
            return Origin.PARTNER
        return Origin.PROVEN if self.by_proven_phone else Origin.UNPROVEN
