"""The events of entry: what they carry, who receives them, and that messages of the former release are read."""

import json

import pytest
from pydantic import ValidationError

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import RECEIVED_BY, EntryEvent, EntryEventKind
from chalicelib.models.events import Queue
from chalicelib.services.entry import notices
from chalicelib.services.tracing import exposures

CODE = Code.of(2**65 - 1, 1023)


@pytest.mark.parametrize("kind", EntryEventKind)
def test_an_event_is_its_kind_and_the_code_of_a_pass(kind: EntryEventKind) -> None:
    event = EntryEvent.about(kind, CODE)
    assert json.loads(event.model_dump_json()) == {"kind": kind, "subject": str(CODE)}
    assert EntryEvent.model_validate_json(event.model_dump_json()) == event
    assert event.code == CODE


def test_a_worker_receives_just_the_kinds_it_handles() -> None:
    assert RECEIVED_BY[Queue.TRACING] == exposures._READERS.keys()
    assert RECEIVED_BY[Queue.MESSAGES] | RECEIVED_BY[Queue.DECLARED] == notices._WRITERS.keys() | {
        EntryEventKind.VERIFICATION_REQUESTED  # services.entry.verifications writes its notice
    }


def test_tracing_gets_no_corrections_and_revocations_and_messages_no_conflicts() -> None:
    missing = {queue: set(EntryEventKind) - kinds for queue, kinds in RECEIVED_BY.items()}
    assert missing[Queue.TRACING] == {
        EntryEventKind.CROSSING_CORRECTED,
        EntryEventKind.PASS_REVOKED,
        EntryEventKind.VERIFICATION_REQUESTED,
        EntryEventKind.ARRIVAL_RECORDED,
    }
    assert missing[Queue.MESSAGES] == {
        EntryEventKind.ARRIVAL_RECORDED,
        EntryEventKind.CROSSING_CONFLICTED,
        EntryEventKind.DECLARATION_SUBMITTED,
        EntryEventKind.PHONE_PROVEN,
        EntryEventKind.ALIAS_RECORDED,
        EntryEventKind.DEPARTURE_RECORDED,
    }


def test_the_webhooks_queue_receives_what_becomes_a_webhook_and_no_other_event() -> None:
    assert RECEIVED_BY[Queue.WEBHOOKS] == {
        EntryEventKind.DECLARATION_SUBMITTED,  # its passes may expire
        EntryEventKind.CROSSING_RECORDED,
        EntryEventKind.PASS_REVOKED,
    }


def test_admissions_and_revocations_never_wait_behind_declarations() -> None:
    assert RECEIVED_BY[Queue.DECLARED] == {EntryEventKind.DECLARATION_SUBMITTED}
    assert EntryEventKind.DECLARATION_SUBMITTED not in RECEIVED_BY[Queue.MESSAGES]


@pytest.mark.parametrize("kind", EntryEventKind)
@pytest.mark.parametrize("person", [0, 31, 32, 1023])
def test_a_message_of_the_former_release_is_read(kind: EntryEventKind, person: int) -> None:
    queued = json.dumps({"kind": kind, "declaration": CODE.declaration, "person": person})
    event = EntryEvent.model_validate_json(queued)
    assert event == EntryEvent.about(kind, Code(CODE.declaration, person))


def test_a_message_of_the_former_release_without_a_person_is_about_the_traveller() -> None:
    queued = json.dumps({"kind": "declaration_submitted", "declaration": CODE.declaration})
    assert EntryEvent.model_validate_json(queued).code == Code(CODE.declaration, 0)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"kind": "declaration_submitted"},
        {"kind": "unheard_of", "subject": str(CODE)},
        {"kind": "declaration_submitted", "subject": str(CODE)[:-1]},
        {"kind": "declaration_submitted", "subject": str(CODE).lower()},
        {"kind": "declaration_submitted", "subject": str(CODE), "phone": "+84912345678"},
        {"kind": "unheard_of", "declaration": CODE.declaration, "person": 0},
        {"kind": "declaration_submitted", "declaration": CODE.declaration[:-1], "person": 0},
    ],
)
def test_what_is_no_event_is_refused(members: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        EntryEvent.model_validate_json(json.dumps(members))
