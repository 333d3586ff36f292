"""The crossing: what a member of staff recorded about one pass at one checkpoint.

A crossing is never changed. A correction is another fact beside it. A crossing recorded without network that
contradicts it is a conflict beside it, until a supervisor settles that.
"""

from hashlib import sha256
from typing import Annotated, Any, Self

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from chalicelib.models.certificates.terms import (
    LONGEST_CERTIFICATE,
    CertificateDoubt,
    CertificateKind,
    CertificateVerdict,
)
from chalicelib.models.entry.codes import TypedCode
from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Line, Reason
from chalicelib.models.people.health import Test, Vaccination
from chalicelib.models.people.papers import Document
from chalicelib.models.records import STORED, Record, any_of, at_edge, needed_unless
from chalicelib.models.scanned import plain_scan
from chalicelib.models.staff.recorded import Recorded

LOWEST_TEMPERATURE = 30.0
HIGHEST_TEMPERATURE = 45.0
"""°C. What lies outside is a slip of the finger or a broken thermometer, not a living person."""

MOST_CERTIFICATES = 3
"""Two doses and a test."""

_RANGE: dict[str, Any] = {"minimum": LOWEST_TEMPERATURE, "maximum": HIGHEST_TEMPERATURE}


class Direction(StrEnum):
    """Which way a person passes the checkpoint."""

    IN = "in"
    OUT = "out"


class Decision(StrEnum):
    """What staff decide about a person at the gate."""

    ADMIT = "admit"
    REFUSE = "refuse"
    ISOLATE = "isolate"


def _in_order(documents: list[Document], _: ValidationInfo) -> list[Document]:
    # A request repeated in another order is the same request.
    return sorted(set(documents))


def _temperature(degrees: float | None, _: ValidationInfo) -> float | None:
    if degrees is not None and not LOWEST_TEMPERATURE <= degrees <= HIGHEST_TEMPERATURE:
        context = {"lowest": LOWEST_TEMPERATURE, "highest": HIGHEST_TEMPERATURE}
        raise PydanticCustomError("temperature_out_of_range", "not a living person's", context)
    return degrees


REASON_NEEDED = needed_unless("reason", decision={"const": Decision.ADMIT.value})
"""The rule that a decision not to admit has a reason, for a JSON schema."""

Temperature = Annotated[
    Annotated[float, Field(json_schema_extra=_RANGE)] | None, Field(examples=[36.6]), at_edge(_temperature)
]
"""°C, 30 to 45."""


class IdentityHeld(Record):
    """A person's identity card is kept at the checkpoint until they leave."""

    receipt: Annotated[str, Line(20), Field(examples=["A-017"])]
    """The number of the person's receipt. Each checkpoint numbers its own receipts."""


class SeenAtGate(Record):
    """What staff saw of one person, and decided. A decision not to admit has a reason."""

    model_config = ConfigDict(json_schema_extra=REASON_NEEDED)

    temperature: Temperature = None
    """°C, 30 to 45. Left out only where it could not be taken."""
    documents_seen: Annotated[
        list[Document], Field(max_length=len(Document), examples=[["identity_document"]]), at_edge(_in_order)
    ] = []
    """The papers that staff looked at."""
    decision: Decision
    """What staff decided."""
    reason: Reason | None = None
    """Why; needed for every decision but `admit`, and to admit against a finding that stops."""
    identity_held: IdentityHeld | None = None
    """The receipt, if the identity card is kept: only for a person who is admitted and whose trip ends on that day."""

    @model_validator(mode="after")
    def _refusal_has_a_reason(self, info: ValidationInfo) -> Self:
        if info.context is not STORED and self.decision is not Decision.ADMIT and not self.reason:
            raise PydanticCustomError("reason_missing", "a decision not to admit needs a reason", {"at": "reason"})
        return self


class DecidedPass(SeenAtGate):
    """What was decided about one pass, and where."""

    code: TypedCode
    """The pass's code."""
    checkpoint: str = Field(max_length=40, examples=["an-hoa"])
    """Where it was decided: an id of `GET /v1/checkpoints`."""


_FIELDS_IN: dict[str, Any] = {
    "required": ["decision"],
    "properties": {"decision": {"type": "string"}, "identity_returned": {"const": False}},
}
_FIELDS_OUT: dict[str, Any] = {
    "properties": {
        "temperature": {"type": "null"},
        "documents_seen": {"maxItems": 0},
        "decision": {"const": "admit"},
        "reason": {"type": "null"},
        "identity_held": {"type": "null"},
        "certificates": {"maxItems": 0},
    }
}


def by_direction(*persons: str) -> list[Any]:
    """The rule of `SentOfPerson.require_fields_of`, for `allOf` of a JSON schema; `persons` are fields with lists of
    persons; the rule applies to each of these, too."""

    def branch(direction: Direction, fields: dict[str, Any], *required: str) -> dict[str, Any]:
        lists = {name: {"items": fields} for name in persons}
        properties = {"direction": {"const": direction.value}, **fields["properties"], **lists}
        return {"required": [*fields.get("required", ()), *required], "properties": properties}

    return [*any_of(branch(Direction.IN, _FIELDS_IN), branch(Direction.OUT, _FIELDS_OUT, "direction"))["allOf"]]


def _without_default(schema: dict[str, Any]) -> None:
    """For a JSON schema: a missing field is refused on the way in."""
    schema.pop("default")


_ONLY_IN = ("temperature", "documents_seen", "reason", "identity_held", "certificates")


class SentOfPerson(SeenAtGate):
    """A form for one person, on the way in or out. On the way out it has only `identity_returned`."""

    decision: Decision = Field(default=Decision.ADMIT, json_schema_extra=_without_default)
    """The decision of staff: needed on the way in. Everyone may go out."""
    identity_returned: bool = False
    """On the way out: whether the identity card that was kept was given back."""

    def require_fields_of(self, direction: Direction, at: str = "") -> None:
        """Raises if a field of this direction is missing, or a field of the other direction is present."""
        if direction is Direction.IN:
            if "decision" not in self.model_fields_set:
                raise PydanticCustomError("field_missing", "needed on the way in", {"at": f"{at}decision"})
            others = ["identity_returned"] if self.identity_returned else []
        else:
            others = [name for name in _ONLY_IN if getattr(self, name, None)]
            others += ["decision"] if self.decision is not Decision.ADMIT else []
        if others:
            raise PydanticCustomError("field_of_other_direction", "see direction", {"at": f"{at}{others[0]}"})


class CrossingForm(SentOfPerson, DecidedPass):
    """What staff send about one pass."""

    model_config = ConfigDict(json_schema_extra={"allOf": [*REASON_NEEDED["allOf"], *by_direction()]})

    direction: Direction = Direction.IN
    """The direction of the person. On the way out only `identity_returned` may be given."""
    certificates: list[Annotated[str, Field(min_length=1, max_length=LONGEST_CERTIFICATE)]] = Field(
        default=[], max_length=MOST_CERTIFICATES, examples=[[]]
    )
    """The texts of certificates that were scanned (`HC1:…`), at most 3. They are read again: what they prove of this
    person counts for more than what was declared, and those that prove something are among the documents seen."""

    @model_validator(mode="after")
    def _has_the_fields_of_its_direction(self) -> Self:
        self.require_fields_of(self.direction)
        return self


class Offline(Record):
    """How a crossing without network came to us."""

    device: str
    """The device's own id."""
    id: str
    """The device's own id of the crossing."""
    said_at: AwareDatetime
    """When it was decided, by the device's clock."""
    received_at: AwareDatetime
    """When the server received it."""
    clock_ahead_seconds: int = 0
    """How much the device's clock was ahead (negative: behind) when it sent this; 0 within a minute."""


class SeenCertificate(Record):
    """What a certificate said that was shown, and what it proved about the holder of the pass."""

    digest: str
    """Of its text: by this it is known again."""
    kind: CertificateKind | None = None
    """What it is about; left out if it could not be read."""
    verdict: CertificateVerdict
    """What checking it said."""
    issuer: str | None = None
    """The country that issued it."""
    doubts: list[CertificateDoubt] = []
    """What staff had to look at although it was genuine."""
    document: Document | None = None
    """The paper it counts as, if it proves anything."""
    vaccination: Vaccination | None = None
    """The doses that it proved."""
    test: Test | None = None
    """The test that it proved."""

    @staticmethod
    def digest_of(text: str) -> str:
        return sha256(plain_scan(text).encode()).hexdigest()[:32]


class Crossing(Recorded, DecidedPass):
    """The record of a crossing. A pass has one, however many guards scan at the same moment."""

    certificates: list[SeenCertificate] = []
    """The certificates that were shown."""
    findings: list[str] | None = None
    """Ids of what the policy found by what certificates proved; without any, what it found by the declaration holds."""
    instructions: list[str] | None = None
    """The same of its instructions for the traveller."""
    offline: Offline | None = None
    """How it came to us, if it was recorded without network."""
    # Stored only if it is true, so that older releases can read the other records.
    after_expiry: bool | None = None
    """True if the person was admitted after the pass had ended, within the policy's `grace_minutes`."""

    def is_of(self, form: CrossingForm) -> bool:
        """Whether this is the record of that form."""
        documents = {*form.documents_seen, *(each.document for each in self.certificates if each.document)}
        return (
            all(getattr(self, name) == getattr(form, name) for name in AS_SENT)
            and documents == {*self.documents_seen}
            and sorted(each.digest for each in self.certificates)
            == sorted(SeenCertificate.digest_of(text) for text in form.certificates)
        )


AS_SENT = tuple(name for name in DecidedPass.model_fields if name != "documents_seen")
"""What a record has of its form as it was sent."""
