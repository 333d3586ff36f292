"""Remind: drafts whose time has come become events of the queue of declared messages."""

from chalice.app import CloudWatchEvent

from chalicelib.observability import count, note
from chalicelib.services.entry.reminders import hand_over
from chalicelib.wiring.entry import reminder_desk


def remind_drafts(_: CloudWatchEvent) -> None:
    """Hand over the reminders that are due. Those that do not fit into one run are due in the next."""
    due = hand_over(desk=reminder_desk())
    note(function="remind_drafts", due=due)
    if due:
        count("Drafts_due", due)
