"""Tables for spreadsheets."""

import csv
from io import StringIO

import pytest

from chalicelib.services.spreadsheets import as_table


def test_a_table_begins_with_a_byte_order_mark_and_its_names() -> None:
    assert as_table(("a", "b"), [(1, None), ("x,y", 'say "z"')]) == '\ufeff"a","b"\r\n"1",""\r\n"x,y","say ""z"""\r\n'


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)", " =1", "\u200b\xa0＝1"],
)
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(cell: str) -> None:
    (row,) = csv.reader(StringIO(as_table((), [(cell,)]).removeprefix("\ufeff").removeprefix("\r\n"), newline=""))
    assert row == [f"'{cell}"]


@pytest.mark.parametrize(
    "cell", ["", " ", "Chốt An Hòa", "1", "2021-07-20", "３", "*", "…", "a=1", "https://example.org/"]
)
def test_any_other_cell_stays_as_it_is(cell: str) -> None:
    (row,) = csv.reader(StringIO(as_table((), [(cell,)]).removeprefix("\ufeff").removeprefix("\r\n"), newline=""))
    assert row == [cell]
