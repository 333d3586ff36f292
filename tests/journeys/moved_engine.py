"""The local engine of a system whose clock a test moves: the engine moves it, while nothing is under way.

A clock that jumps while a function runs breaks what no clock of the cloud breaks. The engine refuses a request that was
signed before and arrives after (`InvalidSignatureException`), and it forgets records of a stream that are a day old,
read or not. Only the engine sees what runs and what is unread, and only it can keep functions from starting meanwhile.
It has nothing public for that.
"""

import os
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from infra.local import engine_process
from infra.local.pages import Application, Receive, Scope, Send

PATH = "/_ministack/moved-clock"
"""`POST` to it with `?86400`: be a day ahead of this machine from now on. Answers 409, with the reason, while anything
is under way. Paths under `_ministack` are the engine's own: the pages answer the others."""
FILE = "FAKETIME_TIMESTAMP_FILE"
"""The environment variable with the path of the file from which all processes read how far they are ahead."""


def write(file: Path, ahead: int) -> None:
    """Set the clock. `ahead`: seconds."""
    # In one step: a reader gets the time before or the time after.
    new = file.with_suffix(".new")
    new.write_text(f"+{ahead}\n")
    new.replace(file)


def main() -> None:
    from ministack import app as engine

    engine.app = _moving_the_clock(engine.app)
    engine_process.main()


def _moving_the_clock(application: Application) -> Application:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await application(scope, receive, send)
            return
        body = _move(int(scope["query_string"])).encode()
        status = HTTPStatus.CONFLICT if body else HTTPStatus.OK
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def _move(ahead: int) -> str:
    """Move the clock. If something is under way, do not, and give its names."""
    from ministack.services import lambda_svc

    # Each run of a function takes this lock before it begins.
    with lambda_svc._inflight_lock:
        if under_way := [*lambda_svc._inflight, *_unread()]:
            return "\n".join(under_way)
        write(Path(os.environ[FILE]), ahead)
    return ""


def _unread() -> Iterator[str]:
    """The streams and queues that have something for a function now, or that a function is being called for."""
    from ministack.services import dynamodb, lambda_svc, sqs

    positions = lambda_svc._dynamodb_stream_positions
    for account, region, mapping in lambda_svc._iter_all_esms():
        source, number = mapping["EventSourceArn"], mapping["UUID"]
        if number in lambda_svc._esm_inflight:
            yield source
        elif ":dynamodb:" in source:
            scope = {"account_id": account, "region": region}
            table = source.partition("/stream/")[0].rpartition("/")[2]
            begin, end = dynamodb.stream_start_position(table, **scope), dynamodb.stream_end_position(table, **scope)
            if max(begin, positions.get_scoped(account, region, number, begin)) < end:
                yield source
        else:
            with sqs._queues_lock:
                queues = [each for each in sqs._queues.all_values() if each["attributes"]["QueueArn"] == source]
                if any(each.get("visible_at", 0) <= time.time() for queue in queues for each in queue["messages"]):
                    yield source


if __name__ == "__main__":
    main()
