"""The events of stays: which queue has them, and what they carry."""

import json

import pytest
from pydantic import ValidationError

from chalicelib.models.entry.events import RECEIVED_BY, EntryEventKind
from chalicelib.models.events import Queue
from chalicelib.models.stays.events import StayChange, StayEvent
from tests.unit.stays.made import CODE


def test_the_queue_gets_what_may_begin_or_end_a_stay() -> None:
    assert RECEIVED_BY[Queue.STAYS] == {
        EntryEventKind.CROSSING_RECORDED,
        EntryEventKind.CROSSING_CORRECTED,
        EntryEventKind.PASS_REVOKED,
        EntryEventKind.DEPARTURE_RECORDED,
    }


def test_an_event_about_a_change_names_it_and_nothing_else() -> None:
    event = StayEvent.about(StayChange(CODE, 12))
    assert json.loads(event.model_dump_json()) == {"kind": "stay_changed", "subject": f"{CODE}.012"}
    assert StayEvent.model_validate_json(event.model_dump_json()).change == (CODE, 12)


@pytest.mark.parametrize("subject", ["", str(CODE), f"{CODE}.12", f"{CODE}.abc"])
def test_what_is_no_event_is_refused(subject: str) -> None:
    with pytest.raises(ValidationError):
        StayEvent.model_validate_json(json.dumps({"kind": "stay_changed", "subject": subject}))
