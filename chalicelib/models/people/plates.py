"""Vehicle plates. People write `70A-123.45`, `70a 12345` or `70A12345`: all are kept as `70A12345`.

Formats of Vietnam: circular 58/2020/TT-BCA and 24/2023/TT-BCA. Plates of other countries are only normalised.
"""

import re

from pydantic_core import PydanticCustomError

from chalicelib.models.fields import visible

AS_SENT = r"^[ .\t\-]*(?:[0-9A-Za-zĐđ][ .\t\-]*){2,12}$"
"""A plate as people write it, of any country, for JSON schemas."""
_SEPARATORS = str.maketrans("", "", " .-\t")
_WRITTEN = re.compile(AS_SENT)
_FOREIGN = re.compile(r"[0-9A-Z]{2,12}")
_VIETNAMESE = re.compile(
    r"""
    \d{2}[A-HK-NPS-VXYZ]\d{4,5}             # cars, by province
    | \d{2}[A-HK-NPS-VXYZ][1-9]\d{4,5}      # motorbikes above 50 cc
    | \d{2}[A-HK-NPS-VXYZ]{2}\d{4,5}        # motorbikes up to 50 cc, and two-letter car series
    | \d{2}(?:KT|LD|DA|R|MĐ|MD|HC|TĐ|TD|CD|T)\d{4,6}  # special series: joint venture, project, trailer, electric, trial
    | \d{2}\d{3}(?:NG|QT|NN|CV)\d{2}        # diplomatic, of organisations, foreigners
    | \d{2}(?:NG|QT|NN|CV)\d{5}             # the same, letters first
    | T\d{2}\d{4,6}                         # temporary
    | [A-Z]{2}\d{4,6}                       # army
    """,
    re.VERBOSE | re.ASCII,
)


def parse_plate(text: str, country: str) -> str:
    """The plate without separators, in upper case. Raises a `plate_impossible` validation error."""
    text = visible(text)
    plate = text.upper().translate(_SEPARATORS)
    if not _WRITTEN.fullmatch(text) or not (_VIETNAMESE if country == "VN" else _FOREIGN).fullmatch(plate):
        raise PydanticCustomError("plate_impossible", "not a possible plate")
    return plate.replace("Đ", "D")
