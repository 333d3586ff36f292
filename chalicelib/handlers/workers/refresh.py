"""Refresh: what is done each hour. Tokens are renewed before they end, and requests that wait too long are counted."""

from chalice.app import CloudWatchEvent

from chalicelib.observability import count, note
from chalicelib.wiring.permits import overdue_requests
from chalicelib.wiring.providers import renew_zalo_tokens


def refresh_zalo(_: CloudWatchEvent) -> None:
    """Renew the tokens if they end soon: not in a stage without an app at Zalo. Count the requests for permits that are
    overdue: nobody may have read their list. One of the two may fail without the other."""
    try:
        note(function="refresh_zalo", renewed=renew_zalo_tokens())
    finally:
        overdue = overdue_requests()
        note(permits_overdue=overdue)
        if overdue:
            count("Permits_overdue", overdue)
