"""Workers die, events come twice: nothing is lost, no message is sent twice."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from infra.local.stack import Stack
from tests.journeys.actors import Traveller, Witness
from tests.journeys.faulty_aws import MOST_TRIES, environment, redelivery

VISIBILITY, LEASE = 4, 10
"""Seconds, instead of 120 and 30, so that a test need not wait for a dead worker's messages to come back."""


@pytest.fixture
def _impatient(stack: Stack) -> Iterator[None]:
    with (
        redelivery(stack, "TracingQueue", "DeclaredQueue", after=VISIBILITY, tries=MOST_TRIES),
        environment(stack, "NotifyDeclared", MESSAGE_LEASE_SECONDS=str(LEASE)),
    ):
        yield


def kill(worker: psutil.Process) -> bool:
    try:
        worker.kill()
    except psutil.NoSuchProcess:
        return False
    return True


def kill_between_messages(witness: Witness, worker: psutil.Process) -> bool:
    """Kill a worker while it has claimed nothing, so not in the window `notify` tells of. True if it was killed."""
    for _ in range(20):
        try:
            worker.suspend()
            if not any(row.get("outcome") == {"S": "claimed"} for row in witness.rows("Messages")):
                worker.kill()
                return True
            worker.resume()
        except psutil.NoSuchProcess:
            return False
        time.sleep(random.uniform(0, 0.02))  # noqa: S311 - any moment will do
    return False


@pytest.mark.usefixtures("_impatient")
def test_workers_that_die_in_the_middle_of_a_batch_lose_nothing_and_tell_nothing_twice(stack: Stack) -> None:
    witness = Witness(stack)
    travellers = [Traveller(stack, 1000 + number) for number in range(100)]
    phones = {traveller.phone for traveller in travellers}
    kills = {"FanOut": 0, "Trace": 0, "NotifyDeclared": 0}

    with ThreadPoolExecutor(4) as threads:
        issued = threads.map(Traveller.declares, travellers)
        end = time.monotonic() + 60
        # As long as there is work: a worker that is killed idle proves nothing.
        while min(kills.values()) < 3 and not phones <= witness.texts().keys() and time.monotonic() < end:
            for function in [name for name, count in kills.items() if count < 3]:
                for worker in witness.workers(function):
                    careful = function == "NotifyDeclared"
                    kills[function] += kill_between_messages(witness, worker) if careful else kill(worker)
            time.sleep(random.uniform(0.05, 0.2))  # noqa: S311 - any moment will do
        codes = {own["code"].replace("-", "") for each in issued for own in each["passes"]}

    assert min(kills.values()) >= 1, f"not every worker was killed: {kills}"
    assert len(codes) == len(travellers)
    witness.waits_until(lambda: codes <= witness.codes_exposed().keys(), "every declaration has its exposures")
    witness.waits_until(lambda: phones <= witness.texts().keys(), "every declaration has its message")
    witness.waits_until(lambda: witness.waiting("DeclaredQueue") == 0, "the queue is empty")
    texts = witness.texts()
    assert {phone: len(texts[phone]) for phone in phones if len(texts[phone]) != 1} == {}
    every = {"PERSON", "PHONE", "PLATE", "COMMUNE", "CHECKPOINT", "ADDRESS"}
    assert all(witness.codes_exposed()[code] == every for code in codes)
    assert witness.waiting("DeclaredDeadLetters") == witness.waiting("TracingDeadLetters") == 0


def test_what_failed_five_times_waits_in_the_dead_letters_and_redrive_gives_it_another_try(stack: Stack) -> None:
    witness, traveller = Witness(stack), Traveller(stack, 4000)
    with (
        redelivery(stack, "DeclaredQueue", after=1, tries=5),
        # A worker that cannot give an event back leaves it to the queue.
        environment(stack, "NotifyDeclared", MESSAGES_TABLE="nowhere", QUEUE_URL="http://queue.invalid/nowhere"),
    ):
        traveller.declares()
        witness.waits_until(lambda: witness.waiting("DeclaredDeadLetters") == 1, "five tries, then the dead letters")
        assert traveller.phone not in witness.texts()
    command = [
        sys.executable,
        "-m",
        "infra",
        "redrive",
        "declared",
        "--stage",
        "local",
        "--endpoint",
        stack["endpoint_url"],
    ]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own
    assert printed == "1 messages are back in the queue declared.\n"
    witness.waits_until(lambda: len(witness.texts().get(traveller.phone, [])) == 1, "the message")
