"""Budgets: a text to a phone is counted once, and nothing over a budget is."""

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


def test_a_kind_of_notice_has_a_count_of_its_own(budgets: Budgets) -> None:
    taken = [budgets.take_for_phone("hash", about, day=TODAY, most=2, kind="links") for about in "123"]
    assert taken == [True, True, False]
    assert [budgets.take_for_phone("hash", about, day=TODAY, most=1) for about in "45"] == [True, False]


def test_a_stage_spends_so_much_a_day_and_no_more(budgets: Budgets) -> None:
    assert [budgets.take_for_stage(day=TODAY, price=80, most=200) for _ in range(4)] == [True, True, False, False]
    assert [budgets.take_for_stage(day=TODAY, price=30, most=200) for _ in range(2)] == [True, False]
    assert [budgets.take_for_stage(day=TODAY, price=10, most=200) for _ in range(2)] == [True, False]
    assert budgets.take_for_stage(day=TODAY, price=80, most=280)
    assert budgets.take_for_stage(day=TOMORROW, price=200, most=200)


def test_a_price_above_all_the_money_is_not_paid(budgets: Budgets) -> None:
    assert not budgets.take_for_stage(day=TODAY, price=201, most=200)
    assert budgets.take_for_stage(day=TODAY, price=200, most=200)


def test_what_costs_nothing_is_paid_until_the_budget_is_exceeded(budgets: Budgets) -> None:
    assert budgets.take_for_stage(day=TODAY, price=200, most=200)
    assert budgets.take_for_stage(day=TODAY, price=0, most=200)
    assert not budgets.take_for_stage(day=TODAY, price=0, most=199)


def test_an_event_with_a_share_is_counted_by_itself(budgets: Budgets) -> None:
    taken = [budgets.take_for_stage(day=TODAY, price=80, most=160, event="asked") for _ in range(3)]
    assert taken == [True, True, False]
    assert budgets.take_for_stage(day=TODAY, price=80, most=80)
    budgets.give_back_for_stage(day=TODAY, price=80, event="asked")
    taken = [budgets.take_for_stage(day=TODAY, price=80, most=160, event="asked") for _ in range(2)]
    assert taken == [True, False]
    assert not budgets.take_for_stage(day=TODAY, price=80, most=80)


def test_a_message_that_was_not_sent_makes_room_for_another(budgets: Budgets) -> None:
    assert budgets.take_for_stage(day=TODAY, price=80, most=80)
    budgets.give_back_for_stage(day=TODAY, price=80)
    assert [budgets.take_for_stage(day=TODAY, price=80, most=80) for _ in range(2)] == [True, False]
