"""Which gate is quick."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from chalicelib.models.tracing.exposures import Wait
from chalicelib.services.gate.waiting_times import MeasuredFrom, WaitingTime, waiting_times
from tests.forms import NOW


@dataclass
class Waits:
    of: dict[str, list[Wait]]

    def waits(self, checkpoint: str, *, since: datetime, until: datetime) -> list[Wait]:
        assert (since, until) == (NOW - timedelta(minutes=30), NOW)
        return self.of[checkpoint]


def arrived(*minutes: int) -> list[Wait]:
    return [Wait(each * 60, None) for each in minutes]


def declared(*minutes: int) -> list[Wait]:
    return [Wait(None, each * 60) for each in minutes]


@pytest.mark.parametrize(
    ("waits", "minutes", "measured_from"),
    [
        ([], None, None),
        (arrived(*range(9)), None, None),
        (arrived(*range(10)), 4, "arrival"),
        (arrived(*range(9)) + declared(*range(9)), None, None),
        (arrived(*range(9)) + declared(*[40] * 10), 40, "declaration"),
        (arrived(*[7] * 10) + declared(*[40] * 90), 7, "arrival"),
    ],
)
def test_a_gate_has_a_figure_of_ten_people_or_none(
    waits: list[Wait], minutes: int | None, measured_from: str | None
) -> None:
    found = waiting_times(["an-hoa", "moc-bai"], now=NOW, waits=Waits({"an-hoa": waits, "moc-bai": []}))
    since = MeasuredFrom(measured_from) if measured_from else None
    assert found == [WaitingTime("an-hoa", minutes, since), WaitingTime("moc-bai")]
