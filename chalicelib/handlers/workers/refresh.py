"""Refresh: the tokens of the Official Account are renewed before they end."""

from chalice.app import CloudWatchEvent

from chalicelib.observability import note
from chalicelib.wiring.providers import renew_zalo_tokens


def refresh_zalo(_: CloudWatchEvent) -> None:
    """Renew the tokens if they end soon. A stage without an app at Zalo has nothing to do."""
    note(function="refresh_zalo", renewed=renew_zalo_tokens())
