"""The base of all answers."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """The base of all answers."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class ListPage(Shape):
    """The base of answers that are a page of a list."""

    cursor: str | None = None
    """To be sent to get those after; left out if there are none."""
    complete: bool
    """Whether there are none after."""
