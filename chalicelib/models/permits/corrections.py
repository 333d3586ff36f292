"""The correction of a crossing by permit: a fact beside it. The crossing stays as it was; the last correction holds."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple, Self

from pydantic import Field

from chalicelib.models.entry.codes import TypedCode
from chalicelib.models.entry.crossings import Decision, Direction
from chalicelib.models.fields import Moment, Reason
from chalicelib.models.people.plates import PlateText
from chalicelib.models.permits.crossings import PermitCrossing, any_plate, crossing_name
from chalicelib.models.records import Record, at_edge
from chalicelib.models.staff.recorded import Recorded


class PermitCorrectionForm(Record):
    """What staff say about a crossing by permit that was recorded wrongly, or that they overrule."""

    code: TypedCode
    """The permit's code."""
    direction: Direction = Direction.IN
    """The direction of the crossing."""
    crossed_at: Moment
    """When it was: its `crossed_at`, or any time of that minute."""
    decision: Decision
    """What holds now."""
    plate_seen: Annotated[
        PlateText | None,
        Field(max_length=20, examples=["70A-123.45"]),
        at_edge(any_plate),
    ] = None
    """The plate of the vehicle, if it was recorded wrongly. Left out, it stays."""
    reason: Reason = Field(examples=["Bấm nhầm"])
    """Why the crossing is corrected."""

    @property
    def crossing(self) -> str:
        """The name of the crossing."""
        return crossing_name(self.crossed_at, self.direction)


class PermitCorrection(Recorded):
    """The fact that a crossing by permit was corrected. The last one of a crossing holds."""

    decision: Decision
    """What held from then on."""
    plate_seen: str | None = None
    """The plate of the vehicle; left out if that was right."""
    reason: str
    """Why."""


class CorrectedPermitCrossing(NamedTuple):
    """A crossing by permit, and its corrections in their order."""

    crossing: PermitCrossing
    corrections: Sequence[PermitCorrection] = ()

    @property
    def decision(self) -> Decision:
        """The one that holds."""
        return self.corrections[-1].decision if self.corrections else self.crossing.decision

    @property
    def plates_seen(self) -> list[str]:
        """All plates that staff wrote, the one that holds last."""
        written = [self.crossing.plate_seen, *(each.plate_seen for each in self.corrections)]
        return [each for each in written if each is not None]

    def with_correction(self, correction: PermitCorrection) -> Self:
        return self._replace(corrections=[*self.corrections, correction])
