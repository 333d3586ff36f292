"""Events go to the queues that the table of their capability names, and to no other."""

from enum import StrEnum
from typing import cast

import pytest

from chalicelib.models.events import Event, Queue, by_queue
from chalicelib.settings import Settings


class Kind(StrEnum):
    BEGUN = "begun"
    ENDED = "ended"


BEGUN, ENDED = (Event(kind=kind, subject="1") for kind in Kind)
TABLE = {Queue.TRACING: frozenset({Kind.BEGUN}), Queue.MESSAGES: frozenset(Kind)}


def test_a_queue_receives_the_kinds_that_the_table_names_for_it_in_their_order() -> None:
    assert by_queue([ENDED, BEGUN], TABLE) == {Queue.TRACING: [BEGUN], Queue.MESSAGES: [ENDED, BEGUN]}


def test_one_more_consumer_is_one_more_line_and_changes_nothing_for_the_others() -> None:
    statistics = cast("Queue", "statistics")
    received = by_queue([BEGUN, ENDED], {**TABLE, statistics: frozenset({Kind.ENDED})})
    assert received.pop(statistics) == [ENDED]
    assert received == by_queue([BEGUN, ENDED], TABLE)


@pytest.mark.parametrize("queue", Queue)
def test_every_queue_has_a_setting_for_its_url(queue: Queue) -> None:
    assert f"{queue}_queue_url" in Settings._fields
