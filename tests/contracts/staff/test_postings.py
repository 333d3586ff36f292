"""Postings: at most a minute old unless they must be fresh, and changed as checkpoints are."""

from collections.abc import Callable

import pytest

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.staff.staff import Posting, StaffRecord
from chalicelib.services.staff.ports import Postings
from chalicelib.storage.staff import postings as storage
from tests.forms import NOW
from tests.tables import Database
from tests.unit.fakes import staff as fakes
from tests.unit.fakes.clocks import Clock

Process = Callable[[], Postings]


@pytest.fixture
def process(database: Database | None, clock: Clock) -> Process:
    """The postings as one more process sees them."""
    records: dict[str, StaffRecord] = {}
    if database is None:
        return lambda: fakes.Postings(records=records, clock=clock)
    return lambda: storage.Postings(database.reference, clock=clock)


@pytest.fixture
def postings(process: Process) -> Postings:
    return process()


def to(record: StaffRecord) -> Callable[[StaffRecord | None], StaffRecord]:
    """A change to this, whatever is on record."""
    return lambda _: record


def posted(checkpoint: str | None, *before: Posting, subject: str = "guard") -> StaffRecord:
    posting = Posting(checkpoint=checkpoint, since=NOW, posted_by="supervisor")
    return StaffRecord(subject=subject, name="Lê Văn Gác", postings=[posting, *before])


def test_nobody_is_on_record_before_they_are_posted(postings: Postings) -> None:
    assert postings.of("guard", fresh=True) is None
    assert postings.of("guard", fresh=False) is None
    assert postings.everyone() == []


def test_a_posting_is_known_at_once_where_it_was_made_and_to_a_fresh_read(process: Process) -> None:
    here, elsewhere = process(), process()
    assert here.of("guard", fresh=False) is None
    assert elsewhere.of("guard", fresh=False) is None
    record = posted("an-hoa")
    assert here.change("guard", to(record)) == record
    assert here.of("guard", fresh=False) == here.of("guard", fresh=True) == record
    assert elsewhere.of("guard", fresh=True) == elsewhere.of("guard", fresh=False) == record


def test_what_another_process_changed_is_on_record_after_a_minute_at_the_latest(process: Process, clock: Clock) -> None:
    here, elsewhere = process(), process()
    for record in (posted("an-hoa"), posted("an-tinh"), posted(None)):
        elsewhere.change("guard", to(record))
        clock.advance(seconds=60)
        assert here.of("guard", fresh=False) == record


def test_everyone_is_listed_as_they_are_now(process: Process) -> None:
    here, elsewhere = process(), process()
    for subject in ("b", "a", "c"):
        elsewhere.change(subject, to(posted("an-hoa", subject=subject)))
    assert sorted(each.subject for each in here.everyone()) == ["a", "b", "c"]
    moved = elsewhere.change("b", to(posted("an-tinh", subject="b")))
    assert [each for each in here.everyone() if each.subject == "b"] == [moved]


@pytest.mark.parametrize("known", [None, posted("an-hoa")])
def test_a_change_is_made_again_of_what_was_made_elsewhere_meanwhile(
    process: Process, known: StaffRecord | None
) -> None:
    here, elsewhere = process(), process()
    if known is not None:
        here.change("guard", to(known))
    before: list[StaffRecord | None] = []

    def make(known: StaffRecord | None) -> StaffRecord:
        before.append(known)
        if len(before) == 1:
            elsewhere.change("guard", to(posted("an-tinh")))
        return posted("thai-my", *(known.postings if known else []))

    both = posted("thai-my", *posted("an-tinh").postings)
    assert here.change("guard", make) == both
    assert before == [known, posted("an-tinh")]
    assert here.of("guard", fresh=False) == elsewhere.of("guard", fresh=True) == both


def test_what_is_made_as_it_was_is_returned_and_stays(process: Process) -> None:
    here, elsewhere = process(), process()
    record = elsewhere.change("guard", to(posted("an-hoa")))
    assert here.change("guard", lambda known: known or posted(None)) == record
    assert here.of("guard", fresh=False) == elsewhere.of("guard", fresh=True) == record


def test_a_change_that_others_forestall_every_time_is_to_be_sent_again(process: Process) -> None:
    here, elsewhere = process(), process()
    tries: list[StaffRecord | None] = []

    def make(known: StaffRecord | None) -> StaffRecord:
        tries.append(known)
        elsewhere.change("guard", to(posted(f"rival-{len(tries)}")))
        return posted("mine")

    with pytest.raises(ServiceUnavailable):
        here.change("guard", make)
    assert len(tries) > 1
    assert here.of("guard", fresh=True) == posted(f"rival-{len(tries)}")


def test_a_record_that_says_nothing_is_deleted_unless_someone_changed_it_meanwhile(process: Process) -> None:
    here, elsewhere = process(), process()
    empty = StaffRecord(subject="guard")
    here.change("guard", to(posted("an-hoa")))
    here.drop_empty(here.change("guard", to(empty)))
    assert here.of("guard", fresh=False) is None
    assert here.everyone() == []
    here.drop_empty(empty)
    here.change("guard", to(empty))
    changed = elsewhere.change("guard", to(posted("an-tinh")))
    here.drop_empty(empty)
    here.drop_empty(changed)
    assert here.of("guard", fresh=True) == changed
