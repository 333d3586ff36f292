"""Maps new rows of the `entries` table to events."""

from typing import Any

from chalicelib.models.entry import codes
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.events import RowUnreadable
from chalicelib.storage.entry.rows import (
    ALIAS,
    AMENDMENT,
    ARRIVAL,
    CONFLICT,
    CORRECTION,
    CROSSING,
    DECLARATION,
    DEPARTURE,
    NO_DECLARATIONS,
    PROOF,
    REPLACED,
    REQUEST,
    RESTRICTION,
    REVOCATION,
    SETTLEMENT,
    VERIFICATION,
    kind_of,
    person_of,
)

_EVENTS = {
    DECLARATION: EntryEventKind.DECLARATION_SUBMITTED,
    PROOF: EntryEventKind.PHONE_PROVEN,
    CROSSING: EntryEventKind.CROSSING_RECORDED,
    CORRECTION: EntryEventKind.CROSSING_CORRECTED,
    REVOCATION: EntryEventKind.PASS_REVOKED,
    CONFLICT: EntryEventKind.CROSSING_CONFLICTED,
    ALIAS: EntryEventKind.ALIAS_RECORDED,
    DEPARTURE: EntryEventKind.DEPARTURE_RECORDED,
    SETTLEMENT: None,
    RESTRICTION: None,
    AMENDMENT: None,
    ARRIVAL: EntryEventKind.ARRIVAL_RECORDED,
    REPLACED: None,
}
"""The event of a new row in a declaration's partition, by the beginning of its name."""


def event_of(keys: Any) -> EntryEvent | None:
    """The event that a new row means, by its keys as a stream record has them; None if it means none.

    Raises `RowUnreadable`.
    """
    try:
        declaration, row = keys["declaration"]["S"], keys["row"]["S"]
        begins, _, name = declaration.partition("#")
        if begins == VERIFICATION and row == REQUEST:
            kind, code = EntryEventKind.VERIFICATION_REQUESTED, Code(name, codes.VERIFICATION)
        elif begins in NO_DECLARATIONS:
            return None
        else:
            of_row = _EVENTS[kind_of(row)]
            if of_row is None:
                return None
            kind, code = of_row, Code(declaration, person_of(row))
        event = EntryEvent.about(kind, code)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise RowUnreadable from error
    if event.code != code:  # no valid code has this person number
        raise RowUnreadable
    return event
