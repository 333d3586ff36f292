"""Looks: how many times a member of staff asked for persons' data in an hour."""

from pydantic import AwareDatetime

from chalicelib.models.records import Record


class LooksRecord(Record):
    """The looks of one member of staff in the last hour in which they looked, of all processes together."""

    hour: AwareDatetime
    """When the hour begins: the clock's hours, not the last sixty minutes."""
    looks: int
