"""Tables for spreadsheets, as CSV (RFC 4180)."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

_BYTE_ORDER_MARK = "\ufeff"
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""First characters of cells that a spreadsheet would run: https://owasp.org/www-community/attacks/CSV_Injection."""


def as_table(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """The rows after a row of names; None is an empty cell. A cell that a spreadsheet would run is quoted.

    It begins with a byte order mark: Excel reads it as UTF-8 only with one.
    """
    table = StringIO()
    writer = csv.writer(table, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(_cell(value) for value in row)
    return _BYTE_ORDER_MARK + table.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text
