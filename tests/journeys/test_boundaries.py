"""One boundary fails at a time: what was answered with success comes out as it must, whatever fails in between.

Everything is real but for one thing: between each function and the engine stands `faulty_aws`, which lets all calls
through but those that a test names. Each test ends with the count of `checker`.
"""

import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import psutil
import pytest

from infra.local.stack import Stack
from tests.forms import person
from tests.journeys.actors import QUEUES, Guard, Traveller, Witness
from tests.journeys.checker import ONCE, ONCE_OR_TWICE, REFUSED, Declared, Texts, check
from tests.journeys.faulty_aws import (
    MOST_TRIES,
    Call,
    Fault,
    FaultyAws,
    environment,
    fails_for,
    in_front_of,
    kills_after,
    kills_before,
    leaves_over,
    loses_the_answer,
    redelivery,
    refuses,
    waits_for,
)

VISIBILITY, LEASE = 3, 5
"""Seconds, instead of 120 and 30, so that a test need not wait for messages, and claims, of a worker that is gone. A
worker settles what it claims within the lease, even on a busy machine."""

_WORKERS = ("FanOut", "Trace", "Notify", "NotifyDeclared")
_numbers = iter(range(5000, 6000))


@pytest.fixture(scope="module")
def _in_between(stack: Stack) -> Iterator[dict[str, FaultyAws]]:
    """A stand-in before each function: placed once, because every change of a function restarts its workers."""
    with ExitStack() as opened:
        opened.enter_context(redelivery(stack, *QUEUES, after=VISIBILITY, tries=MOST_TRIES))
        # The engine starts workers in the background, and one that is not up when its function changes comes up as of
        # before the change. So let them come up first.
        wake(stack)
        wake(stack)
        faulty = {name: opened.enter_context(in_front_of(stack, name)) for name in ("APIHandler", *_WORKERS)}
        wake(stack)
        for worker in left_over(stack, faulty):
            worker.kill()
        yield faulty


@pytest.fixture
def aws(stack: Stack, _in_between: dict[str, FaultyAws]) -> Iterator[dict[str, FaultyAws]]:
    """What each function takes for AWS, by the function's name in the template. All is well at the beginning."""
    assert left_over(stack, _in_between) == []
    for each in _in_between.values():
        each.forget()
    try:
        yield _in_between
    finally:
        for each in _in_between.values():
            each.recovers()
    assert [error for each in _in_between.values() for error in each.broken] == []


def left_over(stack: Stack, faulty: dict[str, FaultyAws]) -> list[psutil.Process]:
    """Workers from before the change, which find the engine itself.

    When a worker dies while it starts, the engine forgets all workers of that function. Those that start at the same
    moment live on, with nothing to do, and no change of the function ends them.
    """
    witness = Witness(stack)
    return [
        worker
        for name in _WORKERS
        for worker, variables in witness.workers(name).items()
        if variables["AWS_ENDPOINT_URL"] != faulty[name].url
    ]


def wake(stack: Stack) -> None:
    """Have a worker of each function up."""
    with ThreadPoolExecutor() as threads:
        waking = [threads.submit(invoke, stack, name) for name in _WORKERS]
        assert Traveller(stack, 0).send("GET", "/v1/health").status == 200
        for each in waking:
            each.result()


def invoke(stack: Stack, function: str) -> None:
    """Have a function do nothing, as an event without records does."""
    name = stack["outputs"][f"{function}Name"]
    assert "FunctionError" not in Witness(stack).functions.invoke(FunctionName=name, Payload=b'{"Records": []}')


def wake_two(stack: Stack, function: str) -> None:
    """Have two workers of a function up, so that neither waits for the other to start."""
    witness = Witness(stack)
    with ThreadPoolExecutor() as threads:
        while len(witness.workers(function)) < 2:
            for each in [threads.submit(invoke, stack, function) for _ in range(2)]:
                each.result()


@contextmanager
def held_back(witness: Witness, *functions: str) -> Iterator[None]:
    """Functions are given nothing, and in the end all that has come up at once."""
    mappings = [
        each["UUID"]
        for function in functions
        for each in witness.functions.list_event_source_mappings(
            FunctionName=witness.stack["outputs"][f"{function}Name"]
        )["EventSourceMappings"]
    ]
    for mapping in mappings:
        witness.functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    try:
        yield
    finally:
        for mapping in mappings:
            witness.functions.update_event_source_mapping(UUID=mapping, Enabled=True)


def declare(stack: Stack, *, with_phones: int = 0, without: int = 0) -> Declared:
    """Somebody new declares, for so many companions with and without a phone. Staff do it where companions have phones:
    the public form texts none of them."""
    traveller = Traveller(stack, next(_numbers))
    form = traveller.form()
    numbers = [next(_numbers) for _ in range(with_phones + without)]
    form["companions"] = [
        person(number, phone=f"+84914{number:06d}" if place < with_phones else None)
        for place, number in enumerate(numbers)
    ]
    if with_phones:
        return Declared(form, Guard(stack).declares_for(form))
    answer = traveller.send("POST", "/v1/declarations", form)
    assert answer.status == 201, answer.data
    return Declared(form, json.loads(answer.data))


def declare_together(stack: Stack, count: int) -> list[Declared]:
    """So many people declare, and the stream's function gets them in one batch, and each worker too (up to 10)."""
    with held_back(Witness(stack), "FanOut"):
        return [declare(stack) for _ in range(count)]


def naming(*declared: Declared) -> Callable[[Call], bool]:
    """Calls about a declaration, as its code or the traveller's phone tells."""
    names = [name for each in declared for name in (each.name, each.phone(0))]
    return lambda call: any(name in str(call.parameters) for name in names)


def to(declared: Declared, number: int = 0) -> Callable[[Call], bool]:
    """Texts to a person."""
    return lambda call: call.parameters["PhoneNumber"] == declared.phone(number)


def first_delivery(aws: FaultyAws, declared: Declared) -> Callable[[Call], bool]:
    """Calls of a worker that was given a declaration's event for the first time. Each time it looks it up once.

    However often the worker's client tries by itself, so, the event fails and comes again.
    """
    return lambda _: len(aws.answered("dynamodb:Query", naming(declared))) < 2


def test_a_stream_function_that_dies_after_half_its_sends_leaves_nobody_out(
    stack: Stack, aws: dict[str, FaultyAws]
) -> None:
    send, fan_out, witness = "sqs:SendMessageBatch", aws["FanOut"], Witness(stack)
    # Two calls a queue, and four queues: 12 events, 10 a call. The first call is alone, the others go at once. It dies
    # when one queue has ten events and the others none, then while seven calls are under way.
    alone = fan_out.when(send, kills_after, calls={1})
    among_others = fan_out.when(send, kills_before, calls={5})
    declared = declare_together(stack, 12)
    witness.waits_until(lambda: alone.met and among_others.met, "the third try")
    check(witness, *declared)


def test_what_a_queue_did_not_take_of_a_batch_is_sent_again(stack: Stack, aws: dict[str, FaultyAws]) -> None:
    # One queue takes two of four, the others all.
    partly = aws["FanOut"].when("sqs:SendMessageBatch", fails_for(0, 2), calls={2})
    declared = declare_together(stack, 4)
    check(Witness(stack), *declared)
    assert len(partly.met) == 1


def test_a_tracer_that_dies_after_writing_writes_nothing_twice_and_leaves_nobody_out(
    stack: Stack, aws: dict[str, FaultyAws]
) -> None:
    witness = Witness(stack)
    with held_back(witness, "FanOut"):
        declared = declare(stack, without=7)
        # 33 rows are two calls: it dies when the first is written, then when both are.
        dying = aws["Trace"].when("dynamodb:BatchWriteItem", kills_after, calls={1, 3}, where=naming(declared))
    check(witness, declared)
    assert len(dying.met) == 2


@pytest.mark.parametrize(
    ("steps", "expected_texts"),
    [
        pytest.param(
            # The second update is the next worker's, which counts the text again; the third one settles.
            [("dynamodb:PutItem", 1), ("dynamodb:UpdateItem", 1), ("dynamodb:UpdateItem", 3)],
            ONCE,
            id="after the claim, after counting, after settling",
        ),
        pytest.param([("sns:Publish", 1)], ONCE_OR_TWICE, id="before settling"),
    ],
)
def test_a_notifier_that_dies_tells_everyone_and_twice_only_whom_it_was_just_telling(
    stack: Stack, aws: dict[str, FaultyAws], steps: list[tuple[str, int]], expected_texts: Texts
) -> None:
    witness = Witness(stack)
    with environment(stack, "NotifyDeclared", MESSAGE_LEASE_SECONDS=str(LEASE)):
        with held_back(witness, "FanOut"):
            declared = [declare(stack) for _ in range(3)]
            first = declared[0]
            dying = [
                aws["NotifyDeclared"].when(step, kills_after, calls={call}, where=naming(first)) for step, call in steps
            ]
        check(witness, *declared, texts={first.phone(0): expected_texts})
    assert [len(each.met) for each in dying] == [1] * len(steps)


def test_events_delivered_many_times_out_of_order_and_to_several_workers_at_once_change_nothing(
    stack: Stack, aws: dict[str, FaultyAws]
) -> None:
    witness, notify, trace = Witness(stack), aws["NotifyDeclared"], aws["Trace"]
    write, claim, tell = "dynamodb:BatchWriteItem", "dynamodb:PutItem", "sns:Publish"
    for function in ("Trace", "Notify", "NotifyDeclared"):
        wake_two(stack, function)
    with held_back(witness, "Trace", "Notify", "NotifyDeclared"):
        travellers = [declare(stack) for _ in range(3)]
        status, _ = Guard(stack).records(travellers[0].codes[0])
        assert status == 201
        first = Declared(travellers[0].form, travellers[0].issued, admitted=[0])
        declared = [first, *travellers[1:]]
        # The first worker holds the claim until another worker has met it, or has written the same row.
        telling = notify.when(tell, waits_for(lambda: 400 in notify.answered(claim, naming(*declared))), calls={1})
        writing = trace.when(write, waits_for(lambda: trace.answered(write, naming(*declared))), calls={1})
        submitted = [{"kind": "declaration_submitted", "subject": each.codes[0]} for each in declared]
        crossed = [{"kind": "crossing_recorded", "subject": first.codes[0]}]
        received = {"TracingQueue": submitted + crossed, "MessagesQueue": crossed, "DeclaredQueue": submitted}
        for queue, events in received.items():
            for event in random.Random(1).sample(events * 5, 5 * len(events)):  # noqa: S311 - an order like any other
                witness.sqs.send_message(QueueUrl=stack["outputs"][f"{queue}Url"], MessageBody=json.dumps(event))
            all_of_them = partial(lambda queue, number: witness.waiting(queue) >= number, queue, 6 * len(events))
            witness.waits_until(all_of_them, "those and the stream's")
    check(witness, *declared)
    # What took longer than its visibility was given out again, so it may be under way though no queue has it.
    witness.waits_until(lambda: min(notify.idle(), trace.idle(), aws["Notify"].idle()) > 0.5, "all is done")
    check(witness, *declared)
    assert len(telling.met) == len(writing.met) == 1
    assert 400 in notify.answered(claim, naming(*declared))
    assert (len(notify.answered(tell)), len(aws["Notify"].answered(tell))) == (3, 1)


def test_while_the_provider_throttles_nothing_is_lost_and_who_was_told_is_not_told_again(
    stack: Stack, aws: dict[str, FaultyAws]
) -> None:
    witness, notify = Witness(stack), aws["NotifyDeclared"]
    with held_back(witness, "FanOut"):
        declared = declare(stack, with_phones=2)
        first, second = first_delivery(notify, declared), to(declared, 1)
        throttled = notify.when(
            "sns:Publish", refuses("Throttled", 429), where=lambda call: first(call) and second(call)
        )
    check(witness, declared)
    assert throttled.met
    assert notify.answered("sns:Publish").count(200) == 3
    # The event came again as soon as the worker had asked for it.
    assert 200 in notify.answered("sqs:ChangeMessageVisibilityBatch")


def test_a_number_refused_for_good_is_settled_never_tried_again_and_nobody_elses_trouble(
    stack: Stack, aws: dict[str, FaultyAws]
) -> None:
    witness, notify = Witness(stack), aws["NotifyDeclared"]
    with held_back(witness, "FanOut"):
        declared = [declare(stack, with_phones=1), declare(stack)]
        refused = notify.when("sns:Publish", refuses("OptedOut"), where=to(declared[0]))
    texts = {declared[0].phone(0): REFUSED}
    check(witness, *declared, texts=texts)
    event = {"kind": "declaration_submitted", "subject": declared[0].codes[0]}
    witness.sqs.send_message(QueueUrl=stack["outputs"]["DeclaredQueueUrl"], MessageBody=json.dumps(event))
    witness.waits_until(lambda: notify.answered("dynamodb:PutItem", naming(declared[0])).count(400) == 2, "it came")
    check(witness, *declared, texts=texts)
    assert len(refused.met) == 1


def test_who_is_told_and_no_answer_comes_is_told_again_at_most_once(stack: Stack, aws: dict[str, FaultyAws]) -> None:
    witness = Witness(stack)
    with held_back(witness, "FanOut"):
        declared = declare(stack, with_phones=1)
        # Every answer of the first delivery: nothing may send a text again but the next one.
        first, ours = first_delivery(aws["NotifyDeclared"], declared), to(declared)
        lost = aws["NotifyDeclared"].when(
            "sns:Publish", loses_the_answer, where=lambda call: first(call) and ours(call)
        )
    check(witness, declared, texts={declared.phone(0): ONCE_OR_TWICE})
    assert len(lost.met) == 1


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(leaves_over, id="it leaves some over"),
        pytest.param(refuses("ProvisionedThroughputExceededException"), id="it refuses"),
    ],
)
def test_exposures_are_complete_once_the_database_no_longer_throttles(
    stack: Stack, aws: dict[str, FaultyAws], fault: Fault
) -> None:
    witness, trace = Witness(stack), aws["Trace"]
    with held_back(witness, "FanOut"):
        declared = declare(stack, without=2)
        throttled = trace.when("dynamodb:BatchWriteItem", fault, where=first_delivery(trace, declared))
    check(witness, declared)
    assert len(throttled.met) > 1


def test_what_the_database_leaves_over_is_written_at_once(stack: Stack, aws: dict[str, FaultyAws]) -> None:
    witness, trace = Witness(stack), aws["Trace"]
    with held_back(witness, "FanOut"):
        declared = declare(stack, without=2)
        partly = trace.when("dynamodb:BatchWriteItem", leaves_over, calls={1}, where=naming(declared))
    check(witness, declared)
    assert len(partly.met) == 1
    assert len(trace.answered("dynamodb:Query", naming(declared))) == 1


def test_messages_are_told_once_the_database_lets_them_be_claimed(stack: Stack, aws: dict[str, FaultyAws]) -> None:
    witness, notify = Witness(stack), aws["NotifyDeclared"]
    with held_back(witness, "FanOut"):
        declared = declare(stack)
        throttled = notify.when(
            "dynamodb:PutItem", refuses("ThrottlingException"), where=first_delivery(notify, declared)
        )
    check(witness, declared)
    assert len(throttled.met) > 1


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(refuses("ProvisionedThroughputExceededException"), id="throughput exceeded"),
        pytest.param(refuses("ThrottlingException"), id="throttled"),
        pytest.param(refuses("InternalServerError", 500), id="broken"),
        pytest.param(loses_the_answer, id="written and not heard of"),
    ],
)
def test_a_declaration_that_the_database_did_not_take_is_refused_in_our_words_and_taken_when_sent_again(
    stack: Stack, aws: dict[str, FaultyAws], fault: Fault
) -> None:
    traveller, key = Traveller(stack, next(_numbers)), str(uuid4())
    form = traveller.form()
    aws["APIHandler"].when("dynamodb:PutItem", fault)
    refused = traveller.send("POST", "/v1/declarations", form, Idempotency_Key=key)
    problem = json.loads(refused.data)
    assert (refused.status, problem["code"]) == (503, "service_unavailable")
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert int(refused.headers["Retry-After"]) > 0
    aws["APIHandler"].recovers()
    answers = [traveller.send("POST", "/v1/declarations", form, Idempotency_Key=key) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].data == answers[1].data
    check(Witness(stack), Declared(form, json.loads(answers[0].data)))


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        pytest.param(kills_after, range(500, 600), id="the function died"),
        pytest.param(loses_the_answer, [201], id="the function got no answer"),
    ],
)
def test_a_declaration_whose_answer_was_lost_stands_once_and_is_answered_when_sent_again(
    stack: Stack, aws: dict[str, FaultyAws], fault: Fault, statuses: Any
) -> None:
    traveller, key, witness = Traveller(stack, next(_numbers)), str(uuid4()), Witness(stack)
    form, before = traveller.form(), len(witness.rows("Entries"))
    aws["APIHandler"].when("dynamodb:PutItem", fault, calls={1})
    first = traveller.send("POST", "/v1/declarations", form, Idempotency_Key=key)
    assert first.status in statuses
    assert len(witness.rows("Entries")) == before + 1
    answers = [traveller.send("POST", "/v1/declarations", form, Idempotency_Key=key) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].data == answers[1].data
    assert len(witness.rows("Entries")) == before + 1
    check(witness, Declared(form, json.loads(answers[0].data)))
