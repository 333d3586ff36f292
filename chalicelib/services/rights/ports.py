"""What the rights of a person need from outside."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from chalicelib.models.entry.amendments import Amendment
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.entry.restrictions import Restriction
from chalicelib.models.people.holdings import Holding, PersonKeys
from chalicelib.models.permits.permits import PermitRecord
from chalicelib.models.tracing.exposures import FoundBy

FindCodes = Callable[[FoundBy, str], set[str]]
"""The codes of all passes and permits that have exposures under the keyed hash of a person or a phone."""

FindPermit = Callable[[Code], PermitRecord | None]
"""The permit with this code."""

ReadDeclarations = Callable[[], Iterator[tuple[str, Declaration]]]
"""Every declaration there is, with the 13 characters that its codes begin with. It reads a whole table."""


class Keeper(Protocol):
    """A table that holds something about persons. Each capability has one for its own table."""

    @property
    def name(self) -> str:
        """The table's."""

    def export(self, keys: PersonKeys) -> list[Holding]:
        """What it holds about a person, without the data of others."""

    def erase(self, keys: PersonKeys) -> int:
        """Erase that. Returns how many rows were deleted or blanked. The same again finds what was left."""

    def restorable(self, row: dict[str, Any], is_erased: Callable[[str], bool]) -> dict[str, Any] | None:
        """A row of a backup without those who were erased, by the codes of their passes; None if nothing is left."""


class Requests(Protocol):
    """What a person asked for, beside their declarations, append-only: it leaves with them."""

    def append_restriction(self, held: HeldPass, restriction: Restriction) -> bool:
        """Store it after the restrictions that `held` knows, and list the pass or take it off the list, in one
        transaction. False, and nothing is written, if there is another by now."""

    def append_amendment(self, held: HeldPass, amendment: Amendment) -> bool:
        """Store it after the amendments that `held` knows. False, and nothing is written, if there is another by
        now."""


class Receipts(Protocol):
    def append(self, done: str, asked: str, *, passes: int, at: datetime, keep_until: datetime) -> None:
        """Store what was done, for which person, and for how many of their passes. `asked` is a keyed hash."""


class Erasures(Protocol):
    """What stays of erasures. `asked` and the tombstones are keyed hashes."""

    def begin(self, asked: str, keys: PersonKeys, tombstones: Sequence[str], *, keep_until: datetime) -> None:
        """Note what is being erased, and the tombstones."""

    def unfinished(self) -> dict[str, PersonKeys]:
        """The erasures that were interrupted, by what was asked for."""

    def finish(self, asked: str, rows: Mapping[str, int], *, at: datetime, keep_until: datetime) -> None:
        """Store the receipt, and forget what the erasure had begun with."""
