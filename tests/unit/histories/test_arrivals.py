"""The checker of histories finds arrivals that are lost, doubled or contradicted."""

from collections.abc import Callable

import pytest

from tests.histories.checker import faults
from tests.histories.tables import HOLDING, NAME
from tests.unit.histories.made import Made


@pytest.fixture
def made() -> Made:
    return Made.with_posts()


def found(made: Made) -> list[str]:
    return faults(made.history(), made.tables(), kills=0)


def everything(made: Made) -> list[str]:
    """The codes of two who wait: a guard saw the one, the phone of the other read the board."""
    one, two = made.declares()
    fact = made.arrives(one)
    made.sees_arrival(one, fact, "repeated", "other guard")
    made.sees_arrival(one, fact, "repeated", "public")
    made.state(one, "valid", arrived_at=fact["recorded_at"])
    made.arrives(two, "public")
    made.crosses(one)
    made.may_not_arrive(_decided(made), "pass_already_decided")
    made.may_not_arrive(_revoked(made), "pass_revoked", "other guard")
    return [one, two]


def _decided(made: Made) -> str:
    (code, _) = made.declares()
    made.crosses(code)
    return code


def _revoked(made: Made) -> str:
    (code, _) = made.declares()
    made.revokes(code)
    return code


def test_arrivals_in_which_all_is_right_have_no_fault(made: Made) -> None:
    everything(made)
    assert found(made) == []


def test_an_arrival_and_a_decision_at_the_same_moment_may_both_stand(made: Made) -> None:
    (code, _) = made.declares()
    with made.at_once():
        made.arrives(code)
        made.crosses(code)
        made.may_not_arrive(code, "pass_already_decided", "other guard")
    assert found(made) == []


def lose_it(made: Made, codes: list[str]) -> None:
    del made.rows[codes[0][:NAME], "ARRIVAL#0"]


def lose_it_for_gates(made: Made, codes: list[str]) -> None:
    made.listed = [row for row in made.listed if row[0] != HOLDING]


def record_it_twice(made: Made, codes: list[str]) -> None:
    made.sees_arrival(codes[0], made.fact(codes[0], "ARRIVAL"), "recorded")


def leave_what_nobody_asked_for(made: Made, codes: list[str]) -> None:
    made.arrival(made.declares()[0])


def leave_what_was_refused(made: Made, codes: list[str]) -> None:
    (code, _) = made.declares()
    made.arrival(code)
    made.may_not_arrive(code, "pass_revoked")


def name_another(made: Made, codes: list[str]) -> None:
    made.fact(codes[0], "ARRIVAL")["recorded_by"] = "other guard"


def show_another(made: Made, codes: list[str]) -> None:
    made.sees_arrival(codes[0], {**made.fact(codes[0], "ARRIVAL"), "checkpoint": "an-tinh"}, "repeated")


def record_it_after_the_decision(made: Made, codes: list[str]) -> None:
    made.arrives(_decided(made))


def record_it_after_the_revocation(made: Made, codes: list[str]) -> None:
    made.arrives(_revoked(made))


def refuse_it_before_the_decision(made: Made, codes: list[str]) -> None:
    (code, _) = made.declares()
    made.may_not_arrive(code, "pass_already_decided")
    made.crosses(code)


def refuse_it_for_nothing(made: Made, codes: list[str]) -> None:
    made.may_not_arrive(made.declares()[0], "pass_expired")


def show_none_after_it(made: Made, codes: list[str]) -> None:
    made.state(codes[0], "used")


def leave_it_out_of_a_sync(made: Made, codes: list[str]) -> None:
    made.syncs(complete=True)


@pytest.mark.parametrize(
    ("plant", "says"),
    [
        (lose_it, "lost: arrive by guard"),
        (lose_it_for_gates, "gates read the arrivals"),
        (record_it_twice, "was recorded 2 times"),
        (leave_what_nobody_asked_for, "nobody asked for it"),
        (leave_what_was_refused, "nobody asked for it"),
        (name_another, "names another than"),
        (show_another, "is not on record as it is shown"),
        (record_it_after_the_decision, "but that was over"),
        (record_it_after_the_revocation, "but that was over"),
        (refuse_it_before_the_decision, "but that was over"),
        (refuse_it_for_nothing, "nothing explains why the arrival"),
        (show_none_after_it, "but that was over"),
        (leave_it_out_of_a_sync, "sync by device"),
    ],
)
def test_what_is_wrong_with_arrivals_is_found(made: Made, plant: Callable[[Made, list[str]], None], says: str) -> None:
    plant(made, everything(made))
    assert [each for each in found(made) if says in each], found(made)
