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

from bench.cold_bursts import Burst, burst, reads
from bench.processes import ROOT
from chalicelib.models.entry.events import COUNTED, RECEIVED_BY, EntryEventKind
from chalicelib.services.parallel import AT_MOST
from chalicelib.wiring import READS_OF_SECRETS

_HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "capacity.md"
QUOTAS: Mapping[str, Mapping[str, Any]] = json.loads((_HERE / "quotas.json").read_text(encoding="utf-8"))
LIMITS: Mapping[str, Mapping[str, str]] = json.loads((_HERE / "limits.json").read_text(encoding="utf-8"))
JOURNEY: Mapping[str, Mapping[str, Any]] = json.loads((_HERE / "journeys.json").read_text(encoding="utf-8"))

PROVINCE, COUNTRY = 100, 55_000
"""Requests a second at the peak."""
PROVINCES = 63
"""A country with a stage, and an account, for each province."""

MONTH = 30 * 24 * 3600
_WHOLE_PROCESSOR = 1769
"""MB: a function with so much memory has one processor."""


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
    """Stream records a second that `fan_out` forwards: a batch of 100 is sent by tens, many tens at once. Its share of
    a processor is that of its memory."""
    half = 50
    kinds = (EntryEventKind.DECLARATION_SUBMITTED, EntryEventKind.CROSSING_RECORDED)
    queues = [*RECEIVED_BY.values(), COUNTED]
    calls = sum(ceil(half * sum(kind in received for kind in kinds) / 10) for received in queues)
    waiting = (1 + ceil((calls - 1) / AT_MOST)) * figure("send_seconds")
    working = calls * figure("send_processor_seconds") * _WHOLE_PROCESSOR / _memory("fan_out")
    factor: float = settings()["FanOutFactor"]
    return factor * 2 * half / max(waiting, working)


def _memory(function: str) -> int:
    """MB."""
    config = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    memory: int = config["stages"]["prod"]["lambda_functions"][function]["lambda_memory_size"]
    return memory


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
    new_table = float(own["WarmWrites"] or quota("table_writes_new"))
    shards = new_table / quota("partition_writes")
    a_day = 24 * 3600 * figure("mean_of_peak")

    def journeys(number: float) -> float:
        return number * requests

    reached = {
        "sms_money": journeys(quota("sns_spending") / figure("us_dollars_a_text") / texts / 30 / a_day),
        "day_money": journeys(own["SpendingADay"] / price_of_a_text() / texts / a_day),
        "sms_rate": journeys(min(own["SmsRate"], quota("sns_texts")) / texts),
        "secrets": quota("parameters") / (figure("public_requests") / requests),
        "at_once_new_account": quota("lambda_at_once_new_account") / seconds,
        "senders": journeys(senders * figure("texts_of_a_worker") / texts),
        "counters": journeys(facts / figure("facts")),
        "public_rate": journeys(own["PublicRate"]),
        "new_statistics": journeys(new_table / figure("facts") / figure("writes_of_a_fact")),
        "gates_day": journeys(quota("partition_writes") / figure("writes_of_gates_day")),
        "stay_workers": journeys(events_of_a_worker("watch")),
        "webhook_workers": journeys(events_of_a_worker("deliver_webhooks") / 2),
        "new_tracing": journeys(new_table / figure("writes_tracing")),
        "stream": journeys(shards * records_of_a_shard() / 2),
        "request_rate": journeys(own["RequestRate"]),
        "new_environments": quota("lambda_new_in_ten_seconds") / figure("cold_seconds") / max(to_gates, 1 - to_gates),
        "new_messages": journeys(new_table / figure("writes_messages")),
        "new_entries": journeys(new_table / figure("writes_entries")),
        "statistics_table": journeys(quota("table_writes") / figure("facts") / figure("writes_of_a_fact")),
        "gate_hour": journeys(quota("partition_writes") / figure("writes_of_gate_hour") / figure("busiest_gate")),
        # A read that may be late is half a read.
        "postings": 2 * quota("partition_reads") / to_gates,
        "at_once": quota("lambda_at_once") / seconds,
        "gateway": quota("gateway_rate"),
        "tracing_table": journeys(quota("table_writes") / figure("writes_tracing")),
        "sign_ins": quota("cognito_sign_ins") * figure("shift_seconds") / staff,
        "distribution": quota("cloudfront_rate") * requests / (requests + figure("files")),
    }
    return sorted((_limit(name, ends_at) for name, ends_at in reached.items()), key=lambda each: each.ends_at)


def _limit(name: str, ends_at: float) -> Limit:
    text = LIMITS[name]
    by_aws = QUOTAS[text["quota"]]["raised"] if "quota" in text else ""
    return Limit(text["name"], ends_at, text["effect"], text.get("raised", "{quota}").replace("{quota}", by_aws))


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
    secrets = [reads(public.new, a_second=quota("parameters"), attempts=READS_OF_SECRETS) for public, _ in bursts]
    rows = {
        "environments in the first minute": [public.environments + gate.environments for public, gate in bursts],
        "reads of secrets in the worst second": [max(public.new.values()) for public, _ in bursts],
        "of these, requests refused because the secrets were not read": [each.refused for each in secrets],
        "seconds that the last one waits for them": [round(each.longest) for each in secrets],
        "requests that find no room": [public.refused + gate.refused for public, gate in bursts],
    }
    for title, numbers in rows.items():
        yield f"| {title} | " + " | ".join(f"{number:,}" for number in numbers) + " |"
    yield ""
    yield "| a month, US$ | province | country | each of 63 |"
    yield "|---|---:|---:|---:|"
    months = [load / figure("requests") * figure("mean_of_peak") * MONTH for load in loads]
    a_read = figure("us_dollars_a_million_parameters") / 1e6
    for title, cost in (
        ("journeys, million", 1e-6),
        ("all but texts", figure("us_dollars_a_million") / 1e6),
        ("texts by SMS, at the lower price", figure("texts") * figure("us_dollars_a_text")),
    ):
        yield f"| {title} | " + " | ".join(_rounded(month * cost) for month in months) + " |"
    a_month = [MONTH / 300 * sum(each.environments for each in both) * a_read for both in bursts]
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
