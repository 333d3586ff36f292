"""What the `tracing` table holds about a person: each exposure, under everything that it connects."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from chalicelib.models.people.holdings import Holding, PersonKeys
from chalicelib.models.records import STORED
from chalicelib.models.tracing.exposures import Exposure, FoundBy
from chalicelib.storage.rows import Item
from chalicelib.storage.tracing.exposures import ExposureRow, Exposures

_PURPOSE = "to find those who shared a vehicle, a checkpoint or a destination with a person who is infected"


class ExposuresOfPersons(Exposures):
    """The rights of a person in this table.

    Every exposure has a row under its person, so these rows lead to all others.
    """

    name = "tracing"

    def codes_of(self, by: FoundBy, hashed: str) -> set[str]:
        """The codes of all passes that have exposures under a keyed hash."""
        rows = self._table.query(f"{by.upper()}#{hashed}", consistent_read=True, attributes_to_get=["moment"])
        return {_code(row.moment) for row in rows}

    def export(self, keys: PersonKeys) -> list[Holding]:
        return [
            Holding(
                self.name,
                f"exposure, {exposure.kind}",
                _PURPOSE,
                exposure.at,
                datetime.fromtimestamp(row.expires_at, UTC),
                # The hashes are of this person, and of the plate that they gave.
                exposure.model_dump(mode="json", exclude_none=True),
            )
            for row, exposure in self._of(keys)
        ]

    def erase(self, keys: PersonKeys) -> int:
        """Delete each exposure's rows, those that lead to the others at the end. It may be interrupted."""
        own, others = {}, {}
        for row, exposure in self._of(keys):
            own[row.place, row.moment] = row
            for place in self._places(exposure):
                others[place, row.moment] = ExposureRow(place, row.moment)
        others = {key: row for key, row in others.items() if key not in own}
        for deleted in (others, own):
            self._table.batch_write(delete=deleted.values())
        return len(others) + len(own)

    @staticmethod
    def restorable(row: Item, is_erased: Callable[[str], bool]) -> Item | None:
        """A row of a backup; None if it is of someone who was erased."""
        return None if is_erased(_code(row["moment"]["S"])) else row

    def _of(self, keys: PersonKeys) -> Iterator[tuple[ExposureRow, Exposure]]:
        for person in sorted(keys.persons):
            for row in self._table.query(f"{FoundBy.PERSON.upper()}#{person}", consistent_read=True):
                # Two people without a document may have the same name and year of birth, and so the same hash.
                if _code(row.moment) in keys.codes:
                    yield row, Exposure.model_validate_json(row.body, context=STORED)


def _code(moment: str) -> str:
    return moment.split("#")[1]
