"""Refresh: what is done each hour. Tokens are renewed before they end; requests and bulletins that wait too long are
counted."""

from contextlib import ExitStack

from chalice.app import CloudWatchEvent

from chalicelib.observability import count, note
from chalicelib.wiring.permits import overdue_requests
from chalicelib.wiring.providers import renew_zalo_tokens
from chalicelib.wiring.publications import overdue_bulletins


def refresh_zalo(_: CloudWatchEvent) -> None:
    """Renew the tokens if they end soon; a stage without an app at Zalo has none. Count the requests for permits that
    are overdue, and the bulletins that nobody has released, as perhaps nobody has opened their lists. If one of the
    three fails, the others are still done."""
    with ExitStack() as afterwards:
        afterwards.callback(_count_bulletins)
        afterwards.callback(_count_requests)
        note(function="refresh_zalo", renewed=renew_zalo_tokens())


def _count_requests() -> None:
    overdue = overdue_requests()
    note(permits_overdue=overdue)
    if overdue:
        count("Permits_overdue", overdue)


def _count_bulletins() -> None:
    overdue = overdue_bulletins()
    note(bulletins_overdue=overdue)
    if overdue:
        count("Bulletins_overdue", overdue)
