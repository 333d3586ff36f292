"""Tables for spreadsheets."""

import csv
from io import StringIO

import pytest

from chalicelib.services.spreadsheets import as_table


def test_a_table_begins_with_a_byte_order_mark_and_its_names() -> None:
    assert as_table(("a", "b"), [(1, None), ("x,y", 'say "z"')]) == '\ufeff"a","b"\r\n"1",""\r\n"x,y","say ""z"""\r\n'


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(cell: str) -> None:
    (row,) = csv.reader(StringIO(as_table((), [(cell,)]).removeprefix("\ufeff").removeprefix("\r\n"), newline=""))
    assert row == [f"'{cell}"]
