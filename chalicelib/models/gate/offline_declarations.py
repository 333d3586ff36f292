"""Forms that a device took without network."""

from typing import Annotated, Self

from pydantic import Field, WrapValidator, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.certificates.terms import LONGEST_CERTIFICATE
from chalicelib.models.entry.crossings import MOST_CERTIFICATES, SeenAtGate
from chalicelib.models.entry.declarations import MAXIMUM_COMPANIONS, DeclarationForm
from chalicelib.models.fields import Line, Moment, Whole
from chalicelib.models.gate.batches import MOST_CERTIFICATES_OF_A_BATCH
from chalicelib.models.lines import LONGEST_ID, UnreadableLine, read_or_kept
from chalicelib.models.records import Record

LARGEST_BATCH = 50
"""Forms that a device sends at once."""

MOST_FINDINGS = 50
"""Of one person: more than any policy has."""


class OfflineDecision(SeenAtGate):
    """What was decided about one person of a form, on the way in."""

    person: Annotated[int, Whole(0, MAXIMUM_COMPANIONS), Field(examples=[0])] = 0
    """0 is the traveller, then the companions in the form's order."""
    checkpoint: str = Field(max_length=40, examples=["an-hoa"])
    """Where it was decided: an id of `GET /v1/checkpoints`."""
    recorded_at: Moment = Field(examples=["2021-07-22T14:12:00+07:00"])
    """When it was decided, by the device's clock."""
    certificates: list[Annotated[str, Field(min_length=1, max_length=LONGEST_CERTIFICATE)]] = Field(
        default=[], max_length=MOST_CERTIFICATES, examples=[[]]
    )
    """The texts of certificates that were scanned (`HC1:…`), at most 3."""


class OfflineDeclarationForm(Record):
    """A form that a device took while it had no network, and what was decided with it."""

    id: Annotated[str, Line(LONGEST_ID), Field(examples=["T-0001"])]
    """The device's own number of the form: the same each time it is sent."""
    taken_at: Moment = Field(examples=["2021-07-22T14:10:00+07:00"])
    """When it was taken, by the device's clock. It is the moment of the declaration."""
    form: DeclarationForm
    """The form, as `POST /v1/checkpoint/declarations` takes it."""
    policy_version: str = Field(min_length=1, max_length=40, examples=["2021-07-22"])
    """The version of the policy that the device judged by, from its last sync."""
    findings: list[Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=MOST_FINDINGS)]] | None = (
        Field(default=None, max_length=MAXIMUM_COMPANIONS + 1, examples=[[["declared"]]])
    )
    """Ids of what the device found by this policy, a list for each person. May be left out. Ids that the policy does
    not have are ignored."""
    crossings: list[OfflineDecision] = Field(default=[], max_length=MAXIMUM_COMPANIONS + 1)
    """What was decided with the form, if anything was: one for each person."""


class DeclarationBatchForm(Record):
    """Forms that a device took while it had no network. Each is answered for itself: one that cannot be accepted keeps
    no other from being recorded."""

    device: Annotated[str, Line(64), Field(examples=["an-hoa-tablet-2"])]
    """The device's own id."""
    sent_at: Moment = Field(examples=["2021-07-22T15:00:00+07:00"])
    """When this is sent, by the device's clock: a clock that is wrong is noticed."""
    declarations: list[Annotated[OfflineDeclarationForm, WrapValidator(read_or_kept)]] = Field(
        min_length=1, max_length=LARGEST_BATCH
    )
    """At most 50, in the order in which they were taken; at most 60 certificates among them."""

    @model_validator(mode="after")
    def _certificates_are_few(self) -> Self:
        read = [each for each in self.declarations if not isinstance(each, UnreadableLine)]
        shown = sum(len(crossing.certificates) for each in read for crossing in each.crossings)
        if shown > MOST_CERTIFICATES_OF_A_BATCH:
            context = {"at": "declarations", "limit": MOST_CERTIFICATES_OF_A_BATCH}
            raise PydanticCustomError("too_many_certificates", "send a part of it", context)
        return self
