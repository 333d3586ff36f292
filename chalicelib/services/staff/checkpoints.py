"""Change a checkpoint, or add one. None is ever deleted: records name it."""

import re

from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.people.province import Province
from chalicelib.models.staff.checkpoints import ID, Checkpoint, CheckpointForm
from chalicelib.models.staff.errors import CheckpointChangeRefused, CheckpointIdMalformed
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.services.staff.ports import Checkpoints, Postings
from chalicelib.services.staff.postings import require_posting


def change_checkpoint(
    checkpoint_id: str,
    form: CheckpointForm,
    *,
    staff: Principal,
    province: Province,
    postings: Postings,
    checkpoints: Checkpoints,
) -> Checkpoint:
    """Replace the checkpoint with this id, or add one. The same again changes nothing.

    An administrator changes everything; a supervisor opens, closes and sets the lanes where they are posted.

    Raises
    ------
    CheckpointIdMalformed
    CheckpointChangeRefused
        A supervisor would change more, or add a checkpoint.
    NotPosted, PostedElsewhere
        The supervisor does not act for the checkpoint.
    InvalidInput
        The commune is none of the province.
    """
    if not re.fullmatch(ID, checkpoint_id):
        raise CheckpointIdMalformed
    checkpoint = Checkpoint(id=checkpoint_id, **form.model_dump())
    as_administrator = staff.may(frozenset({Role.ADMINISTRATOR}))
    if as_administrator and not province.contains(form.commune):
        params = {"list_version": province.units_list}
        raise InvalidInput([FieldProblem("/commune", "commune_not_of_the_province", params)])

    def changed(on_record: Checkpoint | None) -> Checkpoint:
        if not as_administrator:
            if on_record is None or _but_for_open_and_lanes(checkpoint) != _but_for_open_and_lanes(on_record):
                raise CheckpointChangeRefused
            require_posting(staff, checkpoint_id, postings=postings)
        return checkpoint

    return checkpoints.change(checkpoint_id, changed)


def _but_for_open_and_lanes(checkpoint: Checkpoint) -> dict[str, object]:
    return checkpoint.model_dump(exclude={"open", "lanes"})
