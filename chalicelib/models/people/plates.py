"""Vehicle plates. People write `70A-123.45`, `70a 12345` or `70A12345`: all are kept as `70A12345`.

Formats of Vietnam: circular 58/2020/TT-BCA and 24/2023/TT-BCA. Plates of other countries are only normalised.
"""

from typing import Annotated

from pydantic import Field, ValidationInfo
from pydantic_core import PydanticCustomError

from chalicelib.models.fields import visible
from chalicelib.models.patterns import compiled
from chalicelib.models.records import at_edge

AS_SENT = r"^[ .\t\-]*(?:[0-9A-Za-zĐđ][ .\t\-]*){2,12}$"
"""A plate as people write it, of any country, for JSON schemas."""
_SEPARATORS = str.maketrans("", "", " .-\t")
_FOREIGN = r"[0-9A-Z]{2,12}"
_VIETNAMESE = r"""(?ax)
    \d{2}[A-HK-NPS-VXYZ]\d{4,5}             # cars, by province
    | \d{2}[A-HK-NPS-VXYZ][1-9]\d{4,5}      # motorbikes above 50 cc
    | \d{2}[A-HK-NPS-VXYZ]{2}\d{4,5}        # motorbikes up to 50 cc, and two-letter car series
    | \d{2}(?:KT|LD|DA|R|MĐ|MD|HC|TĐ|TD|CD|T)\d{4,6}  # special series: joint venture, project, trailer, electric, trial
    | \d{2}\d{3}(?:NG|QT|NN|CV)\d{2}        # diplomatic, of organisations, foreigners
    | \d{2}(?:NG|QT|NN|CV)\d{5}             # the same, letters first
    | T\d{2}\d{4,6}                         # temporary
    | [A-Z]{2}\d{4,6}                       # army
    """


def parse_plate(text: str, country: str) -> str:
    """The plate without separators, in upper case. Raises a `plate_impossible` validation error."""
    text = visible(text)
    plate = text.upper().translate(_SEPARATORS)
    form = _VIETNAMESE if country == "VN" else _FOREIGN
    if not compiled(AS_SENT).fullmatch(text) or not compiled(form).fullmatch(plate):
        raise PydanticCustomError("plate_impossible", "not a possible plate")
    return plate.replace("Đ", "D")


def plate_of_country(plate: str | None, info: ValidationInfo) -> str | None:
    """The plate, parsed by the rules of the record's `plate_country`, which is a field before it."""
    return None if plate is None else parse_plate(plate, info.data.get("plate_country", "VN"))


PlateText = Annotated[str, Field(json_schema_extra={"pattern": AS_SENT})]

OptionalPlate = Annotated[PlateText | None, Field(max_length=20, examples=["70A-123.45"]), at_edge(plate_of_country)]
"""A plate, kept without separators, in a record that has a `plate_country`."""
