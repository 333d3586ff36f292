from bench.rows import ROWS
from bench.table import lines
from tests.unit.bench.results import goals, judged, released, results


def _table() -> list[str]:
    before = released(1.6)
    return list(lines(results(), judged(before), before))


def test_every_row_is_there_with_its_ratio_its_change_and_its_goal() -> None:
    table = _table()
    for row in ROWS:
        assert [line for line in table if row.title in line and "0.80" in line and "-50%" in line], row.title
    assert next(line for line in table if "ours: declare" in line).endswith("goal 0.90  met")


def test_the_last_line_counts_the_goals() -> None:
    wanted = 4 * sum(map(len, goals().values()))  # in two variants, from the sources and from the package
    assert _table()[-1] == f"{wanted} of {wanted} goals are met."


def test_without_a_release_there_is_nothing_to_compare_with() -> None:
    table = list(lines(results(), judged({"ratios": {}}), {}))
    assert not [line for line in table if "%" in line]
