"""What the `tracing` table holds about a person: their aliases, and each exposure under everything that it connects."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from chalicelib.models.people.holdings import Holding, PersonKeys
from chalicelib.models.tracing.exposures import Exposure, FoundBy, PersonAlias, Side
from chalicelib.storage.rows import Item
from chalicelib.storage.tracing.exposures import ExposureRow, Exposures, alias_keys, alias_list_of, list_of

_PURPOSE = "to find those who shared a vehicle, a checkpoint or a destination with a person who is infected"
_PURPOSE_OF_ALIAS = "to find a person's passes by either of their two identity numbers"


class ExposuresOfPersons(Exposures):
    """The rights of a person in this table.

    Every exposure has a row under its person, so these rows lead to all others. The same holds for aliases.
    """

    name = "tracing"

    def codes_of(self, by: FoundBy, hashed: str) -> set[str]:
        """The codes of all passes that have exposures under a keyed hash."""
        lists = [list_of(by, hashed, side) for side in Side]
        return {
            _code(row.moment)
            for each in lists
            for row in self._table.query(each, consistent_read=True, attributes_to_get=["moment"])
        }

    def export(self, keys: PersonKeys) -> list[Holding]:
        # An exposure may stand on both sides.
        exposures = {row.moment: (row, exposure) for row, exposure in self._of(keys)}
        return [
            *(
                Holding(
                    self.name,
                    f"exposure, {exposure.kind}",
                    _PURPOSE,
                    exposure.at,
                    datetime.fromtimestamp(row.expires_at, UTC),
                    # The hashes are of this person, and of the plate that they gave.
                    exposure.model_dump(mode="json", exclude_none=True),
                )
                for row, exposure in exposures.values()
            ),
            *(
                Holding(
                    self.name,
                    "alias",
                    _PURPOSE_OF_ALIAS,
                    alias.at,
                    datetime.fromtimestamp(row.expires_at, UTC),
                    {"code": alias.code, "person": alias.person, "other": alias.other},
                )
                for row, alias in self._aliases_of(keys)
            ),
        ]

    def erase(self, keys: PersonKeys) -> int:
        """Delete each exposure's and alias's rows, those that lead to the others at the end. It may be interrupted."""
        own, others = {}, {}
        for row, exposure in self._of(keys):
            own[row.place, row.moment] = row
            plates = (row.other_plates or "").split()
            corrected = (list_of(FoundBy.PLATE, each, side) for each in plates for side in exposure.sides)
            for place in (*self._places(exposure), *corrected):
                others[place, row.moment] = ExposureRow(place, row.moment)
        for row, alias in self._aliases_of(keys):
            own[row.place, row.moment] = row
            others |= {key: ExposureRow(*key) for key in alias_keys(alias)}
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
            for side in Side:
                for row in self._rows(list_of(FoundBy.PERSON, person, side), keys):
                    yield row, Exposure.from_stored(row.body)

    def _aliases_of(self, keys: PersonKeys) -> Iterator[tuple[ExposureRow, PersonAlias]]:
        for person in sorted(keys.persons):
            for row in self._rows(alias_list_of(person), keys):
                at, code, _, other = row.moment.split("#")
                yield row, PersonAlias(datetime.fromisoformat(at), code, person, other)

    def _rows(self, place: str, keys: PersonKeys) -> Iterator[ExposureRow]:
        for row in self._table.query(place, consistent_read=True):
            # Two people without a document may have the same name and year of birth, and so the same hash.
            if _code(row.moment) in keys.codes:
                yield row


def _code(moment: str) -> str:
    return moment.split("#")[1]
