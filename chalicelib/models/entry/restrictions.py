"""The restriction: a person asked that what is held about them is used no more than it must be."""

from pydantic import AwareDatetime

from chalicelib.models.records import Record


class Restriction(Record):
    """The fact that a person's data in a declaration was restricted, or is so no longer. The last one holds."""

    restricted: bool
    recorded_at: AwareDatetime
    recorded_by: str
    """Who entered the person's request: an identity in AWS."""
