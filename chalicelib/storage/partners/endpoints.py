"""Endpoints of partners in the `reference` table: partition `PARTNERS`, a row for each key, named by its keyed hash."""

from collections.abc import Callable

from chalicelib.models.partners.endpoints import Endpoint
from chalicelib.storage.reference_rows import ReferenceRow, ReferenceTable

PARTNERS = "PARTNERS"


class Endpoints:
    """What is registered. The operator writes it (`python -m infra partners`)."""

    def __init__(self, table: ReferenceTable) -> None:
        self._table = table

    def find(self, partner: str) -> Endpoint | None:
        body = self._table.body_of(PARTNERS, partner)
        return None if body is None else Endpoint.from_stored(body)

    def all(self) -> list[Endpoint]:
        return [Endpoint.from_stored(row.body) for row in self._table.query(PARTNERS)]

    def change(self, partner: str, make: Callable[[Endpoint | None], Endpoint]) -> Endpoint:
        """Store what `make` makes of the endpoint, None if there is none, and return it."""
        return self._table.change(PARTNERS, partner, Endpoint, make)

    def remove(self, partner: str) -> bool:
        """Whether there was one."""
        return self._table.delete_if(ReferenceRow.partition.exists(), ReferenceRow(PARTNERS, partner))
