"""Stays in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from chalicelib.models.entry.codes import Code
from chalicelib.models.people.places import UnitReference
from chalicelib.models.stays.stays import Fact, ListedStay, Stay, StayRecord


@dataclass
class Stays:
    """`meanwhile` is what others do between a reading and the next write; it is done once."""

    records: dict[str, StayRecord] = field(default_factory=dict)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    writes: int = 0

    def find(self, code: Code) -> StayRecord | None:
        return self.records.get(str(code))

    def open(self, stay: Stay) -> bool:
        self._others()
        if stay.code in self.records:
            return False
        self.writes += 1
        self.records[stay.code] = StayRecord(stay)
        return True

    def append(self, record: StayRecord, fact: Fact) -> bool:
        self._others()
        if self.records[record.stay.code].version != record.version:
            return False
        self.writes += 1
        self.records[record.stay.code] = record.with_fact(fact)
        return True

    def of_commune(self, unit: UnitReference, day: date) -> list[ListedStay]:
        listed = [each.listed for each in self.records.values() if each.unit == unit]
        return [each for each in listed if each is not None and each.until >= day]

    def _others(self) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()
