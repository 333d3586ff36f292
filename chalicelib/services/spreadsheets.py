"""Tables for spreadsheets, as CSV (RFC 4180)."""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any
from unicodedata import normalize

from chalicelib.models.fields import UNSEEN

_BYTE_ORDER_MARK = "\ufeff"
_FORMULAS = ("=", "+", "-", "@")
"""First characters of cells that a spreadsheet would run: https://owasp.org/www-community/attacks/CSV_Injection. Some
take their full-width forms for them, or leave out what stands before them and nobody sees."""
_BREAKS = ("\t", "\r", "\n")
_NOT_SEEN = re.compile(rf"[\s{UNSEEN}]*")


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
    return f"'{text}" if _is_run(text) else text


def _is_run(text: str) -> bool:
    if text[:1].isalnum():
        return False  # most cells
    plain = text if text.isascii() else normalize("NFKC", text)
    before = _NOT_SEEN.match(plain)
    return text.startswith(_BREAKS) or plain.startswith(_FORMULAS, before.end() if before else 0)
