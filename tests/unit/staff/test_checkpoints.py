"""Who changes a checkpoint, and what a checkpoint can be."""

from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.models.errors import InvalidInput
from chalicelib.models.staff.errors import CheckpointChangeRefused, CheckpointIdMalformed, PostedElsewhere
from tests.unit.fakes.staff import gates
from tests.unit.staff.office import ADMINISTRATOR, SUPERVISOR, Office


def test_an_administrator_changes_everything_and_adds_checkpoints(office: Office) -> None:
    changed = office.change(ADMINISTRATOR, name="Chốt mới", lanes=20)
    added = office.change(ADMINISTRATOR, "cho-moi-2")
    assert office.checkpoints.kept == {**gates(), "an-hoa": changed, "cho-moi-2": added}
    assert (changed.id, changed.name, added.id) == ("an-hoa", "Chốt mới", "cho-moi-2")


def test_a_supervisor_opens_closes_and_sets_the_lanes_where_they_are_posted(office: Office) -> None:
    office.postings.post("supervisor", "an-hoa")
    office.change(SUPERVISOR, open=False, lanes=1)
    stored = office.checkpoints.kept["an-hoa"]
    assert (stored.open, stored.lanes) == (False, 1)
    for changes in ({"name": "Chốt khác"}, {"road": "QL1", "open": False}, {"latitude": 11.1}):
        with pytest.raises(CheckpointChangeRefused):
            office.change(SUPERVISOR, **changes)
    with pytest.raises(CheckpointChangeRefused):
        office.change(SUPERVISOR, "cho-moi-2")
    office.post("an-tinh", "supervisor")
    with pytest.raises(PostedElsewhere):
        office.change(SUPERVISOR, open=False)
    assert office.checkpoints.kept == {**gates(), "an-hoa": stored}


def test_a_supervisor_does_not_undo_what_an_administrator_changed_meanwhile(office: Office) -> None:
    def rename() -> None:
        gate = office.checkpoints.kept["an-hoa"]
        office.checkpoints.kept["an-hoa"] = gate.model_copy(update={"name": "Chốt mới"})

    office.postings.post("supervisor", "an-hoa")
    office.checkpoints.meanwhile = rename
    with pytest.raises(CheckpointChangeRefused):
        office.change(SUPERVISOR, lanes=9)
    stored = office.checkpoints.kept["an-hoa"]
    assert (stored.name, stored.lanes) == ("Chốt mới", 2)


@pytest.mark.parametrize("checkpoint_id", ["a", "An-Hoa", "an hoa", "an_hoa", "chốt", "an-hoa\n", "x" * 41])
def test_an_id_that_cannot_be_is_refused(office: Office, checkpoint_id: str) -> None:
    with pytest.raises(CheckpointIdMalformed):
        office.change(ADMINISTRATOR, checkpoint_id)


def test_a_checkpoint_lies_in_a_commune_of_the_province(office: Office) -> None:
    for commune in ("00001", "703", "72", ""):
        with pytest.raises(InvalidInput) as raised:
            office.change(ADMINISTRATOR, commune=commune)
        assert [(each.pointer, each.code) for each in raised.value.problems] == [
            ("/commune", "commune_not_of_the_province")
        ]


@pytest.mark.parametrize(
    "changes",
    [
        {"latitude": 106.352, "longitude": 11.0365},
        {"latitude": 7.9},
        {"longitude": 110.1},
        {"latitude": float("nan")},
        {"lanes": 0},
        {"lanes": 21},
        {"name": ""},
        {"name": "hai\ndòng"},
        {"road": "x" * 201},
        {"open": 1},
        {"id": "an-hoa"},
    ],
)
def test_what_no_checkpoint_can_be_is_refused(office: Office, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        office.change(ADMINISTRATOR, **changes)
