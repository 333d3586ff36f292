"""Documents with one version in force: the version that is asked for, and the version that a change replaces."""

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.http.queries import Query
from chalicelib.http.routes import parameter

_ETAG = re.compile(r'(?:W/)?"([^"]+)"')
"""Weak ETags are accepted, too: a compressed answer has a weak one, and a version never names two documents."""


class VersionQuery(Query):
    """The version to show."""

    version: str | None = None
    """An earlier version; the one in force without it."""


def if_match(route: str, example: str) -> dict[str, Any]:
    """The header with the version in force, as in the ETag of `route`."""
    return parameter(
        "header",
        "If-Match",
        f"The version in force, in quotes, as in the ETag of `{route}`.",
        f'"{example}"',
        required=True,
        pattern='^ *(?:W/)?"[^"]+" *$',
    )


def version_in(headers: Mapping[str, str]) -> str | None:
    """The version that a change replaces."""
    named = _ETAG.fullmatch(headers.get("if-match", "").strip())
    return named[1] if named else None
