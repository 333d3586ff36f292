"""The events of the queue `counts`: facts that are to be counted."""

from chalicelib.models.events import Event


class CountEvent(Event):
    """A fact. `kind` is that of the event that its capability has for it; `subject` is what it is about.

    Some facts about one subject have events that are equal, as two corrections of one crossing. `fact` tells them
    apart.
    """

    fact: str
    """The name of the fact's row, within what the subject names."""

    @classmethod
    def of_row(cls, event: Event, row: str) -> "CountEvent":
        """The fact of a new row, for which its capability has this event."""
        return cls(kind=event.kind, subject=event.subject, fact=row)
