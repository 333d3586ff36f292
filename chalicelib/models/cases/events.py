"""The events of cases: changes of a case, and searches to do."""

from collections.abc import Mapping

from pydantic import AwareDatetime

from chalicelib.models.enums import StrEnum
from chalicelib.models.events import Event, Queue
from chalicelib.models.tracing.markers import SEARCH_DUE


class CaseEventKind(StrEnum):
    CASE_OPENED = "case_opened"
    CONTACT_FOUND = "contact_found"
    CASE_ENDED = "case_ended"


class CaseEvent(Event):
    """`subject` is the case's code. A new row of the `cases` table is an event."""

    kind: CaseEventKind
    hop: int = 0
    """The hop of the contact."""
    person: str = ""
    """The contact's keyed hash."""
    since: AwareDatetime | None = None
    """From when the contact may have infected others."""
    follows: bool = True
    """Whether those near the contact are searched, too."""


RECEIVED_BY: Mapping[Queue, frozenset[str]] = {Queue.CASES: frozenset({*CaseEventKind, SEARCH_DUE})}
"""All events of cases are for one worker."""

COUNTED = frozenset(CaseEventKind)
"""The kinds that the queue of counts receives, each as an event of its own that names the row."""
