"""Logs, metrics and traces. One structured line an invocation, and never a person's data in it.

What is logged is named here, field by field; nothing logs an object whose fields it does not know. The line carries
the invocation's metrics in CloudWatch's embedded metric format: no call, no agent, no second line.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import gc
import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from chalicelib.models.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.models.staff.staff import Principal

NAMESPACE = "TayNinhPass"

_DEEPEST = 5
"""Links of a chain of errors that are noted."""


@cache
def logger() -> Logger:
    return Logger(service="tay-ninh-pass", use_rfc3339=True, log_uncaught_exceptions=False)


@cache
def audit_logger() -> Logger:
    return Logger(service="tay-ninh-pass-audit", use_rfc3339=True)


_fields: dict[str, Any] = {}
_metrics: dict[str, int] = {}
_traced = {"first": True, "patched": False}


def note(**fields: object) -> None:
    """Add fields to the line of the invocation under way."""
    _fields.update(fields)


def count(metric: str, number: int = 1) -> None:
    """Add to a metric of the invocation under way."""
    _metrics[metric] = _metrics.get(metric, 0) + number


def log_invocation(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Chalice middleware for every kind of event: runs it, then writes its one line."""
    _fields.clear()
    _metrics.clear()
    _trace_if_sampled()
    started = time.perf_counter()
    outcome = "failed"
    try:
        response = get_response(event)
        outcome = "answered"
        return response
    finally:
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        logger().info("invocation", outcome=outcome, milliseconds=milliseconds, **_fields, **_embedded())
        if not gc.isenabled():
            # See app.py. What is there now is what stays for the life of the process.
            gc.freeze()
            gc.enable()


def failure(error: BaseException) -> None:
    """Note an unexpected error: its type and where it was raised, not its text, which may quote what a person sent."""
    from traceback import extract_tb

    chain: list[str] = []
    link: BaseException | None = error
    while link is not None and len(chain) < _DEEPEST:
        frames = extract_tb(link.__traceback__)
        where = f"{frames[-1].filename.rpartition('/chalicelib/')[2]}:{frames[-1].lineno}" if frames else "?"
        text = f": {link}" if isinstance(link, Misconfigured) else ""
        chain.append(f"{type(link).__name__} at {where}{text}")
        link = link.__cause__ or link.__context__
    note(error=chain)


def audit(principal: Principal, *, action: str, codes: Sequence[str], why: str) -> None:
    """One line for every look at declarations: who, which passes, why; the time is the line's own."""
    audit_logger().info(
        "audit", staff=principal.subject, roles=sorted(principal.roles), action=action, codes=codes, why=why
    )


def _embedded() -> dict[str, Any]:
    if not _metrics:
        return {}
    named = [{"Name": name, "Unit": "Count"} for name in _metrics]
    directive = {"Namespace": NAMESPACE, "Dimensions": [["Stage"]], "Metrics": named}
    described = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": described, "Stage": os.environ.get("STAGE", ""), **_metrics}


def _trace_if_sampled() -> None:
    """Record calls to AWS where X-Ray samples this request. Lambda traces the invocation itself; the SDK adds what it
    asks of AWS. Its import costs a cold function 150 to 280 ms, so the first answer never waits for it."""
    first, _traced["first"] = _traced["first"], False
    if first or _traced["patched"] or "Sampled=1" not in os.environ.get("_X_AMZN_TRACE_ID", ""):
        return
    from aws_xray_sdk.core import patch

    # Not all libraries: that would record every call twice.
    patch(["botocore"])
    _traced["patched"] = True
