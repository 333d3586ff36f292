"""What a day's log says that is counted: looks of staff, and verdicts of checks. No table has a record of them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from botocore.exceptions import ClientError

from chalicelib.models.statistics.checks import GateOf, checks_of
from chalicelib.models.statistics.events import CountEvent
from chalicelib.models.statistics.looks import looks_of
from infra.accounts import APPLICATION, Account

FUNCTIONS = ("gate", "office", "health")
"""Those whose lines are counted, as their log groups are named."""
WANTED = '{ ($.message = "audit") || ($.verdict = "*") }'
"""Lines that may be counted. The local engine gives all lines."""


def groups_of(stage: str) -> list[str]:
    return [f"/{APPLICATION}/{stage}/{function}" for function in FUNCTIONS]


def are_kept(day: date, kept_days: int, zone: tzinfo) -> bool:
    """Whether logs that are kept for so many days still have the whole day."""
    return datetime.combine(day, time(), zone) > datetime.now(zone) - timedelta(days=kept_days)


def events_of(
    account: Account, groups: Sequence[str], day: date, gate_of: GateOf, zone: tzinfo
) -> Iterator[CountEvent]:
    """The events of all lines of a day, as the function `keep_audit` sends them. A function that has not run yet has no
    lines."""
    begins, ends = (
        int(datetime.combine(each, time(), zone).timestamp() * 1000) for each in (day, day + timedelta(days=1))
    )
    paginator = account.client("logs").get_paginator("filter_log_events")
    for group in groups:
        pages = paginator.paginate(logGroupName=group, startTime=begins, endTime=ends - 1, filterPattern=WANTED)
        try:
            for page in pages:
                lines = [{**each, "id": each["eventId"]} for each in page["events"]]
                yield from looks_of(lines)
                yield from checks_of(lines, gate_of)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
