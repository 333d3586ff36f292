"""The base of all queries."""

from pydantic import BaseModel, ConfigDict


class Query(BaseModel):
    """A route's query parameters: each a field, whose docstring describes it. Unknown parameters are ignored."""

    model_config = ConfigDict(frozen=True, defer_build=True)
