"""The order in which limits are reached, and a burst from nothing."""

import pytest

from bench import capacity
from bench.capacity import COUNTRY, JOURNEY, MARKS, PAGE, PROVINCE, PROVINCES, QUOTAS
from bench.cold_bursts import burst, reads
from chalicelib.wiring import READS_OF_SECRETS
from chalicelib.wiring.messaging import WORKERS
from infra import ROOT


def ends_at(beginning: str) -> float:
    (limit,) = [each for each in capacity.limits() if each.name.startswith(beginning)]
    return limit.ends_at


def test_the_page_has_what_the_command_prints() -> None:
    """`python -m bench.capacity --keep` writes it."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
    assert rest.partition(MARKS[1])[0] == "\n".join(capacity.lines())


def test_limits_are_in_the_order_in_which_they_are_reached() -> None:
    order = [each.ends_at for each in capacity.limits()]
    assert order == sorted(order)
    assert min(order) > 0


def test_the_page_counts_the_limits_of_a_country() -> None:
    beyond = [each for each in capacity.limits() if each.ends_at < COUNTRY]
    for_good = [each for each in beyond if each.raised.startswith("not at all")]
    assert (len(beyond), len(for_good)) == (25, 3)
    assert "are beyond 25 limits, and three of them cannot be raised" in PAGE.read_text(encoding="utf-8")


def test_settings_of_the_page_suffice_for_a_province_of_a_country(monkeypatch: pytest.MonkeyPatch) -> None:
    load = COUNTRY / PROVINCES
    settings = {**capacity.settings(), "PublicRate": 500}
    workers = capacity.workers()
    for name, at_once in {"count": 20, "watch": 5, "notify": 20, "notify_declared": 10}.items():
        workers[name] = workers[name]._replace(at_once=at_once)
    monkeypatch.setattr(capacity, "settings", lambda: settings)
    monkeypatch.setattr(capacity, "workers", lambda: workers)
    for limit in (
        "workers that send",
        "workers that count",
        "workers that open",
        "declarations without",
        "requests of",
    ):
        assert all(each.ends_at > load for each in capacity.limits() if each.name.startswith(limit)), limit


def test_our_settings_are_those_that_are_deployed() -> None:
    workers = capacity.workers()
    both = [workers[name].at_once or 0 for name in ("notify", "notify_declared")]
    assert sum(both) == WORKERS
    assert workers["count"] == (10, 4)
    assert workers["trace"] == (10, None)
    assert ends_at("declarations without a key") == 4 * capacity.settings()["PublicRate"]
    assert ends_at("texts a second of SNS") == 2 * capacity.settings()["SmsRate"]


def test_a_journey_costs_what_the_page_of_costs_says() -> None:
    costs = (ROOT / "docs" / "operations" / "costs.md").read_text(encoding="utf-8")
    assert f"| **together** | | **{capacity.figure('us_dollars_a_million')}** |" in costs


def test_every_quota_has_a_source_and_every_figure_an_origin() -> None:
    assert [name for name, each in QUOTAS.items() if not each["source"].startswith("https://")] == []
    assert [name for name, each in JOURNEY.items() if not each["from"]] == []


def test_a_steady_load_needs_as_many_environments_as_requests_are_under_way() -> None:
    slow = burst(100, cold=0.5, warm=0.5, new_in_ten_seconds=1000, at_once=1000)
    assert slow.environments == pytest.approx(50, abs=2)
    assert slow.refused == 0


def test_while_all_are_cold_each_request_starts_one() -> None:
    start = burst(PROVINCE, cold=1.0, warm=0.01, new_in_ten_seconds=1000, at_once=1000)
    assert start.environments == pytest.approx(PROVINCE, abs=2)
    assert start.new[0] == pytest.approx(PROVINCE, abs=2)


def test_functions_that_start_together_wait_for_their_secrets_and_few_are_refused() -> None:
    new = {0: 436}  # of a province of a country: docs/capacity.md
    assert reads(new, a_second=40, attempts=3).refused > 200
    patient = reads(new, a_second=40, attempts=READS_OF_SECRETS)
    assert patient.refused < 10
    assert 10 < patient.longest < 15  # a request has 20 seconds
    assert reads({0: 40}, a_second=40, attempts=1) == (0, 0.0)


def test_what_is_set_moves_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {each.name: each.ends_at for each in capacity.limits()}
    settings = {**capacity.settings(), "FanOutFactor": 4, "WarmWrites": "10000"}
    monkeypatch.setattr(capacity, "settings", lambda: settings)
    moved = {each.name: each.ends_at / before[each.name] for each in capacity.limits()}
    new = {f"writes of a new `{name}` table": 2.5 for name in ("statistics", "tracing", "messages", "entries")}
    stream = {"the stream, read by one `fan_out` a shard": 10.0}
    assert {name: by for name, by in moved.items() if by != 1} == pytest.approx(new | stream)


def test_no_more_start_than_lambda_starts_and_the_account_has() -> None:
    many = burst(5_000, cold=1.0, warm=0.5, new_in_ten_seconds=1000, at_once=100_000)
    assert max(many.new.values()) <= 1_100
    assert many.refused > 0
    few = burst(5_000, cold=1.0, warm=0.5, new_in_ten_seconds=1000, at_once=200)
    assert few.environments == 200
    assert few.refused > many.refused
