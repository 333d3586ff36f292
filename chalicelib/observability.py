"""Logs, metrics and traces. One structured line an invocation, and never a person's data in it.

What is logged is named here, field by field; nothing logs an object whose fields it does not know. The line carries
the invocation's metrics in CloudWatch's embedded metric format: no call, no agent, no second line.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import gc
import os
import sys
import time
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from json import JSONEncoder
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticSerializationError, to_json

from chalicelib.models.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from chalicelib.models.staff.roles import Principal

NAMESPACE = "TayNinhPass"
SERVICE, AUDIT_SERVICE = "tay-ninh-pass", "tay-ninh-pass-audit"

_DEEPEST = 5
"""Links of a chain of errors that are noted."""
_MOST_FRAMES = 10
"""Of the stack of a failed call, in its trace."""

_NOT_RECORDED = nullcontext()

_encode = JSONEncoder(default=str, ensure_ascii=False, separators=(",", ":")).encode

_fields: dict[str, Any] = {}
_metrics: dict[str, int] = {}
_trails: dict[str, None] = {}
"""In their order. Threads of an invocation may add at once."""
_tracing = {"first": True, "patched": False, "sampled": False}


def put_out(line: str) -> None:
    """Write one line to the standard output, which Lambda sends to the log. In one piece, so that no other line of the
    process comes between."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def note(**fields: object) -> None:
    """Add fields to the line of the invocation under way."""
    _fields.update(fields)


def note_each(**fields: object) -> None:
    """Add to fields that are lists."""
    for name, value in fields.items():
        _fields.setdefault(name, []).append(value)


def count(metric: str, number: int = 1) -> None:
    """Add to a metric of the invocation under way."""
    _metrics[metric] = _metrics.get(metric, 0) + number


def follow(*keys: str) -> None:
    """Note what the invocation under way handles, by keys or events' subjects. The lines of one record's invocations
    are then found by its trail: `models.trails`."""
    from chalicelib.models.trails import trail_of

    _trails.update(dict.fromkeys(filter(None, map(trail_of, keys))))


def log_invocation(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Chalice middleware for every kind of event: runs it, then writes its one line."""
    _fields.clear()
    _metrics.clear()
    _trails.clear()
    _trace_if_sampled()
    started = time.perf_counter()
    outcome = "failed"
    try:
        response = get_response(event)
        outcome = "answered"
        return response
    finally:
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        members = {"outcome": outcome, "milliseconds": milliseconds, **_fields, **_followed(), **_embedded()}
        _write("invocation", SERVICE, members)
        if not gc.isenabled():
            # See app.py. What is there now is what stays for the life of the process.
            gc.freeze()
            gc.enable()


def failure(error: BaseException) -> None:
    """Note an unexpected error: its type and where it was raised, not its text, which may quote what a person sent. Of
    what AWS refused, also the operation and the code."""
    from traceback import extract_tb

    chain: list[str] = []
    link: BaseException | None = error
    while link is not None and len(chain) < _DEEPEST:
        frames = extract_tb(link.__traceback__)
        where = f"{frames[-1].filename.rpartition('/chalicelib/')[2]}:{frames[-1].lineno}" if frames else "?"
        chain.append(f"{type(link).__name__} at {where}{_text_to_note(link)}")
        link = link.__cause__ or link.__context__
    note(error=chain)


def _text_to_note(error: BaseException) -> str:
    """What is known to hold no person's data."""
    from botocore.exceptions import ClientError

    if isinstance(error, Misconfigured):
        return f": {error}"
    if isinstance(error, ClientError):
        reasons = {each.get("Code", "None") for each in error.response.get("CancellationReasons", [])} - {"None"}
        codes = [error.response.get("Error", {}).get("Code", "?"), *sorted(reasons)]
        return f": {error.operation_name} refused: {', '.join(codes)}"
    return ""


def audit(principal: Principal, *, action: str, codes: Sequence[str], why: str) -> None:
    """One line for every look at declarations: who, which passes, why; the time is the line's own."""
    follow(*codes)
    looked = {
        "staff": principal.subject,
        "roles": sorted(principal.roles),
        "action": action,
        "codes": codes,
        "why": why,
    }
    _write("audit", AUDIT_SERVICE, looked)


def traced(service: str, operation: str) -> AbstractContextManager[None]:
    """Record what is done inside as a call to AWS, where X-Ray samples this invocation. For calls of our own: those
    that go through botocore are recorded already.

    `service` is AWS's name of the service ("dynamodb"), `operation` of what is asked ("PutItem").
    """
    return _subsegment(service, operation) if _tracing["sampled"] else _NOT_RECORDED


def _write(message: str, service: str, members: dict[str, Any]) -> None:
    """Write a line of the log. An error here must never fail the request."""
    base = {
        "level": "INFO",
        "message": message,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "service": service,
    }
    try:
        put_out(_json({**base, **members, **_trace_id()}))
    except Exception as error:  # noqa: BLE001 - any error
        with suppress(Exception):
            put_out(_json({**base, "level": "ERROR", "log_error": type(error).__name__}))


def _json(members: dict[str, Any]) -> str:
    """Types that JSON lacks (a UUID, an exception) are written with `str`."""
    try:
        return to_json(members, fallback=str).decode()
    except PydanticSerializationError:
        # UTF-8 cannot encode a lone surrogate. JSON can, as an escape.
        return _encode(members).encode(errors="backslashreplace").decode()


def _trace_id() -> dict[str, str]:
    """The member that leads from the line to the invocation's trace."""
    for part in os.environ.get("_X_AMZN_TRACE_ID", "").split(";"):
        if part.startswith("Root="):
            return {"xray_trace_id": part.removeprefix("Root=")}
    return {}


def _followed() -> dict[str, list[str]]:
    return {"trails": list(_trails)} if _trails else {}


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
    first, _tracing["first"] = _tracing["first"], False
    _tracing["sampled"] = not first and "Sampled=1" in os.environ.get("_X_AMZN_TRACE_ID", "")
    if not _tracing["sampled"] or _tracing["patched"]:
        return
    from aws_xray_sdk.core import patch

    # Not all libraries: that would record every call twice.
    patch(["botocore"])
    _tracing["patched"] = True


@contextmanager
def _subsegment(service: str, operation: str) -> Iterator[None]:
    """As the SDK's patch of botocore records a call, but without the text of an error: it may quote what was sent."""
    from traceback import extract_tb

    from aws_xray_sdk.core import xray_recorder

    subsegment = xray_recorder.begin_subsegment(service, namespace="aws")
    if subsegment is None:  # There is no segment that it could be part of.
        yield
        return
    subsegment.set_aws({"operation": operation, "region": os.environ.get("AWS_REGION", "")})
    try:
        yield
    except Exception as error:
        without_text = type(type(error).__name__, (Exception,), {})()
        subsegment.add_exception(without_text, extract_tb(error.__traceback__, _MOST_FRAMES), remote=True)
        raise
    finally:
        xray_recorder.end_subsegment()
