"""The crossing: what a member of staff recorded about one pass at one checkpoint, and what was said of it later.

A crossing is never changed. A correction stands beside it; what was recorded without network, and turned out to have
been decided otherwise meanwhile, stands beside it as a conflict, until a supervisor settles it.
"""

from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Self

from pydantic import (
    AwareDatetime,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from chalicelib.models.certificate_terms import (
    LONGEST_CERTIFICATE,
    CertificateDoubt,
    CertificateKind,
    CertificateVerdict,
)
from chalicelib.models.codes import TypedCode
from chalicelib.models.fields import Moment, Reason, Text
from chalicelib.models.people.health import Test, Vaccination
from chalicelib.models.people.papers import Document
from chalicelib.models.records import STORED, Strict, at_edge

LOWEST_TEMPERATURE = 30.0
HIGHEST_TEMPERATURE = 45.0
"""°C. What lies outside is a slip of the finger or a broken thermometer, not a living person."""

LARGEST_GROUP = 100
"""Passes of one vehicle that are recorded in one go: what one transaction of the database takes."""

MOST_CERTIFICATES = 3
"""Two doses and a test."""
MOST_CERTIFICATES_OF_A_BATCH = 60

LARGEST_BATCH = 500
"""Crossings that a device sends at once."""

_RANGE: dict[str, Any] = {"minimum": LOWEST_TEMPERATURE, "maximum": HIGHEST_TEMPERATURE}


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


class _Seen(Strict):
    """What staff saw of one person, and decided. Whoever is not admitted is told why."""

    temperature: Annotated[float | None, Field(examples=[36.6], json_schema_extra=_RANGE), at_edge(_temperature)] = None
    """°C, 30 to 45. Left out only where it could not be taken."""
    documents_seen: Annotated[
        list[Document], Field(max_length=len(Document), examples=[["identity_document"]]), at_edge(_in_order)
    ] = []
    decision: Decision
    reason: Reason | None = None

    @model_validator(mode="after")
    def _refusal_has_a_reason(self, info: ValidationInfo) -> Self:
        if info.context is not STORED and self.decision is not Decision.ADMIT and not self.reason:
            raise PydanticCustomError("reason_missing", "whoever is not admitted is told why", {"at": "reason"})
        return self


class _Decided(_Seen):
    """What was decided about one pass, and where."""

    code: TypedCode
    checkpoint: str = Field(max_length=40, examples=["an-hoa"])


class CrossingForm(_Decided):
    """What staff send about one pass."""

    certificates: list[Annotated[str, Field(min_length=1, max_length=LONGEST_CERTIFICATE)]] = Field(
        default=[], max_length=MOST_CERTIFICATES, examples=[[]]
    )
    """The texts of certificates that were scanned (`HC1:…`), at most 3. They are read again: what they prove of this
    person counts for more than what was declared, and those that prove something are among the documents seen."""


class OfflineCrossingForm(CrossingForm):
    """A crossing that a device kept while it had no network."""

    id: Annotated[Text, Field(max_length=64, examples=["0001"])]
    """The device's own id of it: the same each time it is sent."""
    recorded_at: Moment = Field(examples=["2021-07-22T02:10:00+07:00"])
    """When it was decided, by the device's clock."""


class UnreadableLine:
    """A line of a batch that is no crossing: what is wrong with it, as pydantic says it."""

    def __init__(self, error: ValidationError) -> None:
        self.problems = error.errors(include_url=False, include_input=False)


def _read_or_kept(line: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(line)
    except ValidationError as error:
        return UnreadableLine(error)


class BatchForm(Strict):
    """What a device kept while it had no network. Each crossing is answered for itself: one that cannot be accepted
    keeps no other from being recorded."""

    device: Annotated[Text, Field(max_length=64, examples=["an-hoa-tablet-2"])]
    """The device's own id."""
    sent_at: Moment = Field(examples=["2021-07-22T03:00:00+07:00"])
    """When this is sent, by the device's clock: a clock that is wrong is noticed."""
    crossings: list[Annotated[OfflineCrossingForm, WrapValidator(_read_or_kept)]] = Field(
        min_length=1, max_length=LARGEST_BATCH
    )
    """At most 500, in the order in which they were recorded; at most 60 certificates among them."""

    @model_validator(mode="after")
    def _certificates_are_few(self) -> Self:
        # Each is a query, and work: a batch must be answered within a request's time.
        shown = sum(len(line.certificates) for line in self.crossings if isinstance(line, OfflineCrossingForm))
        if shown > MOST_CERTIFICATES_OF_A_BATCH:
            context = {"at": "crossings", "limit": MOST_CERTIFICATES_OF_A_BATCH}
            raise PydanticCustomError("too_many_certificates", "send a part of it", context)
        return self


class Offline(Strict):
    """How a crossing without network came to us."""

    device: str
    id: str
    """The device's own id of the crossing."""
    said_at: AwareDatetime
    """When it was decided, by the device's clock."""
    received_at: AwareDatetime
    clock_ahead_seconds: int = 0
    """How much the device's clock was ahead (negative: behind) when it sent this; 0 within a minute."""


class SeenCertificate(Strict):
    """What a certificate that was shown said, and what it proved of whom it was shown for."""

    digest: str
    """Of its text: by this it is known again."""
    kind: CertificateKind | None = None
    verdict: CertificateVerdict
    issuer: str | None = None
    doubts: list[CertificateDoubt] = []
    document: Document | None = None
    """The paper it counts as, if it proves anything."""
    vaccination: Vaccination | None = None
    test: Test | None = None

    @staticmethod
    def digest_of(text: str) -> str:
        return sha256(text.strip().encode()).hexdigest()[:32]


class Crossing(_Decided):
    """The record of a crossing: one for each pass, whoever scans at the same moment."""

    certificates: list[SeenCertificate] = []
    findings: list[str] | None = None
    """Ids of what the policy found by what certificates proved; without any, what it found by the declaration holds."""
    instructions: list[str] | None = None
    """The same of its instructions for the traveller."""

    recorded_at: AwareDatetime
    recorded_by: str
    """The member of staff: the subject of their token."""
    recorded_by_name: str | None = None
    """The name their colleagues know them by."""
    offline: Offline | None = None

    def is_of(self, form: CrossingForm) -> bool:
        """Whether this is the record of that form."""
        documents = {*form.documents_seen, *(each.document for each in self.certificates if each.document)}
        return (
            all(getattr(self, name) == getattr(form, name) for name in AS_SENT)
            and documents == {*self.documents_seen}
            and sorted(each.digest for each in self.certificates)
            == sorted(SeenCertificate.digest_of(text) for text in form.certificates)
        )


AS_SENT = tuple(name for name in _Decided.model_fields if name != "documents_seen")
"""What a record has of its form as it was sent."""


class Mode(StrEnum):
    """`all`: everyone is recorded, or nobody is. `each`: everyone for themselves, whoever can be."""

    ALL = "all"
    EACH = "each"


class GroupException(_Seen):
    """Someone of the group about whom was decided otherwise: the one with fever."""

    code: TypedCode


class GroupForm(_Seen):
    """What staff send about everyone in a vehicle: what holds for all, and the exceptions."""

    codes: list[TypedCode] = Field(min_length=1, max_length=LARGEST_GROUP)
    """Everyone who was seen, the exceptions too. At most 100."""
    checkpoint: str = Field(max_length=40, examples=["an-hoa"])
    exceptions: list[GroupException] = Field(default=[], max_length=LARGEST_GROUP)
    """For these, what is said here holds alone, and nothing of what is said for all."""
    mode: Mode = Mode.ALL

    @model_validator(mode="after")
    def _everyone_once(self, info: ValidationInfo) -> Self:
        if info.context is STORED:
            return self
        for name, codes in (("codes", self.codes), ("exceptions", [each.code for each in self.exceptions])):
            for index, code in enumerate(codes):
                if code in codes[:index]:
                    raise PydanticCustomError("code_duplicate", "the same pass twice", {"at": f"{name}/{index}"})
        for index, each in enumerate(self.exceptions):
            if each.code not in self.codes:
                at = f"exceptions/{index}/code"
                raise PydanticCustomError("exception_not_in_group", "names a pass that codes does not", {"at": at})
        return self

    def forms(self) -> Iterator[CrossingForm]:
        """One for each pass, in the order of `codes`."""
        told_apart = {each.code: each for each in self.exceptions}
        for code in self.codes:
            seen = told_apart.get(code, self)
            said = {name: getattr(seen, name) for name in _Seen.model_fields}
            yield CrossingForm.model_construct(**said, code=code, checkpoint=self.checkpoint)


class CorrectionForm(Strict):
    """What staff say about a crossing that was recorded wrongly, or that they overrule."""

    code: TypedCode
    decision: Decision
    """What holds now."""
    temperature: Annotated[float | None, Field(examples=[36.6], json_schema_extra=_RANGE), at_edge(_temperature)] = None
    """°C, if it was taken again."""
    reason: Reason


class Correction(Strict):
    """The fact that a decision was corrected. It stands beside the crossing; the last one holds."""

    decision: Decision
    temperature: float | None = None
    reason: str
    recorded_at: AwareDatetime
    recorded_by: str
    """The member of staff: the subject of their token."""
    recorded_by_name: str | None = None


class CorrectedPass(Strict):
    """What a gate learns of a correction: what holds for the pass now, and nothing else about the person."""

    code: str
    """16 characters without hyphens."""
    decision: Decision
    corrected_at: AwareDatetime
    expires_at: AwareDatetime
    """When the pass ends: from then on it need not be remembered."""


class ConflictKind(StrEnum):
    """Why a crossing recorded without network needs a supervisor."""

    DECIDED_OTHERWISE = "decided_otherwise"
    """The pass had a crossing already: at another gate, by someone else, or for someone else with the same pass."""
    REVOKED = "revoked"
    """Admitted, and the pass has been revoked by now."""
    EXPIRED = "expired"
    """Admitted after the pass had ended."""
    BEFORE_DECLARATION = "before_declaration"
    """Admitted before the pass existed, by the device's clock: that was wrong, or the time is made up."""
    STOPPED = "stopped"
    """Admitted without a reason, where the policy says not to."""


class Conflict(Strict):
    """A crossing recorded without network that does not fit what is on record. Both stay."""

    id: str
    kind: ConflictKind
    crossing: Crossing
    """What the device sent. For `decided_otherwise` it stands here alone; else it is the pass's crossing too."""

    @staticmethod
    def id_of(form: "OfflineCrossingForm", device: str, staff: str) -> str:
        """The same each time the same member of staff sends the same crossing from the same device, and no other."""
        line = f"{device}\n{staff}\n{form.model_dump_json()}"
        return f"{form.code}-{sha256(line.encode()).hexdigest()[:12]}"


class SettlementForm(Strict):
    """What a supervisor says about a conflict."""

    decision: Decision
    """What holds for the pass."""
    reason: Reason


class Settlement(SettlementForm):
    """The fact that a conflict was settled. A correction that says what holds stands beside it."""

    conflict: str
    recorded_at: AwareDatetime
    recorded_by: str
    recorded_by_name: str | None = None
