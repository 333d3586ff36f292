"""The text of a scan without what the scanner adds to it."""

import re

_AROUND = "\u200b\ufeff"
"""Some scanners add it, and `str.strip` does not remove it."""

_MARKS = re.compile(r"(?:\][A-Za-z][0-9A-Za-z])?(?:\\\d{6})*", re.ASCII)
"""A symbology identifier (ISO/IEC 15424: `]Q1` is a QR) and marks of the encoding (`\\000026` is UTF-8), which scanners
write before the text if they are set to."""


def plain_scan(text: str) -> str:
    """The text without blanks around it, and without the scanner's marks before it."""
    text = _stripped(text)
    marks = _MARKS.match(text)
    return _stripped(text[marks.end() :]) if marks and marks[0] else text


def _stripped(text: str) -> str:
    return text.strip().strip(_AROUND).strip()
