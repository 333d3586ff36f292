"""The base of all answers."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """The base of all answers."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class ListPage(Shape):
    """The base of answers with a page of a list."""

    cursor: str | None = None
    """Send it to get the next page; left out on the last one."""
    complete: bool
    """Whether this is the last page."""
