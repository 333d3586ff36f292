"""Documents of which one version is in force: which one is asked for, and which one a change replaces."""

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.http.queries import Query
from chalicelib.http.routes import parameter

_ETAG = re.compile(r'(?:W/)?"([^"]+)"')
"""Weak ones too: a compressed answer has a weak ETag, and a version never names two documents."""


class VersionQuery(Query):
    """Which version."""

    version: str | None = None
    """An earlier version; the one in force without it."""


def if_match(route: str, example: str) -> dict[str, Any]:
    """The header that names the version in force, as the ETag of `route` has it."""
    return parameter(
        "header",
        "If-Match",
        f"The version in force, in quotes, as the ETag of `{route}` has it.",
        f'"{example}"',
        required=True,
        pattern='^ *(?:W/)?"[^"]+" *$',
    )


def version_in(headers: Mapping[str, str]) -> str | None:
    """The version that a change replaces."""
    named = _ETAG.fullmatch(headers.get("if-match", "").strip())
    return named[1] if named else None
