"""What is sent about permits."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, ValidationInfo, WrapValidator, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Reason, Text
from chalicelib.models.lines import read_or_kept
from chalicelib.models.people.identities import Identity
from chalicelib.models.people.persons import BirthYear, Name
from chalicelib.models.people.phones import Phone
from chalicelib.models.people.places import Country
from chalicelib.models.people.plates import OptionalPlate
from chalicelib.models.permits.conditions import PermitConditions
from chalicelib.models.records import STORED, Record, needed_unless

MOST_PERMITS = 500
"""Of one request."""


class PermitOutcome(StrEnum):
    """What an office decides."""

    GRANT = "grant"
    REFUSE = "refuse"


class PermitPerson(Record):
    """Who crosses."""

    full_name: Name
    """As on the identity document, in Latin letters."""
    birth_year: BirthYear
    """The year of birth."""
    identity: Identity
    """The document that they show at the gate."""
    phone: Phone | None = None
    """Kept in E.164."""

    @model_validator(mode="after")
    def _born_as_the_card_says(self, info: ValidationInfo) -> Self:
        if info.context is not STORED and self.identity.birth_year not in (None, self.birth_year):
            context = {"at": "identity/number", "year": self.birth_year}
            raise PydanticCustomError("identity_contradicts_birth", "the card says another year of birth", context)
        return self

    @property
    def identifying_text(self) -> str:
        """As `Person` has it."""
        return self.identity.identifying_text

    @property
    def stored_texts(self) -> list[str]:
        """As `Person` has them."""
        return self.identity.stored_texts


class PermitForm(Record):
    """A request for a permit: one person, one vehicle or none."""

    person: PermitPerson
    """Who crosses."""
    plate_country: Country = "VN"
    """Where the plate is from: ISO 3166-1 alpha-2."""
    plate: OptionalPlate = None
    """Kept without separators. Left out for someone without a vehicle of their own."""
    employer: Text = Field(examples=["Công ty Vận tải Ví Dụ"])
    """The company or organisation that they cross for."""
    purpose: Reason = Field(examples=["Chở rau từ Tây Ninh đi Thành phố Hồ Chí Minh mỗi ngày"])
    """Why they must cross again and again."""
    commune: str = Field(max_length=5, examples=["25480"])
    """The code of the commune of the province where they work or from where they leave."""
    conditions: PermitConditions
    """What is asked for."""


class PermitsForm(Record):
    """Requests for permits. Each is answered for itself: one that cannot be accepted keeps no other from being
    accepted."""

    permits: list[Annotated[PermitForm, WrapValidator(read_or_kept)]] = Field(min_length=1, max_length=MOST_PERMITS)
    """At most 500."""


class PermitDecisionForm(Record):
    """What an office decides about a request."""

    model_config = ConfigDict(json_schema_extra=needed_unless("reason", decision={"enum": ["grant"]}))

    decision: PermitOutcome
    """To grant it or to refuse it."""
    conditions: PermitConditions | None = None
    """With `grant`: when and where the permit is valid. Left out, as it was asked for."""
    reason: Annotated[Reason | None, Field(examples=[None])] = None
    """With `refuse`: why. The asker reads it."""

    @model_validator(mode="after")
    def _is_complete(self, info: ValidationInfo) -> Self:
        if info.context is not STORED and self.decision is PermitOutcome.REFUSE and self.reason is None:
            raise PydanticCustomError("field_missing", "say why", {"at": "reason"})
        return self


class PermitRevocationForm(Record):
    """Why a permit is withdrawn."""

    reason: Reason = Field(examples=["Đã nghỉ việc"])
    """For colleagues; the holder does not read it."""
