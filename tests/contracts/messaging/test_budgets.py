"""Budgets: a text is counted once, and none over the budget is."""

from datetime import date, timedelta

import pytest

from chalicelib.services.messaging.ports import Budgets
from chalicelib.storage.messaging import budgets as storage
from tests.tables import Database
from tests.unit.fakes import messaging as fakes

TODAY = date(2021, 7, 22)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def budgets(database: Database | None) -> Budgets:
    return fakes.Budgets() if database is None else storage.Budgets(database.budgets)


def test_a_phone_has_room_for_so_many_notices_a_day(budgets: Budgets) -> None:
    taken = [budgets.take_for_phone("hash", about, day=TODAY, most=3) for about in "12345"]
    assert taken == [True, True, True, False, False]
    assert budgets.take_for_phone("hash", "4", day=TOMORROW, most=3)
    assert budgets.take_for_phone("other", "4", day=TODAY, most=3)


def test_a_notice_is_counted_once(budgets: Budgets) -> None:
    taken = [budgets.take_for_phone("hash", about, day=TODAY, most=2) for about in "1112312"]
    assert taken == [True, True, True, True, False, True, True]


def test_a_stage_has_room_for_so_many_texts_a_day(budgets: Budgets) -> None:
    assert [budgets.take_for_stage(day=TODAY, most=2) for _ in range(4)] == [True, True, False, False]
    assert [budgets.take_for_stage(day=TODAY, most=3) for _ in range(2)] == [True, False]
    assert budgets.take_for_stage(day=TOMORROW, most=1)


def test_an_event_with_a_share_is_counted_by_itself(budgets: Budgets) -> None:
    assert [budgets.take_for_stage(day=TODAY, most=2, event="asked") for _ in range(3)] == [True, True, False]
    assert budgets.take_for_stage(day=TODAY, most=1)
    budgets.give_back_for_stage(day=TODAY, event="asked")
    assert [budgets.take_for_stage(day=TODAY, most=2, event="asked") for _ in range(2)] == [True, False]
    assert not budgets.take_for_stage(day=TODAY, most=1)


def test_a_text_that_was_not_sent_makes_room_for_another(budgets: Budgets) -> None:
    assert budgets.take_for_stage(day=TODAY, most=1)
    budgets.give_back_for_stage(day=TODAY)
    assert [budgets.take_for_stage(day=TODAY, most=1) for _ in range(2)] == [True, False]
