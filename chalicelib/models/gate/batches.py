"""What a device recorded without network."""

from typing import Annotated, Self

from pydantic import Field, WrapValidator, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.entry.crossings import CrossingForm
from chalicelib.models.fields import Line, Moment
from chalicelib.models.lines import LONGEST_ID, read_or_kept
from chalicelib.models.records import Record

MOST_CERTIFICATES_OF_A_BATCH = 60

LARGEST_BATCH = 500
"""Crossings that a device sends at once."""


class OfflineCrossingForm(CrossingForm):
    """A crossing that a device kept while it had no network."""

    id: Annotated[str, Line(LONGEST_ID), Field(examples=["0001"])]
    """The device's own id of it: the same each time it is sent."""
    recorded_at: Moment = Field(examples=["2021-07-22T02:10:00+07:00"])
    """When it was decided, by the device's clock."""


class BatchForm(Record):
    """What a device kept while it had no network. Each crossing is answered for itself: one that cannot be accepted
    keeps no other from being recorded."""

    device: Annotated[str, Line(64), Field(examples=["an-hoa-tablet-2"])]
    """The device's own id."""
    sent_at: Moment = Field(examples=["2021-07-22T03:00:00+07:00"])
    """When this is sent, by the device's clock: a clock that is wrong is noticed."""
    crossings: list[Annotated[OfflineCrossingForm, WrapValidator(read_or_kept)]] = Field(
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
