"""Leases: one owner at a time, and nobody for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from time import sleep

import pytest

from chalicelib.services.messaging.ports import Lease
from chalicelib.services.messaging.zalo_tokens import ZaloTokens
from chalicelib.storage.messaging import leases as storage
from tests.forms import NOW
from tests.tables import Database
from tests.unit.fakes import tokens as fakes
from tests.unit.fakes.clocks import Clock

TIME = timedelta(seconds=60)
SECOND = timedelta(seconds=1)
Make = Callable[..., Lease]


@pytest.fixture
def make(database: Database | None) -> Make:
    """Makes another owner of the same lease, or of one with another name."""
    shared: dict[str, fakes.Leases] = {}

    def make(name: str = "tokens") -> Lease:
        if database is None:
            return fakes.Lease(time=TIME, shared=shared.setdefault(name, fakes.Leases()))
        return storage.Lease(database.leases, name, time=TIME)

    return make


def test_one_owner_has_it_and_others_do_not(make: Make) -> None:
    first, second = make(), make()
    assert [each.take(now=NOW) for each in (first, second, first)] == [True, False, False]
    assert make("other").take(now=NOW)


def test_it_can_be_taken_once_it_was_given_back(make: Make) -> None:
    first, second = make(), make()
    first.take(now=NOW)
    first.give_back()
    assert [each.take(now=NOW) for each in (second, first)] == [True, False]


def test_it_ends_by_itself_after_its_time(make: Make) -> None:
    first, second = make(), make()
    first.take(now=NOW)
    assert not second.take(now=NOW + TIME)
    assert second.take(now=NOW + TIME + SECOND)


def test_who_comes_too_late_gives_nothing_back(make: Make) -> None:
    first, second = make(), make()
    first.take(now=NOW)
    second.take(now=NOW + TIME + SECOND)
    first.give_back()
    assert not first.take(now=NOW + TIME + SECOND)


def test_what_nobody_has_can_be_given_back(make: Make) -> None:
    make().give_back()
    assert make().take(now=NOW)


def test_functions_that_race_use_a_refresh_token_once(make: Make, request: pytest.FixtureRequest) -> None:
    if "moto" in request.node.callspec.id:
        pytest.skip("moto does not keep conditions between threads")
    clock = Clock()
    exchange = fakes.Exchange(clock)
    store = fakes.TokenStore(exchange.first(life=timedelta(0)))
    together = Barrier(6)

    def process(lease: Lease) -> str:
        tokens = ZaloTokens(
            store=store,
            lease=lease,
            refresh=exchange,
            report_lost=lambda: pytest.fail("lost"),
            clock=clock,
            sleep=sleep,
        )
        together.wait()
        return tokens.current()

    with ThreadPoolExecutor(6) as threads:
        got = list(threads.map(process, [make() for _ in range(6)]))
    assert (got, exchange.asked) == (["access-2"] * 6, ["refresh-1"])
