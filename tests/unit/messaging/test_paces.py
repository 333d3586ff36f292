"""A worker's texts keep their distance."""

from tests.unit.fakes.messaging import Time


def test_texts_keep_their_distance_and_the_first_waits_for_nothing() -> None:
    time = Time()
    pace = time.pace(0.25)
    for _ in range(3):
        pace.wait_for_turn()
    assert time.slept == [0.25, 0.25]


def test_time_that_has_passed_is_no_credit_for_many_texts_at_once() -> None:
    time = Time()
    pace = time.pace(0.25)
    pace.wait_for_turn()
    time.passed += 10
    for _ in range(3):
        pace.wait_for_turn()
    assert time.slept == [0.25, 0.25]
