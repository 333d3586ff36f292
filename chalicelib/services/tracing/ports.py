"""What tracing needs from outside."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.models.entry.records import HeldPass
from chalicelib.models.entry.replacements import Replacement
from chalicelib.models.tracing.exposures import DeclaredPasses, Exposure, FoundBy, PersonAlias, Position, Side
from chalicelib.models.tracing.markers import Marker, SearchEvent

AppendExposures = Callable[[Sequence[Exposure], datetime], None]
"""Store exposures until a time. Storing the same ones again changes nothing."""

AppendAliases = Callable[[Sequence[PersonAlias], datetime], None]
"""Store aliases until a time, in both directions. Storing the same ones again changes nothing."""

Replace = Callable[[HeldPass, Replacement], None]
"""Store that a pass was replaced, and list it for gates. If it was replaced before, nothing changes."""


class DeclaredExposures(Protocol):
    def declared_under(
        self,
        by: FoundBy,
        hashed: str,
        side: Side,
        *,
        since: datetime,
        before: Position | None,
        declarations: int,
        passes: int,
    ) -> DeclaredPasses:
        """One side of the passes declared under a keyed hash, with an arrival after `since`: at most `passes`, of at
        most `declarations` declarations."""


FindMarkers = Callable[[str], Sequence[Marker]]
"""The markers of open cases at a place."""

SearchAgain = Callable[[Sequence[SearchEvent]], None]
"""Ask cases to search there again."""
