from bench.processes import Figures
from bench.rounds import measure
from bench.rows import ROWS, Row
from tests.unit.bench.pairs import ROW, figures


def test_every_process_of_bare_stands_beside_the_rows_it_is_compared_with() -> None:
    ran: list[str] = []

    def run(_variant: str, row: Row) -> Figures:
        ran.append(row.name)
        return figures()

    rows = [ROW["declare"], ROW["check"], ROW["fastapi"]]
    pairs = list(measure(rows, ["stub"], 2, run))
    assert ran == 2 * ["declare", "bare", "check", "fastapi", "bare"]
    assert [pair.row.name for pair in pairs] == 2 * ["declare", "check", "fastapi"]
    assert pairs[0].bare is pairs[1].bare is not pairs[2].bare


def test_each_round_has_every_row_in_each_variant() -> None:
    pairs = list(measure(ROWS, ["stub", "tls"], 1, lambda *_: figures()))
    assert [(pair.variant, pair.row) for pair in pairs] == [(each, row) for each in ("stub", "tls") for row in ROWS]
