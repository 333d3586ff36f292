"""The checkpoints, in the `reference` table: in the partition `CURRENT`, a row `CHECKPOINT#<id>` for each."""

from collections.abc import Callable

from chalicelib.models.records import STORED
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.storage.reference_rows import CURRENT, ReferenceRow, body_of, change_row
from chalicelib.storage.tables import answering

ROW = "CHECKPOINT#"


class Checkpoints:
    """`services.staff.ports.Checkpoints` on DynamoDB. `changed` is called after each change."""

    def __init__(self, *, changed: Callable[[], None]) -> None:
        self._changed = changed

    def find(self, checkpoint_id: str) -> Checkpoint | None:
        body = body_of(CURRENT, ROW + checkpoint_id)
        return None if body is None else Checkpoint.model_validate_json(body, context=STORED)

    def change(self, checkpoint_id: str, make: Callable[[Checkpoint | None], Checkpoint]) -> Checkpoint:
        try:
            return change_row(CURRENT, ROW + checkpoint_id, Checkpoint, make)
        finally:
            self._changed()


def store_shipped_checkpoint(checkpoint: Checkpoint) -> None:
    """Replace the checkpoint with this id, or add it."""
    with answering():
        ReferenceRow(CURRENT, ROW + checkpoint.id, body=checkpoint.model_dump_json()).save()
