"""What tracing needs from outside."""

from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import DeclarationRecord
from chalicelib.models.tracing.exposures import Exposure, PersonAlias

FindRecord = Callable[[Code], DeclarationRecord | None]
"""All that is on record about the declaration of a pass; None if there is none, or if it has left."""

AppendExposures = Callable[[Sequence[Exposure], datetime], None]
"""Store exposures until a time. Storing the same ones again changes nothing."""

AppendAliases = Callable[[Sequence[PersonAlias], datetime], None]
"""Store aliases until a time, in both directions. Storing the same ones again changes nothing."""
