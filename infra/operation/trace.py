"""Follow one request, or one declaration, through all functions, by the lines that they logged.

    python -m infra trace 5d0f9a52-8a3b-4e0e-9f5a-6a0f0a3c2f11 --stage prod

The id is an answer's `X-Request-Id` (the end of a problem's `instance`), the `X-Request-Id` that an app sent itself,
the code of a pass, a permit or a case, or a trail: what leads from line to line. Lines of one record have one trail, so
other requests about the same declaration are shown, too; those with the id are marked with >. What it prints has no
code and nobody's data.
"""

import json
import re
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.models.entry.codes import plain_characters
from chalicelib.models.trails import trail_of
from infra.accounts import APPLICATION, Account, add_arguments, chosen
from infra.errors import CannotGoOn

_TRAIL = re.compile(r"[0-9a-f]{12}")
_REQUEST = re.compile(r"(?:urn:request:)?([0-9A-Za-z=_-]{8,64})")
_MOST_LINES = 1_000
_MOST_GROUPS = 50
"""Log groups that one query may read."""
_ENDED = ("Complete", "Failed", "Cancelled", "Timeout")


class Line(NamedTuple):
    """What one invocation logged."""

    at: datetime
    function: str
    """As its log group is named."""
    members: Mapping[str, Any]

    @property
    def trails(self) -> list[str]:
        trails: list[str] = self.members.get("trails", [])
        return trails

    def text(self, trails: Sequence[str]) -> str:
        members = self.members
        parts = [f"{members['route']} {members.get('status', '')}".rstrip()] if "route" in members else []
        if "events" in members:
            parts.append(f"{members['events']} events, {members.get('failed', 0)} failed")
        parts += [str(members[name]) for name in ("code", "stopped_by") if name in members]
        for each in members.get("messages", []):
            trail, _, outcome = each.partition(" ")
            parts += [f"message {outcome}"] if trail in trails else []
        parts += [f"{members['milliseconds']} ms"] if "milliseconds" in members else []
        return ", ".join(parts + [str(each) for each in members.get("error", [])])


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("id", help="a request's id, a code or a trail")
    parser.add_argument("--hours", type=float, default=3, help="how far back to look (3)")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    print("\n".join(followed(account, stage, options.id, since=datetime.now(UTC) - timedelta(hours=options.hours))))


def followed(account: Account, stage: str, text: str, *, since: datetime) -> Iterator[str]:
    """What to print. Raises `CannotGoOn` if no line has the id."""
    groups = _groups(account, stage)
    trail = text if _TRAIL.fullmatch(text) else trail_of(plain_characters(text))
    if trail is not None:
        own, trails = "", [trail]
    else:
        match = _REQUEST.fullmatch(text)
        if match is None:
            raise CannotGoOn(f"{text} is no id of a request, no code and no trail.")
        own = match[1]
        trails = list(dict.fromkeys(each for line in _lines(account, groups, [own], since) for each in line.trails))
    wanted = [own, *trails] if own else trails
    lines = list(_lines(account, groups, wanted, since))
    if not lines:
        raise CannotGoOn(
            f"No line since {since:%Y-%m-%d %H:%M} UTC has it. CloudWatch takes some seconds to find a new line; to "
            "look further back: --hours."
        )
    for line in lines:
        mark = ">" if own and own in (line.members.get("request_id"), line.members.get("client_request_id")) else " "
        yield f"{mark} {line.at:%Y-%m-%d %H:%M:%S.%f}"[:25] + f"  {line.function:18}{line.text(trails)}"
    if len(lines) == _MOST_LINES:
        yield f"There are more than these {_MOST_LINES}: give less --hours."
    yield ""
    yield "Trails: " + (", ".join(trails) or "none: the request has stored nothing")
    yield f"In Logs Insights, over the groups that begin with {_prefix(stage)}:"
    yield f"  {_query(wanted)}"


def _prefix(stage: str) -> str:
    return f"/{APPLICATION}/{stage}/"


def _groups(account: Account, stage: str) -> list[str]:
    pages = account.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=_prefix(stage))
    groups = [each["logGroupName"] for page in pages for each in page["logGroups"]]
    if not groups:
        raise CannotGoOn(f"There are no log groups {_prefix(stage)}… in {account.region}. Name the right stage.")
    return groups


def _query(ids: Sequence[str]) -> str:
    wanted = "|".join(ids)
    return f"fields @timestamp, @log, @message | filter @message like /{wanted}/ | sort @timestamp asc"


def _lines(account: Account, groups: Sequence[str], ids: Sequence[str], since: datetime) -> list[Line]:
    """The lines with one of the ids, in order."""
    client, found = account.client("logs"), []
    for first in range(0, len(groups), _MOST_GROUPS):
        asked = client.start_query(
            logGroupNames=groups[first : first + _MOST_GROUPS],
            startTime=int(since.timestamp()),
            endTime=int(time.time()) + 1,
            queryString=_query(ids),
            limit=_MOST_LINES,
        )
        while (answer := client.get_query_results(queryId=asked["queryId"]))["status"] not in _ENDED:
            time.sleep(account.pause)
        if answer["status"] != "Complete":
            raise CannotGoOn(f"The query of the logs has ended as {answer['status']}. Give less --hours.")
        found += answer["results"]
    return sorted(filter(None, map(_line, found)), key=lambda each: each.at)[:_MOST_LINES]


def _line(row: Sequence[Mapping[str, str]]) -> Line | None:
    """None for what no function of ours wrote, as Lambda's own lines."""
    fields = {each["field"]: each["value"] for each in row}
    try:
        members = json.loads(fields["@message"])
    except ValueError:
        return None
    at = datetime.fromisoformat(fields["@timestamp"]).replace(tzinfo=UTC)
    return Line(at, fields["@log"].rpartition("/")[2], members) if isinstance(members, dict) else None
