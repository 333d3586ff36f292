import pytest

from bench.ratios import Judged, Ratios, Spread, judge, summary, to_release
from tests.unit.bench.pairs import ROW, figures, pair

_GOALS = {"declare": {"cold": 0.9}}


def _ratios(row: str, median: float) -> Ratios:
    return {"tls": {"cold": {row: Spread(median, median, median)._asdict()}}}


def _judged(row: str, ratio: float, released: Ratios | None = None) -> Judged:
    (judged,) = judge(_ratios(row, ratio), _GOALS, released or {})
    return judged


def test_a_ratio_is_the_median_of_pairs_not_the_ratio_of_medians() -> None:
    # The machine became ten times slower after the first pair, and had a hiccup in the third's bare.
    cold = [(10, 20), (100, 200), (110, 500)]
    pairs = [pair(ROW["declare"], figures(cold_ms=own), figures(cold_ms=bare)) for own, bare in cold]
    assert summary(pairs)["ratios"]["stub"]["cold"]["declare"] == {"median": 0.5, "lowest": 0.22, "highest": 0.5}


def test_absolute_figures_are_medians_with_their_range_bare_among_them() -> None:
    pairs = [pair(ROW["check"], figures(warm_us=own), figures(warm_us=500)) for own in (300, 700, 400)]
    found = summary(pairs)["figures"]["stub"]["warm"]
    assert found["check"] == {"median": 400, "lowest": 300, "highest": 700}
    assert found["bare"] == {"median": 500, "lowest": 500, "highest": 500}


def test_a_warm_batch_counts_for_each_of_its_crossings_and_not_at_all_cold() -> None:
    batch = ROW["batch"]
    pairs = [
        pair(ROW["declare"], figures(), figures()),
        pair(batch, figures(warm_us=1000.0 * batch.crossings), figures(warm_us=500)),
    ]
    ratios = summary(pairs)["ratios"]["stub"]
    assert ratios["warm"]["batch"]["median"] == 2
    assert list(ratios["cold"]) == ["declare"]


def test_variants_are_kept_apart() -> None:
    pairs = [pair(ROW["declare"], figures(own), figures(1), variant) for variant, own in (("stub", 2), ("tls", 3))]
    ratios = summary(pairs)["ratios"]
    assert [ratios[variant]["cold"]["declare"]["median"] for variant in ("stub", "tls")] == [2, 3]


@pytest.mark.parametrize(("ratio", "met"), [(0.89, True), (0.90, True), (0.91, False)])
def test_a_goal_is_met_up_to_its_number(ratio: float, met: bool) -> None:
    assert _judged("declare", ratio).met is met


def test_a_goal_holds_from_the_package_too() -> None:
    assert _judged("packaged declare", 0.95).met is False


def test_what_has_no_goal_is_neither_met_nor_missed() -> None:
    assert _judged("fastapi", 2.5).met is None


def test_a_change_is_that_since_the_release() -> None:
    judged = _judged("declare", 0.75, to_release(_ratios("declare", 1.5)))
    assert judged.released == 1.5
    assert judged.change == -0.5


def test_what_the_release_did_not_have_has_no_change() -> None:
    assert _judged("declare", 0.75, to_release(_ratios("check", 1.5))).change is None
