"""The base of all answers."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """The base of all answers."""

    model_config = ConfigDict(frozen=True, defer_build=True)
