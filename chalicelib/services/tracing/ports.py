"""What tracing needs from outside."""

from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.models.tracing.exposures import Exposure, PersonAlias
from chalicelib.models.tracing.markers import Marker, SearchEvent

AppendExposures = Callable[[Sequence[Exposure], datetime], None]
"""Store exposures until a time. Storing the same ones again changes nothing."""

AppendAliases = Callable[[Sequence[PersonAlias], datetime], None]
"""Store aliases until a time, in both directions. Storing the same ones again changes nothing."""

FindMarkers = Callable[[str], Sequence[Marker]]
"""The markers of open cases at a place."""

SearchAgain = Callable[[Sequence[SearchEvent]], None]
"""Ask cases to search there again."""
