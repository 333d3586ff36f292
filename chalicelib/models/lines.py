"""Lists in which each line has its own outcome: a line that cannot be read does not stop the others."""

from typing import Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler

LONGEST_ID = 64
"""Characters of the sender's own id of a line."""


class UnreadableLine:
    """A line that does not fit its form, with the problems that pydantic found."""

    def __init__(self, line: Any, error: ValidationError) -> None:
        sent = line.get("id") if isinstance(line, dict) else None
        self.id = sent if isinstance(sent, str) and len(sent) <= LONGEST_ID else None
        """The sender's own id of it, if it can be read."""
        self.problems = error.errors(include_url=False, include_input=False)


def read_or_kept(line: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """A line that cannot be read is kept as an `UnreadableLine`. For a `WrapValidator` of the line's form."""
    try:
        return read(line)
    except ValidationError as error:
        return UnreadableLine(line, error)
