"""Checkpoints: changed by what stands there, and never over someone else's change."""

from collections.abc import Callable

import pytest

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.services.staff.ports import Checkpoints
from chalicelib.storage.staff import checkpoints as storage
from tests.tables import Database
from tests.unit.fakes import staff as fakes

AN_HOA = fakes.gates()["an-hoa"]
Process = Callable[[], Checkpoints]


@pytest.fixture
def process(database: Database | None) -> Process:
    """The checkpoints as one more process sees them."""
    fake = fakes.Checkpoints(kept={})
    return lambda: fake if database is None else storage.Checkpoints(database.reference, changed=lambda: None)


@pytest.fixture
def checkpoints(process: Process) -> Checkpoints:
    return process()


def named(name: str) -> Checkpoint:
    return AN_HOA.model_copy(update={"name": name})


def test_a_new_checkpoint_is_made_of_nothing(checkpoints: Checkpoints) -> None:
    before: list[Checkpoint | None] = []

    def make(known: Checkpoint | None) -> Checkpoint:
        before.append(known)
        return AN_HOA

    assert checkpoints.find("an-hoa") is None
    assert checkpoints.change("an-hoa", make) == AN_HOA
    assert before == [None]
    assert checkpoints.find("an-hoa") == AN_HOA
    assert checkpoints.find("an-tinh") is None


def test_a_checkpoint_is_changed_by_what_is_on_record_and_seen_at_once(process: Process) -> None:
    here, elsewhere = process(), process()
    here.change("an-hoa", lambda _: AN_HOA)

    def close(known: Checkpoint | None) -> Checkpoint:
        assert known == AN_HOA
        return known.model_copy(update={"open": False})

    closed = here.change("an-hoa", close)
    assert not closed.open
    assert here.find("an-hoa") == elsewhere.find("an-hoa") == closed


def test_what_is_made_as_it_was_is_returned_and_stays(checkpoints: Checkpoints) -> None:
    checkpoints.change("an-hoa", lambda _: AN_HOA)
    assert checkpoints.change("an-hoa", lambda known: known or named("x")) == AN_HOA
    assert checkpoints.find("an-hoa") == AN_HOA


@pytest.mark.parametrize("known", [None, AN_HOA])
def test_a_change_is_made_again_of_what_was_made_elsewhere_meanwhile(
    process: Process, known: Checkpoint | None
) -> None:
    here, elsewhere = process(), process()
    if known is not None:
        here.change("an-hoa", lambda _: known)
    before: list[Checkpoint | None] = []

    def make(known: Checkpoint | None) -> Checkpoint:
        before.append(known)
        if len(before) == 1:
            elsewhere.change("an-hoa", lambda _: named("meanwhile"))
        return named(f"after {known.name}" if known else "new")

    assert here.change("an-hoa", make) == named("after meanwhile")
    assert before == [known, named("meanwhile")]
    assert here.find("an-hoa") == named("after meanwhile")


def test_a_change_that_is_refused_when_it_is_made_again_is_not_written(process: Process) -> None:
    here, elsewhere = process(), process()
    here.change("an-hoa", lambda _: AN_HOA)

    def make(known: Checkpoint | None) -> Checkpoint:
        if known != AN_HOA:
            raise PermissionError
        elsewhere.change("an-hoa", lambda _: named("meanwhile"))
        return named("mine")

    with pytest.raises(PermissionError):
        here.change("an-hoa", make)
    assert here.find("an-hoa") == named("meanwhile")


def test_a_change_that_others_forestall_every_time_is_to_be_sent_again(process: Process) -> None:
    here, elsewhere = process(), process()
    tries: list[Checkpoint | None] = []

    def make(known: Checkpoint | None) -> Checkpoint:
        tries.append(known)
        elsewhere.change("an-hoa", lambda _: named(f"rival {len(tries)}"))
        return named("mine")

    with pytest.raises(ServiceUnavailable):
        here.change("an-hoa", make)
    assert len(tries) > 1
    assert here.find("an-hoa") == named(f"rival {len(tries)}")
