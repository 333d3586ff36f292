"""The `drafts` table: what is filled in ahead of a declaration. It has no stream: nothing happens because of a draft.

| partition | row | for |
|---|---|---|
| `PHONE#` and the phone's keyed hash | `DRAFT#0` to `DRAFT#4` | the drafts of a phone: each has a slot |
| | `ID#<id>` | that this id was given; the code of the declaration, once it is confirmed |
| `DAY#<day>#0` to `…#3` | `<planned time>#<id>`, or `-#<id>` | lists a draft by its day: `body` is the phone's hash |
| `PERSON#` and a person's keyed hash | `<the phone's hash>#<slot>` | leads from a person to the drafts they are in |
| `MANIFEST#…`, `PLATE#…`, `SERVICE#…`, `SEATS#…` | | lists of passengers: `storage.partners.manifests` |

A phone has as many drafts as there are slots: the condition of the write holds that, however many come at once. A day
is spread over partitions, as one takes 1,000 writes a second.
"""

from collections.abc import Iterator
from datetime import date, datetime
from datetime import time as time_of_day
from time import time
from zoneinfo import ZoneInfo

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.entry.codes import ALPHABET, Code
from chalicelib.models.entry.drafts import MOST_DRAFTS, Appended, Draft
from chalicelib.storage.rows import Row, epoch
from chalicelib.storage.tables import Delete, Put, Table

DRAFT, ID, DAY = "DRAFT", "ID", "DAY"
PARTS = 4
"""Of the list of a day."""
UNPLANNED = "-"
"""The time of a draft without one, in the list of its day."""


class DraftRow(Row):
    """One row. `name` is the id of the draft in a slot."""

    partition = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


NEW_ROW = DraftRow.partition.does_not_exist()


class Drafts:
    """`services.entry.ports.Drafts` on DynamoDB."""

    def __init__(self, table: Table[DraftRow], *, time_zone: str) -> None:
        self._table, self._zone = table, ZoneInfo(time_zone)

    def of_phone(self, phone_hash: str) -> list[Draft]:
        """One query, strongly consistent."""
        rows = self._table.query(drafts_of(phone_hash), DraftRow.row.startswith(f"{DRAFT}#"), consistent_read=True)
        return [Draft.from_stored(each.body) for each in rows if each.expires_at > time()]

    def find(self, phone_hash: str, name: str) -> Draft | None:
        return next((each for each in self.of_phone(phone_hash) if each.id == name), None)

    def append(self, phone_hash: str, draft: Draft) -> Appended:
        """A query, and a transaction for each slot that is tried."""
        taken = {each.slot for each in self.of_phone(phone_hash)}
        for slot in (each for each in range(MOST_DRAFTS) if each not in taken):
            placed = draft.model_copy(update={"slot": slot})
            # An expired row may still be there.
            free = NEW_ROW | (DraftRow.expires_at <= int(time()))
            writes = [Put(self._row(phone_hash, placed), free), Put(self._named(phone_hash, placed, ""), NEW_ROW)]
            writes.append(Put(self._day(phone_hash, placed)))
            failed = self._table.transact([*writes, *map(Put, self._leads(phone_hash, placed))])
            if failed is None:
                return Appended.STORED
            if 1 in failed:
                return Appended.NAME_TAKEN
        return Appended.NO_ROOM

    def replace(self, phone_hash: str, kept: Draft, changed: Draft) -> bool:
        placed = changed.model_copy(update={"slot": kept.slot})
        leads = list(self._leads(phone_hash, placed))
        new = {each.partition for each in leads}
        former = [Delete(each) for each in self._leads(phone_hash, kept) if each.partition not in new]
        writes: list[Put | Delete] = [Put(self._row(phone_hash, placed), DraftRow.name == kept.id)]
        writes += map(Put, [self._named(phone_hash, placed, ""), *leads])
        listed, before = self._day(phone_hash, placed), self._day(phone_hash, kept)
        writes.append(Put(listed))
        if before.key != listed.key:
            writes.append(Delete(before))
        if self._table.transact(writes) is not None:
            return False
        if former:
            # Not in the same transaction: for two full buses that would be too many writes. A row that is left leads
            # to a draft without the person, which the reader notices.
            self._table.transact(former)
        return True

    def delete(self, phone_hash: str, draft: Draft) -> bool:
        return self._table.transact(self._deletion(phone_hash, draft)) is None

    def confirm(self, phone_hash: str, draft: Draft, code: Code) -> None:
        became = Put(self._named(phone_hash, draft, str(code)))
        if self._table.transact([*self._deletion(phone_hash, draft), became]) is not None:
            # Another request of its owner has deleted it meanwhile.
            self._table.put(self._named(phone_hash, draft, str(code)))

    def confirmed_as(self, phone_hash: str, name: str) -> Code | None:
        rows = self._table.query(drafts_of(phone_hash), DraftRow.row == f"{ID}#{name}", consistent_read=True)
        return next((Code.parse(each.body) for each in rows if each.body and each.expires_at > time()), None)

    def _deletion(self, phone_hash: str, draft: Draft) -> list[Put | Delete]:
        leads = map(Delete, self._leads(phone_hash, draft))
        slot = Delete(DraftRow(drafts_of(phone_hash), slot_row(draft.slot)), DraftRow.name == draft.id)
        return [slot, Delete(self._day(phone_hash, draft)), *leads]

    def _row(self, phone_hash: str, draft: Draft) -> DraftRow:
        body = draft.model_dump_json(exclude_defaults=True)
        row, leaves = slot_row(draft.slot), self._leaves(draft)
        return DraftRow(drafts_of(phone_hash), row, body=body, name=draft.id, expires_at=leaves)

    def _named(self, phone_hash: str, draft: Draft, became: str) -> DraftRow:
        return DraftRow(drafts_of(phone_hash), f"{ID}#{draft.id}", body=became, expires_at=self._leaves(draft))

    def _day(self, phone_hash: str, draft: Draft) -> DraftRow:
        return day_row(phone_hash, draft, self._leaves(draft))

    def _leads(self, phone_hash: str, draft: Draft) -> Iterator[DraftRow]:
        for person in dict.fromkeys(draft.hashed):
            yield DraftRow(of_person(person), f"{phone_hash}#{draft.slot}", body="", expires_at=self._leaves(draft))

    def _leaves(self, draft: Draft) -> int:
        return epoch(datetime.combine(draft.leaves_on, time_of_day(), self._zone))


def drafts_of(phone_hash: str) -> str:
    """The partition of a phone's drafts."""
    return f"PHONE#{phone_hash}"


def of_person(person_hash: str) -> str:
    """The partition that leads from a person to the drafts they are in."""
    return f"PERSON#{person_hash}"


def slot_row(slot: int) -> str:
    return f"{DRAFT}#{slot}"


def day_row(phone_hash: str, draft: Draft, expires_at: int) -> DraftRow:
    """The row that lists a draft."""
    key = day_key(draft.form.trip.expected_day, draft.form.trip.expected_time, draft.id)
    return DraftRow(*key, body=phone_hash, expires_at=expires_at)


def day_key(day: date, planned: str | None, name: str) -> tuple[str, str]:
    """The partition and the row that list a draft."""
    # Ids begin with random characters.
    part = ALPHABET.find(name[0]) % PARTS
    return f"{DAY}#{day}#{part}", f"{planned or UNPLANNED}#{name}"
