"""The `reference` table: what changes without a deployment.

Each capability has partitions of its own in it: see the modules of storage that use it.
"""

from collections.abc import Callable
from typing import TypeVar

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.records import STORED, Strict
from chalicelib.storage.tables import answering, put_if

_ATTEMPTS = 10
"""At a change, each of which fails only if someone else's succeeds."""

Record = TypeVar("Record", bound=Strict)


class ReferenceRow(Model):
    class Meta:
        table_name = "reference"

    partition = UnicodeAttribute(hash_key=True)
    row = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    version = UnicodeAttribute(null=True)
    """Of a policy: what the condition of a change looks at."""
    change = UnicodeAttribute(null=True)
    """Of a policy: who put it in force, when, in place of which."""


def change_row(partition: str, row: str, kind: type[Record], make: Callable[[Record | None], Record]) -> Record:
    """Store what `make` makes of the record that stands in a row, if any does, and return it.

    It is made anew whenever someone else's change came in between. What is as it was is not written.
    """
    standing = body_of(partition, row)
    for _ in range(_ATTEMPTS):
        before = None if standing is None else kind.model_validate_json(standing, context=STORED)
        after = make(before)
        if after == before:
            return after
        # By the text that was read: what an older version wrote may read the same and be written otherwise.
        unchanged = ReferenceRow.row.does_not_exist() if standing is None else ReferenceRow.body == standing
        other = put_if(unchanged, ReferenceRow(partition, row, body=after.model_dump_json(exclude_none=True)))
        if other is None:
            return after
        standing = other["body"]["S"]
    raise ServiceUnavailable


def body_of(partition: str, row: str) -> str | None:
    with answering():
        try:
            return ReferenceRow.get(partition, row, consistent_read=True).body
        except ReferenceRow.DoesNotExist:
            return None
