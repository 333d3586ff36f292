"""The checkpoints, in the `reference` table: in the partition `CURRENT`, a row `CHECKPOINT#<id>` for each."""

from collections.abc import Callable

from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.storage.reference_rows import CURRENT, ReferenceRow, ReferenceTable

_ROW = "CHECKPOINT#"


class Checkpoints:
    """`services.staff.ports.Checkpoints` on DynamoDB. `changed` is called after each change."""

    def __init__(self, reference: ReferenceTable, *, changed: Callable[[], None]) -> None:
        self._reference, self._changed = reference, changed

    def find(self, checkpoint_id: str) -> Checkpoint | None:
        body = self._reference.body_of(CURRENT, _ROW + checkpoint_id)
        return None if body is None else Checkpoint.from_stored(body)

    def change(self, checkpoint_id: str, make: Callable[[Checkpoint | None], Checkpoint]) -> Checkpoint:
        try:
            return self._reference.change(CURRENT, _ROW + checkpoint_id, Checkpoint, make)
        finally:
            self._changed()


def checkpoints_in(rows: dict[str, str]) -> dict[str, Checkpoint]:
    """The checkpoints among the rows of the partition, by their ids. `rows` has the bodies by the rows' names."""
    return {row.removeprefix(_ROW): Checkpoint.from_stored(body) for row, body in rows.items() if row.startswith(_ROW)}


def store_shipped_checkpoint(checkpoint: Checkpoint, reference: ReferenceTable) -> None:
    """Replace the checkpoint with this id, or add it."""
    reference.put(ReferenceRow(CURRENT, _ROW + checkpoint.id, body=checkpoint.model_dump_json(exclude_none=True)))
