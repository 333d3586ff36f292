"""What is sent about people who wait at a gate: by guards in the queue, and by the holder's own phone."""

from typing import Annotated, Any, Self

from pydantic import Field, WrapValidator, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.entry.codes import TypedCode
from chalicelib.models.fields import Line, Moment
from chalicelib.models.lines import read_or_kept
from chalicelib.models.records import Record, any_of

MOST_ARRIVALS = 100
"""Passes of one call."""


class ArrivalLine(Record):
    """One person in the queue."""

    code: TypedCode
    """The pass's code."""
    recorded_at: Moment | None = Field(default=None, examples=["2021-07-22T14:30:00+07:00"])
    """When they were there, by the device's clock: only in a batch that a device kept without network."""


def _schema(offline: bool) -> dict[str, Any]:
    kind = "string" if offline else "null"
    line = {"properties": {"recorded_at": {"type": kind}}, **({"required": ["recorded_at"]} if offline else {})}
    return {
        "properties": {"device": {"type": kind}, "sent_at": {"type": kind}, "arrivals": {"items": line}},
        **({"required": ["device", "sent_at"]} if offline else {}),
    }


class ArrivalsForm(Record):
    """People in the queue of a gate. Each line is answered for itself: one that cannot be accepted keeps no other from
    being recorded. `device`, `sent_at` and each `recorded_at` are sent together, for what a device kept without
    network, or not at all."""

    model_config = {"json_schema_extra": any_of(_schema(offline=False), _schema(offline=True))}

    checkpoint: str = Field(max_length=40, examples=["an-hoa"])
    """Where they wait: an id of `GET /v1/checkpoints`."""
    arrivals: list[Annotated[ArrivalLine, WrapValidator(read_or_kept)]] = Field(
        min_length=1, max_length=MOST_ARRIVALS, examples=[[{"code": "0000-0000-0000-0000"}]]
    )
    """At most 100."""
    device: Annotated[str, Line(64)] | None = None
    """The device's own id."""
    sent_at: Moment | None = None
    """When this is sent, by the device's clock: a clock that is wrong is noticed."""

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        offline = self.device is not None
        if offline != (self.sent_at is not None):
            missing = "sent_at" if offline else "device"
            raise PydanticCustomError("field_missing", "both or none", {"at": missing})
        for number, line in enumerate(self.arrivals):
            if isinstance(line, ArrivalLine) and offline != (line.recorded_at is not None):
                kind = "field_missing" if offline else "arrival_time_not_wanted"
                raise PydanticCustomError(kind, "only in a batch", {"at": f"arrivals/{number}/recorded_at"})
        return self


class OwnArrivalForm(Record):
    """What the holder's phone read from the board of the gate."""

    board: str = Field(max_length=120, examples=["TNB1:an-hoa:5423410:0000000000000"])
    """The whole text of its QR."""
