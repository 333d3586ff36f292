"""Who acts for which checkpoint, now and at a moment that has passed; and who changes a checkpoint."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.models.errors import InvalidInput
from chalicelib.models.people.province import province
from chalicelib.models.staff.checkpoints import Checkpoint, CheckpointForm
from chalicelib.models.staff.errors import (
    CheckpointChangeRefused,
    CheckpointIdMalformed,
    NotPosted,
    PostedElsewhere,
    StaffSubjectMalformed,
)
from chalicelib.models.staff.staff import MOST_POSTINGS, PostingForm, Principal, Role, StaffRecord
from chalicelib.services.staff.checkpoints import change_checkpoint
from chalicelib.services.staff.postings import list_staff, post, require_posting, require_posting_then
from tests.forms import NOW
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.staff import Checkpoints, Postings, gates

GUARD = Principal("guard", frozenset({Role.CHECKPOINT}))
SUPERVISOR = Principal("supervisor", frozenset({Role.SUPERVISOR}))
ADMINISTRATOR = Principal("administrator", frozenset({Role.ADMINISTRATOR}))


@dataclass
class Office:
    """Where people are posted from."""

    clock: Clock = field(default_factory=Clock)
    postings: Postings = field(default_factory=Postings)
    checkpoints: Checkpoints = field(default_factory=Checkpoints)

    def post(self, checkpoint: str | None, subject: str = GUARD.subject, name: str | None = None) -> StaffRecord:
        return post(
            subject,
            PostingForm(checkpoint=checkpoint, name=name),
            by=SUPERVISOR,
            postings=self.postings,
            checkpoints=self.checkpoints,
            clock=self.clock,
        )

    def requires(self, checkpoint: str, at: datetime | None = None) -> None:
        if at is None:
            require_posting(GUARD, checkpoint, postings=self.postings)
        else:
            require_posting_then(GUARD, checkpoint, at, self.postings.of(GUARD.subject, fresh=True))

    def change(self, staff: Principal, checkpoint_id: str = "an-hoa", **changes: Any) -> Checkpoint:
        standing = gates()["an-hoa"].model_dump(exclude={"id"})
        return change_checkpoint(
            checkpoint_id,
            CheckpointForm(**{**standing, **changes}),
            staff=staff,
            province=province("tay-ninh"),
            postings=self.postings,
            checkpoints=self.checkpoints,
        )


@pytest.fixture
def office() -> Office:
    return Office()


# Postings


def test_whoever_was_never_posted_is_told_their_id_and_to_ask(office: Office) -> None:
    with pytest.raises(NotPosted) as raised:
        office.requires("an-hoa")
    assert raised.value.params == {"subject": "guard"}


def test_a_member_of_staff_acts_for_one_checkpoint_at_a_time(office: Office) -> None:
    office.post("an-hoa")
    office.requires("an-hoa")
    with pytest.raises(PostedElsewhere) as raised:
        office.requires("an-tinh")
    assert raised.value.params == {"checkpoint": "an-hoa"}
    office.post("an-tinh")
    office.requires("an-tinh")
    with pytest.raises(PostedElsewhere):
        office.requires("an-hoa")
    office.post(None)
    with pytest.raises(NotPosted):
        office.requires("an-tinh")


def test_a_posting_counts_at_the_moment_of_recording(office: Office) -> None:
    office.post("an-hoa")
    office.clock.advance(hours=8)
    office.post("an-tinh")
    office.clock.advance(hours=8)
    office.post(None)
    hour = timedelta(hours=1)
    for at, checkpoint in ((NOW, "an-hoa"), (NOW + 7.9 * hour, "an-hoa"), (NOW + 8 * hour, "an-tinh")):
        office.requires(checkpoint, at)
    with pytest.raises(PostedElsewhere):
        office.requires("an-hoa", NOW + 8 * hour)
    office.requires("an-hoa", NOW - timedelta(seconds=60))  # a clock that is a little slow
    for at in (NOW - timedelta(seconds=61), NOW + 16 * hour, NOW + 99 * hour):
        with pytest.raises(NotPosted):
            office.requires("an-hoa", at)


def test_a_posting_that_is_known_costs_nothing_and_only_a_refusal_asks_anew(office: Office) -> None:
    office.postings.post("guard", "an-hoa")
    for _ in range(10):
        office.requires("an-hoa")
    assert office.postings.reads == 1
    office.postings.post("guard", "an-tinh")  # elsewhere: what is kept here does not know
    office.requires("an-tinh")
    assert office.postings.reads == 2
    with pytest.raises(PostedElsewhere):
        office.requires("an-hoa")
    assert office.postings.reads == 3


def test_the_same_posting_again_changes_nothing(office: Office) -> None:
    first = office.post("an-hoa", name="Lê Văn Gác")
    office.clock.advance(hours=1)
    assert office.post("an-hoa") == first
    renamed = office.post("an-hoa", name="Lê Thị Gác")
    assert (renamed.name, renamed.postings) == ("Lê Thị Gác", first.postings)
    assert first.postings[0].posted_by == "supervisor"


def test_the_newest_postings_are_kept_and_no_more_than_twenty(office: Office) -> None:
    record = office.post("an-hoa")
    for number in range(30):
        office.clock.advance(hours=1)
        record = office.post("an-hoa" if number % 2 else "an-tinh")
    assert len(record.postings) == MOST_POSTINGS == 20
    assert record.postings[0].since == office.clock()
    assert record.postings == sorted(record.postings, key=lambda each: each.since, reverse=True)


def test_nobody_is_posted_to_a_checkpoint_that_is_unknown_and_nothing_that_is_no_subject_is_posted(
    office: Office,
) -> None:
    with pytest.raises(InvalidInput) as raised:
        office.post("nowhere")
    (problem,) = raised.value.problems
    assert (problem.pointer, problem.code) == ("/checkpoint", "unknown_checkpoint")
    for subject in ("", "a b", "gác", "a\n", "x" * 256):
        with pytest.raises(StaffSubjectMalformed):
            office.post("an-hoa", subject)
    assert office.postings.records == {}


def test_staff_are_listed_by_name(office: Office) -> None:
    for subject, name in (("3", "an"), ("1", "Bình"), ("2", None), ("4", "An")):
        office.post("an-hoa", subject, name)
    assert [each.subject for each in list_staff(postings=office.postings)] == ["2", "3", "4", "1"]


# Checkpoints


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


def test_what_an_administrator_changed_meanwhile_is_not_undone_by_who_may_not_change_it(office: Office) -> None:
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
