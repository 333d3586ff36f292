"""Changes of rows that several processes make at once."""

import json
from threading import Barrier, Thread

import pytest

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.staff.staff import StaffRecord
from chalicelib.storage.reference_rows import _ATTEMPTS, ReferenceRow
from chalicelib.storage.staff.postings import Postings
from chalicelib.wiring import reference_table
from chalicelib.wiring import staff as wiring
from tests.integration.conftest import Clock
from tests.integration.staff.posting import posted


def test_two_changes_at_once_are_both_kept(aws: dict[str, str], clock: Clock) -> None:
    postings = wiring.postings()
    together = Barrier(2, timeout=10)

    def change(subject: str, where: str) -> None:
        tries = []

        def make(standing: StaffRecord | None) -> StaffRecord:
            tries.append(standing)
            if len(tries) == 1:
                together.wait()  # both have read before either writes
            return posted(where, subject, clock, *(standing.postings if standing else []))

        Postings(reference_table(), clock=clock).change(subject, make)

    for subject, stood in (("staff-1", ["an-hoa"]), ("newcomer", [])):
        both = [Thread(target=change, args=(subject, where)) for where in ("an-tinh", "thai-my")]
        for each in both:
            each.start()
        for each in both:
            each.join()
        record = postings.of(subject, fresh=True)
        assert record is not None
        kept = [each.checkpoint for each in record.postings]
        assert sorted(str(each) for each in kept[:2]) == ["an-tinh", "thai-my"]
        assert kept[2:] == stood


def test_a_change_that_others_outrun_forever_asks_to_be_sent_again(aws: dict[str, str], clock: Clock) -> None:
    postings, rival = wiring.postings(), Postings(reference_table(), clock=clock)
    tries = []

    def outrun(_: StaffRecord | None) -> StaffRecord:
        tries.append(clock())
        clock.advance(seconds=1)
        rival.change("staff-1", lambda _: posted("thai-my", "staff-1", clock))
        return posted("an-tinh", "staff-1", clock)

    with pytest.raises(ServiceUnavailable):
        postings.change("staff-1", outrun)
    assert len(tries) == _ATTEMPTS


def test_what_is_as_it_was_is_not_written(aws: dict[str, str]) -> None:
    postings = wiring.postings()
    standing = postings.of("staff-1", fresh=True)
    assert standing is not None
    # As an older version might have written it: it reads the same.
    body = json.dumps(json.loads(standing.model_dump_json()), indent=1)
    reference_table().put(ReferenceRow("STAFF", "staff-1", body=body))
    assert postings.change("staff-1", lambda stands: stands or standing) == standing
    assert reference_table().body_of("STAFF", "staff-1") == body
    renamed = postings.change("staff-1", lambda _: standing.model_copy(update={"name": "Lê Văn Gác"}))
    assert postings.of("staff-1", fresh=True) == renamed != standing
