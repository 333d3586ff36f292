"""Looks: how many times a member of staff asked for persons' data in an hour."""

from pydantic import AwareDatetime

from chalicelib.models.records import Record


class LooksRecord(Record):
    """The looks of one member of staff in their latest hour with a look, summed over all processes."""

    hour: AwareDatetime
    """When the hour begins: the clock's hours, not the last sixty minutes."""
    looks: int
