"""Who acts for which checkpoint, now and at a moment that has passed."""

from datetime import timedelta

import pytest

from chalicelib.models.errors import InvalidInput
from chalicelib.models.staff.errors import NotPosted, PostedElsewhere, StaffSubjectMalformed, StaffUnknown
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.models.staff.staff import MOST_POSTINGS, StaffRecord
from chalicelib.services.staff.blocks import block, unblock
from chalicelib.services.staff.postings import list_staff, may_see_health, remove
from tests.forms import NOW
from tests.unit.staff.office import SUBJECTS, SUPERVISOR, Office


def test_staff_who_were_never_posted_are_refused_with_their_subject(office: Office) -> None:
    with pytest.raises(NotPosted) as raised:
        office.requires("an-hoa")
    assert raised.value.params == {"subject": "guard"}


def test_a_member_of_staff_acts_for_one_checkpoint_at_a_time(office: Office) -> None:
    office.post("an-hoa")
    office.requires("an-hoa")
    with pytest.raises(PostedElsewhere) as raised:
        office.requires("an-tinh")
    assert raised.value.members == {"checkpoint": "an-hoa"}
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


def test_a_known_posting_costs_no_read_and_only_a_refusal_reads_again(office: Office) -> None:
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


def test_an_unknown_checkpoint_or_a_malformed_subject_is_refused(
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


def test_someone_who_is_taken_off_the_list_leaves_nothing_but_a_block(office: Office) -> None:
    with pytest.raises(StaffUnknown):
        remove("0912345678", by=SUPERVISOR, postings=office.postings)
    office.post("an-hoa", "guard", "Lê Văn Gác")
    assert remove("guard", by=SUPERVISOR, postings=office.postings) == StaffRecord(subject="guard")
    assert office.postings.records == {}
    office.post("an-hoa", "guard", "Lê Văn Gác")
    blocked = block(
        "guard", by=SUPERVISOR, subjects=SUBJECTS, postings=office.postings, clock=office.clock
    ).blocked_since
    kept = StaffRecord(subject="guard", blocked_since=blocked, blocked_by="supervisor")
    assert remove("guard", by=SUPERVISOR, postings=office.postings) == kept
    assert office.postings.records == {"guard": kept}
    unblock("guard", by=SUPERVISOR, postings=office.postings)
    assert office.postings.records == {}


def test_staff_are_listed_by_name(office: Office) -> None:
    for subject, name in (("3", "an"), ("1", "Bình"), ("2", None), ("4", "An")):
        office.post("an-hoa", subject, name)
    assert [each.subject for each in list_staff(by=SUPERVISOR, postings=office.postings)] == ["2", "3", "4", "1"]


def test_health_is_seen_while_posted_and_for_an_hour_after_whatever_was_between(office: Office) -> None:
    def sees(role: Role = Role.CHECKPOINT) -> bool:
        guard = Principal("guard", frozenset({role}))
        return may_see_health(guard, postings=office.postings, clock=office.clock)

    assert not sees()
    assert sees(Role.HEALTH)
    assert not sees(Role.HOTLINE)
    assert not sees(Role.ADMINISTRATOR)
    office.post("an-hoa")
    assert sees()
    assert not sees(Role.HOTLINE)
    office.clock.advance(hours=100)
    office.post("an-tinh")
    office.clock.advance(minutes=1)
    office.post(None)
    office.clock.advance(minutes=59, seconds=59)
    assert sees()
    office.clock.advance(seconds=1)
    assert not sees()


def test_health_asks_for_the_posting_once_a_minute(office: Office) -> None:
    office.postings.post("guard", "an-hoa")
    guard = Principal("guard", frozenset({Role.CHECKPOINT}))
    for _ in range(6):
        assert may_see_health(guard, postings=office.postings, clock=office.clock)
        office.clock.advance(seconds=10)
    assert office.postings.reads == 1
