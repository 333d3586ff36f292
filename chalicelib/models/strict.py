"""The base of everything that is read from outside: no unknown field, no silent conversion, frozen.

Rules beyond a field's type are checked once, at the edge. What was accepted and stored is read back without them:
a rule that is tightened later must not make yesterday's records unreadable.
"""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

STORED: dict[str, Any] = {"stored": True}
"""The validation context in which records from storage are read."""


class Strict(BaseModel):
    """Refuses unknown fields and conversions; blanks around text are dropped; an instance never changes."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        str_strip_whitespace=True,
        use_attribute_docstrings=True,
        # A model is built when it is first needed: a process needs few of those it imports.
        defer_build=True,
    )


def at_edge(check: Callable[[Any, ValidationInfo], Any]) -> AfterValidator:
    """A validator that is not run on records from storage."""

    def validate(value: Any, info: ValidationInfo) -> Any:
        return value if info.context is STORED else check(value, info)

    return AfterValidator(validate)


Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\P{Cc}*$")]
"""One line of free text, without control characters."""
