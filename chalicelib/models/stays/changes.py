"""Changes of a stay: each has a reason and a name, and the last one can be taken back."""

from datetime import date
from typing import Any, Self

from pydantic import AwareDatetime, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Day, Reason, Text
from chalicelib.models.people.places import UnitReference
from chalicelib.models.records import STORED, Record, any_of
from chalicelib.models.staff.recorded import Recorded


class ChangeKind(StrEnum):
    """What is changed."""

    MOVED = "moved"
    """Another commune expects the person."""
    LONGER = "longer"
    """It lasts longer."""
    SHORTER = "shorter"
    """It ends earlier, today or later."""
    ENDED = "ended"
    """It ends now: it was not needed, or is not needed any more."""
    LEFT = "left"
    """The person left the province."""
    TAKEN_BACK = "taken_back"
    """The last change is taken back."""

    @property
    def ends(self) -> bool:
        return self in (self.ENDED, self.LEFT)

    @property
    def sets_until(self) -> bool:
        return self in (self.LONGER, self.SHORTER)


def _needs() -> dict[str, Any]:
    def one(kinds: list[str], needed: dict[str, str]) -> dict[str, Any]:
        unneeded = {"until": "string", "to": "object", "address": "string"}.keys() - needed.keys()
        return {
            "required": [*needed],
            "properties": {
                "kind": {"enum": kinds},
                **{name: {"type": kind} for name, kind in needed.items()},
                **{name: {"type": "null"} for name in sorted(unneeded)},
            },
        }

    return any_of(
        one(["moved"], {"to": "object", "address": "string"}),
        one(["longer", "shorter"], {"until": "string"}),
        one(["ended", "left", "taken_back"], {}),
    )


class ChangeForm(Record):
    """What is changed, and why. `until` with `longer` and `shorter`; `to` and `address` with `moved`."""

    model_config = ConfigDict(json_schema_extra=_needs())

    kind: ChangeKind
    """What is changed."""
    until: Day | None = Field(default=None, examples=[None])
    """The new last day."""
    to: UnitReference | None = Field(default=None, examples=[None])
    """The commune that expects the person from now on."""
    address: Text | None = Field(default=None, examples=[None])
    """House and street, or hamlet, in that commune."""
    reason: Reason = Field(examples=["Xét nghiệm âm tính ngày thứ 7"])
    """Why."""

    @model_validator(mode="after")
    def _fits_its_kind(self, info: ValidationInfo) -> Self:
        if info.context is not STORED:
            moves = self.kind is ChangeKind.MOVED
            for name, needed in (("until", self.kind.sets_until), ("to", moves), ("address", moves)):
                if (getattr(self, name) is not None) != needed:
                    raise PydanticCustomError("change_does_not_fit", "not with this kind", {"at": name})
        return self


class Change(Recorded):
    """The fact that a stay was changed."""

    kind: ChangeKind
    """What was changed."""
    until: date | None = None
    """The new last day; for a change that ended the stay, the day on which it ended."""
    to: UnitReference | None = None
    """The commune that the person was moved to."""
    address: str | None = None
    """The address in that commune."""
    reason: str
    """Why."""
    follows_decision: bool = False
    """Whether it follows from a decision at the gate: the admission was corrected, the pass was revoked, or the person
    left."""
    crossed_at: AwareDatetime | None = None
    """Of a permit's holder: the time of the crossing from which it follows, on the way out with `left`, else on the way
    in."""
