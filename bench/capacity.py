"""Which limit of a stage comes first as traffic grows, what raises it, and what a month costs.

`python -m bench.capacity` prints it. It measures nothing: it computes with figures that were measured or estimated
(`journeys.json`), AWS's quotas (`quotas.json`), and our settings, which it reads from the template and from `app.py`.
"""

import json
import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

from chalice.package import YAMLTemplateSerializer

from bench.cold_bursts import Burst, burst
from bench.processes import ROOT
from chalicelib.models.entry.events import COUNTED, RECEIVED_BY, EntryEventKind

_HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "capacity.md"
QUOTAS: Mapping[str, Mapping[str, Any]] = json.loads((_HERE / "quotas.json").read_text(encoding="utf-8"))
JOURNEY: Mapping[str, Mapping[str, Any]] = json.loads((_HERE / "journeys.json").read_text(encoding="utf-8"))

PROVINCE, COUNTRY = 100, 55_000
"""Requests a second at the peak."""
PROVINCES = 63
"""A country with a stage, and an account, for each province."""

MONTH = 30 * 24 * 3600
REFUSES, WAITS = "refused", "waits"


class Limit(NamedTuple):
    """A limit, and how many requests a second of journeys reach it."""

    name: str
    ends_at: float
    effect: str
    """Whether requests are refused beyond it, or what follows from them waits."""
    raised: str


class Worker(NamedTuple):
    batch: int
    at_once: int | None
    """None: as many as Lambda starts."""


def quota(name: str) -> float:
    return float(QUOTAS[name]["value"])


def figure(name: str) -> float:
    """Of one journey."""
    return float(JOURNEY[name]["value"])


@cache
def settings() -> dict[str, Any]:
    """The defaults of the template's parameters."""
    template = YAMLTemplateSerializer().load_template((ROOT / "infra" / "template.yaml").read_text(encoding="utf-8"))
    return {name: each.get("Default") for name, each in template["Parameters"].items()}


def workers() -> dict[str, Worker]:
    """The workers of queues, as `app.py` has them."""
    found = re.findall(
        r'^(\w+) = app\.on_sqs_message\(queue_arn=_QUEUE \+ "\w+", batch_size=(\d+)(?:, maximum_concurrency=(\d+))?\)',
        (ROOT / "app.py").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return {name: Worker(int(batch), int(most) if most else None) for name, batch, most in found}


def price_of_a_text() -> int:
    """VND."""
    province = ROOT / "chalicelib" / "data" / "provinces" / settings()["Province"] / "province.json"
    price: int = json.loads(province.read_text(encoding="utf-8"))["prices"]["sms"]
    return price


def events_of_a_worker(name: str) -> float:
    """A second, by a worker of this name that takes one event after the other."""
    return (workers()[name].at_once or 1) / figure("event_seconds")


def records_of_a_shard() -> float:
    """Stream records a second that `fan_out` forwards: a batch of 100 is sent to one queue after the other, by tens."""
    half = 50
    kinds = (EntryEventKind.DECLARATION_SUBMITTED, EntryEventKind.CROSSING_RECORDED)
    queues = [*RECEIVED_BY.values(), COUNTED]
    calls = sum(ceil(half * sum(kind in received for kind in kinds) / 10) for received in queues)
    return 2 * half / (calls * figure("send_seconds"))


def limits() -> list[Limit]:
    """In the order in which they are reached."""
    own = settings()
    requests = figure("requests")
    texts = figure("texts")
    counting = workers()["count"]
    facts = (counting.at_once or 1) * counting.batch / figure("count_seconds")
    senders = sum(workers()[name].at_once or 1 for name in ("notify", "notify_declared"))
    seconds = figure("request_seconds") + figure("worker_seconds") / requests
    to_gates = 1 - figure("public_requests") / requests
    staff = to_gates / 2 * figure("person_seconds")  # for a request a second; a guard makes two for one person
    shards = quota("table_writes_new") / quota("partition_writes")
    a_day = 24 * 3600 * figure("mean_of_peak")

    def journeys(number: float) -> float:
        return number * requests

    found = [
        Limit(
            "money for SMS, of a new account at SNS",
            journeys(quota("sns_spending") / figure("us_dollars_a_text") / texts / 30 / a_day),
            "no text, and no error",
            QUOTAS["sns_spending"]["raised"],
        ),
        Limit(
            "money for messages of a day (`SpendingADay`)",
            journeys(own["SpendingADay"] / price_of_a_text() / texts / a_day),
            "no text until midnight",
            "the setting; Zalo, which costs less",
        ),
        Limit(
            "texts a second of SNS (`SmsRate`)",
            journeys(min(own["SmsRate"], quota("sns_texts")) / texts),
            WAITS,
            f"{QUOTAS['sns_texts']['raised']}, then the setting; Zalo; `SmsProvider=esms`",
        ),
        Limit(
            "reads of secrets by new environments, from one moment on",
            quota("parameters") / (figure("public_requests") / requests),
            "waits, then refused: three attempts in some three seconds",
            QUOTAS["parameters"]["raised"],
        ),
        Limit(
            "executions at once, some new accounts",
            quota("lambda_at_once_new_account") / seconds,
            REFUSES,
            QUOTAS["lambda_at_once_new_account"]["raised"],
        ),
        Limit(
            "workers that send texts",
            journeys(senders * figure("texts_of_a_worker") / texts),
            WAITS,
            "`maximum_concurrency` of `notify`, `notify_declared` in `app.py`, and `WORKERS` in `wiring/messaging.py`",
        ),
        Limit(
            "workers that count",
            journeys(facts / figure("facts")),
            WAITS,
            "`maximum_concurrency` of `count` in `app.py`, with `SHARDS` in `storage/statistics/figures.py`",
        ),
        Limit(
            "declarations without a key (`PublicRate`)",
            journeys(own["PublicRate"]),
            REFUSES,
            "the setting; keys of partners have limits of their own",
        ),
        Limit(
            "writes of a new `statistics` table",
            journeys(quota("table_writes_new") / figure("facts") / figure("writes_of_a_fact")),
            WAITS,
            QUOTAS["table_writes_new"]["raised"],
        ),
        Limit(
            "figures of the gates of one day, one partition of `statistics`",
            journeys(quota("partition_writes") / figure("writes_of_gates_day")),
            WAITS,
            "code: a day's figures in several partitions",
        ),
        Limit(
            "workers that open stays",
            journeys(events_of_a_worker("watch")),
            WAITS,
            "`maximum_concurrency` of `watch` in `app.py`",
        ),
        Limit(
            "workers of webhooks",
            journeys(events_of_a_worker("deliver_webhooks") / 2),
            WAITS,
            "`maximum_concurrency` of `deliver_webhooks` in `app.py`",
        ),
        Limit(
            "writes of a new `tracing` table",
            journeys(quota("table_writes_new") / figure("writes_tracing")),
            WAITS,
            QUOTAS["table_writes_new"]["raised"],
        ),
        Limit(
            "the stream, read by one `fan_out` a shard",
            journeys(shards * records_of_a_shard() / 2),
            WAITS,
            "`ParallelizationFactor` of `FanOut` in the template, up to 10",
        ),
        Limit(
            "requests of each route (`RequestRate`)",
            journeys(own["RequestRate"]),
            REFUSES,
            "the setting",
        ),
        Limit(
            "new environments of a function, from one moment on",
            quota("lambda_new_in_ten_seconds") / figure("cold_seconds") / max(to_gates, 1 - to_gates),
            REFUSES,
            "not at all; `PublicProvisioned` and `GateProvisioned` keep some ready",
        ),
        Limit(
            "writes of a new `messages` table",
            journeys(quota("table_writes_new") / figure("writes_messages")),
            WAITS,
            QUOTAS["table_writes_new"]["raised"],
        ),
        Limit(
            "writes of a new `entries` table",
            journeys(quota("table_writes_new") / figure("writes_entries")),
            REFUSES,
            QUOTAS["table_writes_new"]["raised"],
        ),
        Limit(
            "writes of the `statistics` table",
            journeys(quota("table_writes") / figure("facts") / figure("writes_of_a_fact")),
            WAITS,
            QUOTAS["table_writes"]["raised"],
        ),
        Limit(
            "one hour of the busiest gate, one partition of `tracing`",
            journeys(quota("partition_writes") / figure("writes_of_gate_hour") / figure("busiest_gate")),
            WAITS,
            "not at all: more stages",
        ),
        Limit(
            "postings, one partition of `reference`, if each request at a gate meets another environment",
            quota("partition_reads") / to_gates,
            REFUSES,
            "not at all: more stages",
        ),
        Limit(
            "executions at once",
            quota("lambda_at_once") / seconds,
            REFUSES,
            QUOTAS["lambda_at_once"]["raised"],
        ),
        Limit(
            "requests of the account at the gateway",
            quota("gateway_rate"),
            REFUSES,
            QUOTAS["gateway_rate"]["raised"],
        ),
        Limit(
            "writes of the `tracing` table",
            journeys(quota("table_writes") / figure("writes_tracing")),
            WAITS,
            QUOTAS["table_writes"]["raised"],
        ),
        Limit(
            "a shift that signs in together",
            quota("cognito_sign_ins") * figure("shift_seconds") / staff,
            REFUSES,
            QUOTAS["cognito_sign_ins"]["raised"],
        ),
        Limit(
            "requests of a distribution",
            quota("cloudfront_rate") * requests / (requests + figure("files")),
            REFUSES,
            QUOTAS["cloudfront_rate"]["raised"],
        ),
    ]
    return sorted(found, key=lambda each: each.ends_at)


def first_minute(rate: float) -> tuple[Burst, Burst]:
    """Of the public's function and of the gates', which have half of the account's executions each."""
    public = figure("public_requests") / figure("requests")

    def of(share: float) -> Burst:
        return burst(
            rate * share,
            cold=figure("cold_seconds"),
            warm=figure("request_seconds"),
            new_in_ten_seconds=int(quota("lambda_new_in_ten_seconds")),
            at_once=quota("lambda_at_once") / 2,
        )

    return of(public), of(1 - public)


MARKS = "<!-- what `make capacity` prints -->\n", "\n<!-- to here -->"
"""Around its tables in docs/capacity.md."""


def lines() -> Iterator[str]:
    """Tables, as Markdown."""
    each_province = COUNTRY / PROVINCES
    loads = (PROVINCE, COUNTRY, each_province)
    columns = f"province, {PROVINCE}/s | country, {COUNTRY:,}/s | its {PROVINCES} provinces, {each_province:.0f}/s each"
    yield f"| | limit | reached at, requests/s | {columns} | beyond it | what raises it |"
    yield "|---:|---|---:|---|---|---|---|---|"
    for number, each in enumerate(limits(), start=1):
        reached = " | ".join(_reached(load / each.ends_at) for load in loads)
        yield f"| {number} | {each.name} | {_rounded(each.ends_at)} | {reached} | {each.effect} | {each.raised} |"
    yield ""
    yield "| from nothing, at once | province | country | each of 63 |"
    yield "|---|---:|---:|---:|"
    bursts = [first_minute(load) for load in loads]
    rows = {
        "environments in the first minute": [public.environments + gate.environments for public, gate in bursts],
        "reads of secrets in the worst second": [public.most_in_a_second for public, _ in bursts],
        "requests that find no room": [public.refused + gate.refused for public, gate in bursts],
    }
    for title, numbers in rows.items():
        yield f"| {title} | " + " | ".join(f"{number:,}" for number in numbers) + " |"
    yield ""
    yield "| a month, US$ | province | country | each of 63 |"
    yield "|---|---:|---:|---:|"
    months = [load / figure("requests") * figure("mean_of_peak") * MONTH for load in loads]
    reads = figure("us_dollars_a_million_parameters")
    for title, cost in (
        ("journeys, million", 1e-6),
        ("all but texts", figure("us_dollars_a_million") / 1e6),
        ("texts by SMS, at the lower price", figure("texts") * figure("us_dollars_a_text")),
    ):
        yield f"| {title} | " + " | ".join(_rounded(month * cost) for month in months) + " |"
    a_month = [MONTH / 300 * sum(each.environments for each in both) * reads / 1e6 for both in bursts]
    yield "| higher throughput of the parameter store, at most | " + " | ".join(map(_rounded, a_month)) + " |"
    yield ""
    yield "| AWS's quota | | can be raised | source |"
    yield "|---|---:|---|---|"
    for known in QUOTAS.values():
        yield f"| {known['unit']} | {known['value']:,} | {known['raised'] or 'no'} | [AWS]({known['source']}) |"
    yield ""
    yield "| figure of a journey | | from |"
    yield "|---|---:|---|"
    for name, known in JOURNEY.items():
        yield f"| {name.replace('_', ' ')} | {known['value']:g} | {known['from']} |"


def _reached(times: float) -> str:
    """How many times a load is the limit."""
    return f"**{_rounded(times)} ×**" if times > 1 else f"{times:.0%}"


def _rounded(number: float) -> str:
    """To two digits, as no figure is more exact."""
    rounded = float(f"{number:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def main(arguments: Sequence[str]) -> None:
    parser = ArgumentParser(prog="python -m bench.capacity", description="Print which limits come first.")
    parser.add_argument("--keep", action="store_true", help="write the tables into docs/capacity.md, too")
    printed = "\n".join(lines())
    if parser.parse_args(arguments).keep:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
        _, _, after = rest.partition(MARKS[1])
        PAGE.write_text(before + MARKS[0] + printed + MARKS[1] + after, encoding="utf-8")
    print(printed)


if __name__ == "__main__":
    main(sys.argv[1:])
