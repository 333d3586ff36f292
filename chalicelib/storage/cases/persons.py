"""What the `cases` table holds about a person: their own cases, and cases in which they were a contact.

The law on infectious diseases requires contact records until the retention of cases ends. So an erasure deletes names,
phones and notes, and leaves facts under keyed hashes. For an open case, names, phones and notes stay until it is
closed.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from chalicelib.models.cases.cases import Case, CasePerson
from chalicelib.models.cases.contacts import Edge
from chalicelib.models.cases.tellings import Told
from chalicelib.models.cases.works import Work
from chalicelib.models.people.holdings import Holding, PersonKeys
from chalicelib.storage.cases.cases import CASE, EDGE, END, NEAR, PERSON, TOLD, WORK, CaseRow
from chalicelib.storage.rows import Item
from chalicelib.storage.tables import Table

_PURPOSE = "to find those who were near a person who is infected"
_OF_CONTACT = "to warn and to watch those who were near a person who is infected"


class CasesOfPersons:
    """A person's rights to their data in this table."""

    name = "cases"

    def __init__(self, table: Table[CaseRow]) -> None:
        self._table = table

    def export(self, keys: PersonKeys) -> list[Holding]:
        return [*self._own(keys), *self._near(keys)]

    def erase(self, keys: PersonKeys) -> int:
        """Blank names, phones and notes."""
        blanked = []
        for row, case in self._cases(keys):
            if self._table.get(case.code, END) is not None and case.person != CasePerson():
                row.body = _blank(case)
                blanked.append(row)
        for code, person in self._contacts(keys):
            for row in self._rows(code, f"{WORK}#{person}#"):
                work = Work.from_stored(row.body)
                if work.note is not None:
                    row.body = work.model_copy(update={"note": None}).model_dump_json(exclude_none=True)
                    blanked.append(row)
        for row in blanked:
            self._table.put(row)
        return len(blanked)

    @staticmethod
    def restorable(row: Item, is_erased: Callable[[str], bool]) -> Item | None:
        """A row of a backup. The case of an erased person is restored without name and phone."""
        if row["row"]["S"] == CASE and not row["case"]["S"].startswith(f"{PERSON}#"):
            case = Case.from_stored(row["body"]["S"])
            if case.pass_code is not None and is_erased(case.pass_code):
                return {**row, "body": {"S": _blank(case)}}
        return row

    def _own(self, keys: PersonKeys) -> Iterator[Holding]:
        for row, case in self._cases(keys):
            content = case.model_dump(mode="json", exclude_none=True, exclude={"opened_by", "places", "contact_of"})
            until = datetime.fromtimestamp(row.expires_at, UTC)
            yield Holding(self.name, "case", _PURPOSE, case.opened_at, until, content)

    def _near(self, keys: PersonKeys) -> Iterator[Holding]:
        """Neither the case nor place and time: they could reveal who the case is."""
        for code, person in self._contacts(keys):
            told = self._table.get(code, f"{TOLD}#{person}")
            if told is not None:
                until, at = datetime.fromtimestamp(told.expires_at, UTC), Told.from_stored(told.body).at
                yield Holding(self.name, "told as a contact of a case", _OF_CONTACT, at, until, {})
            for row, edge in self._edges(code, person, keys):
                content = {"hop": edge.hop, "kind": edge.kind, "day": str(edge.until.date())}
                until = datetime.fromtimestamp(row.expires_at, UTC)
                yield Holding(self.name, "contact of a case", _OF_CONTACT, edge.found_at, until, content)

    def _cases(self, keys: PersonKeys) -> Iterator[tuple[CaseRow, Case]]:
        codes = {
            each.body for person in keys.persons if (each := self._table.get(f"{PERSON}#{person}", CASE)) is not None
        }
        for code in sorted(codes):
            row = self._table.get(code, CASE)
            case = None if row is None else Case.from_stored(row.body)
            # Two people without a document may have the same name and year of birth, and so the same hash.
            if row is not None and case is not None and case.pass_code in (None, *keys.codes):
                yield row, case

    def _contacts(self, keys: PersonKeys) -> Iterator[tuple[str, str]]:
        for person in sorted(keys.persons):
            for row in self._rows(f"{PERSON}#{person}", f"{NEAR}#"):
                code = row.row.split("#")[1]
                if next(self._edges(code, person, keys), None) is not None:
                    yield code, person

    def _edges(self, code: str, person: str, keys: PersonKeys) -> Iterator[tuple[CaseRow, Edge]]:
        for hop in (1, 2, 3):
            for row in self._rows(code, f"{EDGE}#{hop}#{person}#"):
                edge = Edge.from_stored(row.body)
                if edge.code in keys.codes:
                    yield row, edge

    def _rows(self, partition: str, begins: str) -> Iterator[CaseRow]:
        return self._table.query(partition, CaseRow.row.startswith(begins), consistent_read=True)


def _blank(case: Case) -> str:
    return case.model_copy(update={"person": CasePerson()}).model_dump_json(exclude_none=True)
