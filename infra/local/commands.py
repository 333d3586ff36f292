"""The system on this machine, for a person.

python -m infra.local up        starts it, and stays until Ctrl-C
python -m infra.local token --role checkpoint
python -m infra.local story     plays a story on it
python -m infra.local down      ends it from elsewhere
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType

from infra.errors import CannotGoOn, exit_code
from infra.local.engine import LOG
from infra.local.stack import WORKDIR, Stack, current, running, token
from infra.local.staff import MEMBERS, PASSWORD
from infra.locks import Held, lock_now
from infra.packaging import package as packages
from infra.steps import Printed

PORT = 4566

_ENDS_WITHIN = 15.0
"""Seconds."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Asked(BaseException):
    """We were asked to end: Ctrl-C, a closed terminal, or another process."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description="The system on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("up", help="start it, and stay until Ctrl-C")
    starting.add_argument("--port", type=_port, default=PORT, help="of the loopback interface (%(default)s; 0: any)")
    asking = commands.add_parser("token", help="print a bearer token of a member of staff")
    asking.add_argument("--role", choices=list(MEMBERS), required=True)
    commands.add_parser("story", help="play a story on the running system")
    commands.add_parser("down", help="end the running system")
    options = parser.parse_args()
    if options.command == "up":
        up(options.port)
    elif options.command == "token":
        print(token(current(), options.role))
    elif options.command == "story":
        story()
    else:
        down()


def up(port: int) -> None:
    """Start the system, say how to use it, and stay until asked to end. Raises `CannotGoOn` if it ends by itself."""
    try:
        with _ending_when_asked():
            print("Tây Ninh Pass, on this machine")
            with running(Printed(), port=port) as (stack, engine):
                _welcome(stack)
                engine.watch()
    except Asked:
        print("\nEnded; nothing is left running, and nothing is kept.")


def story() -> None:
    """Play the story on the running system."""
    from infra.local.story import StoryFailed, tell

    stack = current()
    try:
        tell(dict(stack), partial(token, stack))
    except StoryFailed as error:
        raise CannotGoOn(f"The story came to an unexpected end: {error}") from error


def down() -> None:
    """End the system that another process runs, and wait for its end."""
    pid = current()["pid"]
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _ENDS_WITHIN
    while time.monotonic() < deadline:
        # Whoever can have the folder can start another one in it.
        with suppress(Held), lock_now(WORKDIR / "lock"):
            print("Ended.")
            return
        time.sleep(0.1)
    raise CannotGoOn(f"Process {pid} was asked to end, and has not ended within {_ENDS_WITHIN:.0f} s.")


@contextmanager
def _ending_when_asked() -> Iterator[None]:
    """Turn the signals that ask us to end into `Asked`, once: what then puts everything away is not interrupted."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        for each in _ENDING:
            signal.signal(each, signal.SIG_IGN)
        raise Asked

    before = {each: signal.signal(each, ask) for each in _ENDING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _welcome(stack: Stack) -> None:
    url = stack["api_url"]
    print(
        f"""
Ready.

  The API                {url}/v1
  Its documentation      {url}/docs
  OpenAPI                {url}/v1/openapi.json
  SMS that were sent     {stack["endpoint_url"]}/_ministack/sns/sms-messages

  A story, told live     python -m infra.local story
  A token of staff       python -m infra.local token --role checkpoint
                         (also {", ".join(role for role in stack["staff"] if role != "checkpoint")};
                         everyone's password is {PASSWORD})
  The engine's log       {WORKDIR.relative_to(packages.ROOT) / LOG}

This runs on a local AWS engine for development and demonstration. It listens on this machine only, holds everything in
memory, and forgets it when it ends: never declare a real person here.

Ctrl-C ends it.
""",
        flush=True,
    )


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError
    return port


if __name__ == "__main__":
    sys.exit(exit_code(main))
