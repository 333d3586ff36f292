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
        for exposure in exposures:
            if exposure not in self.kept:
                self.kept.append(exposure)

    def declared(self, commune: str, day: date) -> Iterator[tuple[str, str]]:
        zone = ZoneInfo("Asia/Ho_Chi_Minh")
        for each in sorted(self.kept, key=_found_as, reverse=True):
            if (
                each.kind is ExposureKind.DECLARED
                and each.commune == commune
                and each.at.astimezone(zone).date() == day
            ):
                yield f"{_second(each.at):%Y-%m-%dT%H:%M:%SZ}", Code.parse(each.code).declaration

    def codes(self, by: FoundBy, hashed: str, *, since: datetime, declarations: int) -> tuple[list[Code], bool]:
        rows = [each for each in self.kept if getattr(each, by) == hashed and _second(each.at) >= _second(since)]
        codes: dict[Code, None] = {}
        for row in sorted(rows, key=_found_as, reverse=True):
            code = Code.parse(row.code)
            if len({each.declaration for each in (*codes, code)}) > declarations:
                return list(codes), False
            codes[code] = None
        return list(codes), True


def _found_as(exposure: Exposure) -> tuple[datetime, str, ExposureKind]:
    return _second(exposure.at), exposure.code, exposure.kind


def _second(moment: datetime) -> datetime:
    """As the real keys have it."""
    return moment.astimezone(UTC).replace(microsecond=0)
