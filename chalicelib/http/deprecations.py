"""What an operation that will end says: in its answers, and in the document."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from chalice.app import Response

NOTICE = timedelta(days=183)
"""The least time from the announcement of an operation's end until then: docs/versioning.md promises half a year."""

_HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"
"""RFC 9110, 5.6.7. Names are English: nothing here sets a locale. `email.utils` would cost a cold start 5 ms."""


class Deprecation(NamedTuple):
    """An operation is announced to end. Both days begin in UTC."""

    since: date
    sunset: date
    """The first day on which it may be gone."""
    instead: str
    """What does its work: another operation, as `GET /path`, or a sentence."""


def announce(response: Response, deprecation: Deprecation, base_url: str) -> None:
    """Add the headers Deprecation (RFC 9745), Sunset (RFC 8594), and the page that says more."""
    response.headers["Deprecation"] = f"@{int(_beginning(deprecation.since).timestamp())}"
    response.headers["Sunset"] = _beginning(deprecation.sunset).strftime(_HTTP_DATE)
    response.headers["Link"] = f'<{base_url}/docs>; rel="deprecation"; type="text/html"'


def deprecated_members(deprecation: Deprecation) -> dict[str, Any]:
    """What the document's operation has more than others. `x-sunset` is read by `infra.packaging.openapi`."""
    return {"deprecated": True, "x-sunset": deprecation.sunset.isoformat()}


def sentence(deprecation: Deprecation) -> str:
    return f"\n\n**Ends on {deprecation.sunset}.** Instead: {deprecation.instead}."


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
