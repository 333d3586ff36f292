"""Documents that administrators put in force, such as the policy. Every version is kept for ever, and never changes."""

from datetime import tzinfo
from typing import Annotated, Generic, NamedTuple, Self, TypeVar

from pydantic import AwareDatetime

from chalicelib.models.fields import Line, with_offset
from chalicelib.models.records import Record

VERSION = "[A-Za-z0-9][A-Za-z0-9._~-]{0,39}"
"""A version's name: URLs and ETags contain it unchanged."""


class Versioned(Record):
    """A document of which one version is in force."""

    version: Annotated[str, Line(40)]
    """1 to 40 letters, digits, `.`, `_`, `~` and `-`. A version never changes: what changes gets a new one."""

    def as_stored(self) -> str:
        return self.model_dump_json(exclude_none=True)


class VersionChange(Record):
    """Who put which version in force, when, and which one it replaced."""

    version: str
    """The version that was put in force."""
    instead_of: str | None = None
    """Nothing for the first one there was."""
    stored_at: AwareDatetime
    """When."""
    stored_by: str
    """The member of staff: the subject of their token."""
    stored_by_name: str | None = None
    """Their name, as a colleague had written it; left out if nobody had."""

    def with_offset(self, offset: tzinfo) -> Self:
        """The same, with its time at this offset."""
        return self.model_copy(update={"stored_at": with_offset(self.stored_at, offset)})


Document = TypeVar("Document", bound=Versioned)
Change = TypeVar("Change", bound=VersionChange)


class Kept(NamedTuple, Generic[Document, Change]):
    """A version as it was stored, and how it came to be."""

    document: Document
    change: Change
