"""Exposures in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import Code
from chalicelib.models.tracing.exposures import Exposure, ExposureKind, FoundBy


@dataclass
class Exposures:
    kept: list[Exposure] = field(default_factory=list)

    def append(self, exposures: Sequence[Exposure], keep_until: datetime) -> None:
        self.kept += [exposure for exposure in exposures if exposure not in self.kept]

    def declared(self, commune: str, day: date) -> Iterator[tuple[str, str]]:
        zone = ZoneInfo("Asia/Ho_Chi_Minh")
        found = [
            (each.at.astimezone(UTC).isoformat(), Code.parse(each.code).declaration)
            for each in self.kept
            if each.kind is ExposureKind.DECLARED and each.commune == commune and each.at.astimezone(zone).date() == day
        ]
        yield from sorted(found, reverse=True)

    def codes(self, by: FoundBy, hashed: str, *, since: datetime, declarations: int) -> tuple[list[Code], bool]:
        rows = [each for each in self.kept if getattr(each, by) == hashed and each.at >= since]
        newest = sorted(rows, key=lambda each: (each.at, each.code), reverse=True)
        codes = [Code.parse(code) for code in dict.fromkeys(each.code for each in newest)]
        names = list(dict.fromkeys(code.declaration for code in codes))
        return [code for code in codes if code.declaration in names[:declarations]], len(names) <= declarations
