"""Logs. One structured line an invocation, audit lines beside it, and never a person's data in either.

What is logged is named here, field by field; nothing logs an object whose fields it does not know.
"""

import time
from collections.abc import Callable
from functools import cache
from traceback import extract_tb
from typing import Any

from aws_lambda_powertools import Logger

from chalicelib.models.errors import Misconfigured
from chalicelib.models.staff import Principal


@cache
def logger() -> Logger:
    return Logger(service="tay-ninh-pass", use_rfc3339=True, log_uncaught_exceptions=False)


@cache
def audit_logger() -> Logger:
    return Logger(service="tay-ninh-pass-audit", use_rfc3339=True)


_fields: dict[str, Any] = {}


def note(**fields: object) -> None:
    """Add fields to the line of the invocation under way."""
    _fields.update(fields)


def log_invocation(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Chalice middleware for every kind of event: runs it, then writes its one line."""
    _fields.clear()
    started = time.perf_counter()
    outcome = "failed"
    try:
        response = get_response(event)
        outcome = "answered"
        return response
    finally:
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        logger().info("invocation", outcome=outcome, milliseconds=milliseconds, **_fields)


def failure(error: BaseException) -> None:
    """Note an unexpected error: its type and where it was raised, not its text, which may quote what a person sent."""
    chain: list[str] = []
    link: BaseException | None = error
    while link is not None and len(chain) < 5:
        frames = extract_tb(link.__traceback__)
        where = f"{frames[-1].filename.rpartition('/chalicelib/')[2]}:{frames[-1].lineno}" if frames else "?"
        said = f": {link}" if isinstance(link, Misconfigured) else ""
        chain.append(f"{type(link).__name__} at {where}{said}")
        link = link.__cause__ or link.__context__
    note(error=chain)


def audit(principal: Principal, *, action: str, code: str | None, why: str) -> None:
    """One line for every look at a person's declaration: who, which pass, why; the time is the line's own."""
    audit_logger().info(
        "audit", staff=principal.subject, roles=sorted(principal.roles), action=action, code=code, why=why
    )
