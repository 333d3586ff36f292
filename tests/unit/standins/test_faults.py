"""When a stand-in misbehaves."""

from tests.standins.faults import Fault, Kind, always, at_random, every, first

CLOSED, LOST, NIGHT = Fault(Kind.CLOSES), Fault(Kind.LOST), Fault(Kind.ERROR, -133)


def test_schedules_go_by_the_number_of_the_call() -> None:
    numbers = range(1, 7)
    assert [always(CLOSED)(each) for each in numbers] == [CLOSED] * 6
    assert [first(CLOSED, None, LOST)(each) for each in numbers] == [CLOSED, None, LOST, None, None, None]
    assert [every(2, (CLOSED, LOST))(each) for each in numbers] == [None, CLOSED, None, LOST, None, CLOSED]


def test_a_random_schedule_is_that_of_its_seed() -> None:
    faults = (CLOSED, LOST, NIGHT)
    drawn = [at_random(7, 0.25, faults)(each) for each in range(1, 2001)]
    assert drawn == [at_random(7, 0.25, faults)(each) for each in range(1, 2001)]
    assert drawn != [at_random(8, 0.25, faults)(each) for each in range(1, 2001)]
    assert 400 < sum(each is not None for each in drawn) < 600
    assert set(drawn) == {None, *faults}


def test_a_reason_names_a_fault() -> None:
    assert [each.reason for each in (CLOSED, NIGHT, Fault(Kind.STATUS, 502))] == ["closes", "-133", "status 502"]
