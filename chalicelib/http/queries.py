"""The base of all queries."""

from pydantic import BaseModel, ConfigDict


class Query(BaseModel):
    """A route's query parameters: each a field, whose docstring describes it. A misspelt parameter is
    not lost: unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
