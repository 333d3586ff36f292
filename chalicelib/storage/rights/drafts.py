"""What the `drafts` table holds about a person: their drafts, their part of other people's, and seats in a bus.

Drafts and seats are found by the person's phone, drafts also by their document. Who is a companion in a draft is taken
out of it; the draft of the person's own phone, or with the person as its traveller, is deleted.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from chalicelib.models.entry.drafts import Draft
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.partners.manifests import Manifest
from chalicelib.models.people.holdings import Holding, PersonKeys
from chalicelib.storage.entry.drafts import DRAFT, ID, DraftRow, day_row, drafts_of, of_person, slot_row
from chalicelib.storage.partners.manifests import MANIFEST, manifest_of, seat_row, seats_of
from chalicelib.storage.rows import Item
from chalicelib.storage.tables import Table

_PURPOSES = {
    DRAFT: "to fill in a form ahead of a trip",
    MANIFEST: "to show at the gate which passengers of a bus have declared",
}


class DraftsOfPersons:
    """The rights of a person in this table."""

    name = "drafts"

    def __init__(self, table: Table[DraftRow]) -> None:
        self._table = table

    def export(self, keys: PersonKeys) -> list[Holding]:
        return [
            *(_of_draft(row, numbers) for row, numbers in self._drafts(keys)),
            *(_of_seat(row, number) for row, number in self._seats(keys)),
        ]

    def erase(self, keys: PersonKeys) -> int:
        """It may be interrupted and repeated: what leads to the rows is deleted last."""
        changed = 0
        for row, numbers in self._drafts(keys):
            changed += self._take_out(row, numbers)
        for row, number in self._seats(keys):
            changed += self._blank(row, number)
        leads = [each for partition in _partitions(keys) for each in self._table.query(partition, consistent_read=True)]
        self._table.batch_write(delete=leads)
        return changed + len(leads)

    @staticmethod
    def restorable(_row: Item, _is_erased: Callable[[str], bool]) -> Item | None:
        """No row comes back: most have no pass whose tombstone would show that the person was erased. They are kept for
        days only, and everyone can declare without them."""
        return None

    def _drafts(self, keys: PersonKeys) -> Iterator[tuple[DraftRow, list[int]]]:
        """The rows of drafts that the person is in, each with their numbers in it. The draft of the person's phone is
        all theirs: the number 0."""
        seen = set()
        for phone in sorted(keys.citizens):
            for row in self._table.query(drafts_of(phone), DraftRow.row.startswith(f"{DRAFT}#"), consistent_read=True):
                seen.add((row.partition, row.row))
                yield row, [0]
        for person in sorted(keys.persons):
            for lead in self._table.query(of_person(person), consistent_read=True):
                phone, _, slot = lead.row.partition("#")
                key = drafts_of(phone), slot_row(int(slot))
                found = None if key in seen else self._table.get(*key)
                if found is None:
                    continue
                seen.add(key)
                hashed = Draft.from_stored(found.body).hashed
                # The draft may have been changed since.
                if numbers := [number for number, each in enumerate(hashed) if each in keys.persons]:
                    yield found, numbers

    def _seats(self, keys: PersonKeys) -> Iterator[tuple[DraftRow, int]]:
        for phone in sorted(keys.citizens):
            for lead in self._table.query(seats_of(phone), consistent_read=True):
                name, _, number = lead.row.partition("#")
                row = self._table.get(manifest_of(name), MANIFEST)
                if row is not None and not Manifest.from_stored(row.body).form.seats[int(number)].is_erased:
                    yield row, int(number)

    def _take_out(self, row: DraftRow, numbers: list[int]) -> int:
        """Take the companions out of a draft, or delete it with its traveller."""
        draft = Draft.from_stored(row.body)
        if 0 in numbers:
            listed = day_row(row.partition.removeprefix(drafts_of("")), draft, int(row.expires_at))
            self._table.batch_write(delete=[row, DraftRow(row.partition, f"{ID}#{row.name}"), listed])
            return 2
        left = [number for number in range(1, len(draft.hashed)) if number not in numbers]
        companions = [draft.form.persons[number] for number in left]
        changed = draft.model_copy(
            update={
                "form": draft.form.model_copy(update={"companions": companions}),
                "hashed": [draft.hashed[number] for number in (0, *left)],
            }
        )
        self._replace(row, changed.model_dump_json(exclude_defaults=True))
        return 1

    def _blank(self, row: DraftRow, number: int) -> int:
        """Blank a seat in its manifest, and delete that it was confirmed. The others keep their numbers."""
        # Several seats of one manifest may have the phone: read it as it is now.
        stored = self._table.get(row.partition, row.row)
        if stored is None:
            return 0
        manifest = Manifest.from_stored(stored.body)
        seats = [each.erased() if at == number else each for at, each in enumerate(manifest.form.seats)]
        changed = manifest.model_copy(update={"form": manifest.form.model_copy(update={"seats": seats})})
        self._replace(stored, changed.model_dump_json(exclude_defaults=True))
        self._table.batch_write(delete=[DraftRow(row.partition, seat_row(number))])
        return 1

    def _replace(self, row: DraftRow, body: str) -> None:
        changed = DraftRow(row.partition, row.row, body=body, name=row.name, expires_at=row.expires_at)
        if self._table.put_if(DraftRow.body == row.body, changed) is not None:
            # It was changed at this moment. The same command again finds what is left.
            raise ServiceUnavailable


def _partitions(keys: PersonKeys) -> Iterator[str]:
    """Those that have nothing but what leads to the person's rows, or what is left of their drafts."""
    yield from (of_person(each) for each in sorted(keys.persons))
    yield from (seats_of(each) for each in sorted(keys.citizens))
    yield from (drafts_of(each) for each in sorted(keys.citizens))


def _of_draft(row: DraftRow, numbers: list[int]) -> Holding:
    draft = Draft.from_stored(row.body)
    written: Any = draft.form.model_dump(mode="json", exclude_none=True)
    persons = [written["traveller"], *written["companions"]]
    written["trip"]["destination"].pop("host", None)  # another person
    content = {
        "id": draft.id,
        "persons": [persons[number] for number in numbers],
        "trip": written["trip"],
        "others_in_it": len(persons) - len(numbers),
    }
    return Holding("drafts", "draft", _PURPOSES[DRAFT], draft.saved_at, _until(row), content)


def _of_seat(row: DraftRow, number: int) -> Holding:
    manifest = Manifest.from_stored(row.body)
    written: Any = json.loads(manifest.form.model_dump_json(exclude_none=True))
    seats = written.pop("seats")
    content = {**written, "passenger": seats[number]}
    return Holding("drafts", "seat", _PURPOSES[MANIFEST], manifest.received_at, _until(row), content)


def _until(row: DraftRow) -> datetime:
    return datetime.fromtimestamp(row.expires_at, UTC)
