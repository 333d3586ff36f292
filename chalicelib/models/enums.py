"""Enumerations of texts."""

import enum
from operator import attrgetter
from typing import TYPE_CHECKING


class StrEnum(enum.StrEnum):
    """The standard library's, but quicker to write: pydantic reads the `value` of each member that it writes, which
    takes two calls of Python there and none here. A declaration has some twenty."""

    if not TYPE_CHECKING:
        value = property(attrgetter("_value_"))
