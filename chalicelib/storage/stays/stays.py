"""The `stays` table: stays and the facts beside them, append-only, and the list of each commune.

The partition named by a pass's code has the facts: `STAY`, `ARRIVAL#<number>`, `CHANGE#<number>`, `REPORT#<day>`,
`TEST#<day>`. `COMMUNE#<list version>#<code>` lists the stays that a commune expects (`<last day>#<code of the pass>`).
`PERSON#<hash>` leads to the codes of a person's stays.

The row in a commune's list is changed in the transaction of each fact, and has the number of facts (`version`). Each
write requires the number that it has read. So if two writers collide, one reads again, and a stay is in one list at a
time.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from time import time
from zoneinfo import ZoneInfo

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.entry.codes import Code
from chalicelib.models.people.places import UnitReference
from chalicelib.models.stays.arrivals import Arrival
from chalicelib.models.stays.changes import Change
from chalicelib.models.stays.reports import Report
from chalicelib.models.stays.stays import Fact, ListedStay, Stay, StayRecord
from chalicelib.models.stays.tests import StayTest
from chalicelib.storage.rows import Row, epoch
from chalicelib.storage.tables import Delete, Put, Table

STAY, ARRIVAL, CHANGE, REPORT, TEST = "STAY", "ARRIVAL", "CHANGE", "REPORT", "TEST"
COMMUNE = "COMMUNE"


class StayRow(Row):
    """One row. `version` is in the lists of communes only."""

    partition = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    version = NumberAttribute(null=True)
    expires_at = NumberAttribute()


_NEW = StayRow.partition.does_not_exist()


class Stays:
    """`services.stays.ports.Stays` on DynamoDB. Rows leave `retention` after the last day of the stay."""

    def __init__(self, table: Table[StayRow], *, retention: timedelta, time_zone: str) -> None:
        self._table, self._retention, self._zone = table, retention, ZoneInfo(time_zone)

    def find(self, code: Code) -> StayRecord | None:
        """Strongly consistent. A row whose time has come is gone, although DynamoDB may take days to delete it."""
        rows = self._table.query(str(code), consistent_read=True)
        return record_of({each.row: each.body for each in rows if each.expires_at > time()})

    def find_without_health(self, code: Code) -> StayRecord | None:
        """The same without reports and tests, for those who count: two queries."""
        parts = (StayRow.row < REPORT, StayRow.row == STAY)
        found = [each for part in parts for each in self._table.query(str(code), part, consistent_read=True)]
        return record_of({each.row: each.body for each in found if each.expires_at > time()})

    def open(self, stay: Stay) -> bool:
        record = StayRecord(stay)
        leaves = epoch(self.keep_until(record))
        writes = [Put(StayRow(stay.code, STAY, body=_stored(stay), expires_at=leaves), _NEW)]
        writes.append(Put(StayRow(stays_of(stay.hashed), stay.code, body="", expires_at=leaves)))
        listed = self._listed(record)
        assert listed is not None  # the stay has not ended yet
        return self._table.transact([*writes, Put(listed)]) is None

    def append(self, record: StayRecord, fact: Fact) -> bool:
        after = record.with_fact(fact)
        leaves = epoch(self.keep_until(after))
        new = StayRow(record.stay.code, row_of(record, fact), body=_stored(fact), expires_at=leaves)
        writes: list[Put | Delete] = [Put(new, _NEW)]
        before, listed = self._listed(record), self._listed(after)
        as_read = StayRow.version == record.version
        if listed is not None:
            stays = before is not None and before.key == listed.key
            writes.append(Put(listed, as_read if stays else _NEW))
        if before is not None and (listed is None or before.key != listed.key):
            writes.append(Delete(StayRow(before.partition, before.row), as_read))
        if self._table.transact(writes) is not None:
            return False
        if leaves != epoch(self.keep_until(record)):
            self._keep(record, leaves)
        return True

    def of_commune(self, unit: UnitReference, day: date) -> list[ListedStay]:
        rows = self._table.query(commune_list(unit), StayRow.row >= f"{day}", consistent_read=True)
        return [ListedStay.from_stored(each.body) for each in rows if each.expires_at > time()]

    def keep_until(self, record: StayRecord) -> datetime:
        """When its rows expire."""
        last = min(record.until, date.max - timedelta(days=1)) + timedelta(days=1)
        return datetime.combine(last, time_of_day(), self._zone) + self._retention

    def _keep(self, record: StayRecord, leaves: int) -> None:
        """Change the expiry of earlier rows. If this is interrupted, the next change does it: it is not urgent for
        weeks."""
        keys = [(record.stay.code, STAY), (stays_of(record.stay.hashed), record.stay.code)]
        keys += [(record.stay.code, name) for name in fact_rows(record)]
        for key in keys:
            # Do not recreate a row that was erased meanwhile.
            self._table.update_if(StayRow.partition.exists(), StayRow(*key), [StayRow.expires_at.set(leaves)])

    def _listed(self, record: StayRecord) -> StayRow | None:
        listed = record.listed
        if listed is None:
            return None
        return StayRow(
            commune_list(listed.unit),
            f"{listed.until}#{listed.code}",
            body=_stored(listed),
            version=record.version,
            expires_at=epoch(self.keep_until(record)),
        )


def record_of(bodies: dict[str, str]) -> StayRecord | None:
    """The record of the rows of a pass's partition, by their names and in their order. None without a stay."""
    if STAY not in bodies:
        return None
    return StayRecord(
        Stay.from_stored(bodies[STAY]),
        arrivals=[Arrival.from_stored(each) for each in _of(ARRIVAL, bodies)],
        changes=[Change.from_stored(each) for each in _of(CHANGE, bodies)],
        reports={each.day: each for each in map(Report.from_stored, _of(REPORT, bodies))},
        tests={each.day: each for each in map(StayTest.from_stored, _of(TEST, bodies))},
    )


def commune_list(unit: UnitReference) -> str:
    """The partition with the list of a commune. A commune's code is only valid with the version of its list."""
    return f"{COMMUNE}#{unit.list_version}#{unit.code}"


def stays_of(hashed: str) -> str:
    """The partition that leads from a person to their stays."""
    return f"PERSON#{hashed}"


def row_of(record: StayRecord, fact: Fact) -> str:
    """The row of a new fact. Its number is the count of facts that were read."""
    match fact:
        case Arrival():
            return f"{ARRIVAL}#{len(record.arrivals):03d}"
        case Change():
            return f"{CHANGE}#{len(record.changes):03d}"
        case Report():
            return f"{REPORT}#{fact.day}"
        case StayTest():
            return f"{TEST}#{fact.day}"


def fact_rows(record: StayRecord) -> Iterator[str]:
    """The rows of all facts of a record."""
    yield from (f"{ARRIVAL}#{number:03d}" for number in range(len(record.arrivals)))
    yield from (f"{CHANGE}#{number:03d}" for number in range(len(record.changes)))
    yield from (f"{REPORT}#{day}" for day in record.reports)
    yield from (f"{TEST}#{day}" for day in record.tests)


def leaves_at(row: StayRow) -> datetime:
    return datetime.fromtimestamp(row.expires_at, UTC)


def _of(kind: str, bodies: dict[str, str]) -> list[str]:
    return [body for name, body in bodies.items() if name.startswith(f"{kind}#")]


def _stored(record: Stay | ListedStay | Fact) -> str:
    return record.model_dump_json(exclude_none=True)
