"""The base of all queries."""

from pydantic import BaseModel, ConfigDict, Field


class Query(BaseModel):
    """A route's query parameters: each a field, whose docstring describes it. A misspelt parameter is
    not lost: unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class PageQuery(Query):
    """Which page of a list."""

    limit: int = Field(100, ge=1, le=200)
    """The most entries of an answer."""
    cursor: str | None = Field(None, json_schema_extra={"maxLength": 100})
    """Of the answer before, for the entries after those in it; the first ones without it."""
