"""Checkpoints: the gates on the border of the province."""

from typing import Annotated

from pydantic import Field

from chalicelib.models.errors import ByLanguage
from chalicelib.models.fields import Text, Whole
from chalicelib.models.records import Record

ID = "[a-z0-9-]{2,40}"


class CheckpointForm(Record):
    """A gate: its name and place, and whether it is open. One that is no more is closed, and stays on the list."""

    name: Text
    """Its name in Vietnamese."""
    name_en: Text
    """Its name in English."""
    name_km: Text | None = None
    """Its name in Khmer; left out, the English one is shown."""
    name_zh: Text | None = None
    """Its name in Chinese; left out, the English one is shown."""
    road: Text
    """The road that it stands on."""
    place: Text
    """Where on the road, in words."""
    commune: Annotated[str, Field(max_length=5, examples=["25735"])]
    """A code of the province's list of units."""
    # Vietnam's bounds: the two numbers swapped are found, and a point lost in the sea.
    latitude: Annotated[float, Field(ge=8.0, le=23.5, allow_inf_nan=False)]
    """Degrees north (WGS 84)."""
    longitude: Annotated[float, Field(ge=102.0, le=110.0, allow_inf_nan=False)]
    """Degrees east (WGS 84)."""
    lanes: Annotated[int, Whole(1, 20)]
    """Lanes that are open for the check."""
    open: bool
    """Whether anyone is admitted there. Refusals and isolations are recorded at a closed one, too."""


class Checkpoint(CheckpointForm):
    """A gate with its id."""

    id: str
    """Its id, in paths and forms."""

    @property
    def names(self) -> ByLanguage:
        return ByLanguage(self.name, self.name_en, self.name_km, self.name_zh)
