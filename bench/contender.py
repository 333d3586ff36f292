"""One contender in a fresh process: `python -m bench.contender NAME REQUEST ROUNDS ANSWERS`. Prints one JSON line.

`cold_ms` is the CPU from before the import of the application to its first answer. `warm_us` is the CPU of one answer
after that: the median of so many rounds of so many answers each. With no rounds it is null.

This module imports little, and nothing that the application needs: imports before the clock starts are not measured.
"""

import gc
import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any


class Context:
    """What Lambda gives a handler beside the event."""

    function_name = "bench"
    function_version = "$LATEST"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:ap-southeast-1:0:function:bench"
    aws_request_id = "00000000-0000-0000-0000-000000000000"
    log_group_name = log_stream_name = "bench"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 20_000


def main() -> None:
    name, request = sys.argv[1:3]
    rounds, answers = map(int, sys.argv[3:])
    calls = _stub()
    event, status = _read(request)
    module = f"bench.contenders.{name}"
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a contender's log lines
    # The bench's own objects must not slow down contenders whose garbage collector runs.
    gc.collect()
    gc.freeze()

    started = time.process_time()
    __import__(module)
    handler = sys.modules[module].handler
    answer = handler(event, Context())
    cold = (time.process_time() - started) * 1000

    _require(status, answer)
    result: dict[str, Any] = {"cold_ms": cold, "cold_calls": list(calls), "warm_us": None, "warm_calls": []}
    if rounds:
        calls.clear()
        figures = []
        for _ in range(rounds):
            started = time.process_time()
            for _ in range(answers):
                answer = handler(event, Context())
            figures.append((time.process_time() - started) / answers * 1e6)
            _require(status, answer)
        result |= {"warm_us": sorted(figures)[rounds // 2], "warm_calls": calls[-(len(calls) // (rounds * answers)) :]}
    sys.stdout.flush()
    os.write(out, (json.dumps(result) + "\n").encode())


def _stub() -> list[str]:
    """Put the stub in place unless there is a server. Returns the list that the stub writes its calls into."""
    if "BENCH_ANSWERS" not in os.environ:
        return []
    from bench import stub
    from bench.answers import Answers

    answers = Answers.read(os.environ["BENCH_ANSWERS"])
    stub.put_in_place(answers.answer, answers.jwks)
    return answers.calls


def _read(request: str) -> tuple[Any, int]:
    """The event of a request and the status of its answer. Its times are relative to now, and its
    idempotency key is new."""
    with open(os.path.join(os.environ["BENCH_REQUESTS"], f"{request}.json"), encoding="utf-8") as file:
        text = file.read()
    now = datetime.now(UTC)
    values = {
        "{now}": now.isoformat(timespec="seconds"),
        "{seconds}": str(int(now.timestamp())),
        "{arrival}": (now + timedelta(minutes=30)).isoformat(timespec="seconds"),
        "{yesterday}": (now - timedelta(days=1)).isoformat(timespec="seconds"),
        "{key}": os.urandom(16).hex(),
    }
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    read = json.loads(text)
    return read["event"], read["status"]


def _require(status: int, answer: Any) -> None:
    if answer["statusCode"] != status:
        raise SystemExit(f"{status} was expected, not {str(answer)[:2000]}")


if __name__ == "__main__":
    main()
