"""The whole system on this machine, for development and demonstration."""

import os
import re
import signal
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType

from infra import ROOT
from infra.errors import CannotGoOn
from infra.local.engine import LOG
from infra.local.providers import ESMS_PORT, ZALO_PORT, standing_in
from infra.local.stack import WORKDIR, Stack, current, running, token
from infra.local.staff import MEMBERS, PASSWORD
from infra.locks import Held, lock_now
from infra.steps import Printed

PORT = 4566

_LAST_PORT = 65535 - max(ZALO_PORT, ESMS_PORT)
_ENDS_WITHIN = 60.0
"""Seconds. Most of them are for the deletion of what functions were unpacked into, on a slow disk."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


_PAGES = {
    "declare": "Declare",
    "pass": "The pass, by its link",
    "gate": "Gate, for guards",
    "desk": "Desk, for offices",
    "portal": "Portal, for committee",
    "figures": "Figures, for everyone",
}
"""What each page is, in a column of 22 characters."""


class Asked(BaseException):
    """This process was asked to end: by Ctrl-C, a closed terminal, or another process."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, line in (
        ("up", "start it, and stay until Ctrl-C"),
        ("token", "print a bearer token of a member of staff"),
        ("story", "play a story on the running system"),
        ("down", "stop the running system"),
    ):
        actions.add_parser(name, help=line, description=line)
    actions.choices["up"].add_argument(
        "--port",
        type=_port,
        default=PORT,
        help="on the loopback; sign-in and the stand-ins of Zalo and eSMS have the next three (%(default)s; 0: any)",
    )
    actions.choices["up"].add_argument(
        "--cors",
        type=_origin,
        nargs="+",
        default=[],
        metavar="ORIGIN",
        help="pages of these origins may call the API, beside those of this machine",
    )
    actions.choices["token"].add_argument("--role", choices=list(MEMBERS), required=True)
    options = parser.parse_args(arguments)
    if options.action == "up":
        up(options.port, options.cors)
    elif options.action == "token":
        print(token(current(), options.role))
    elif options.action == "story":
        from infra.local.story import play

        stack = current()
        play(dict(stack), partial(token, stack))
    else:
        down()


def up(port: int, cors: Sequence[str] = ()) -> None:
    """Start the system, print how to use it, and stay until asked to end. Raises `CannotGoOn` if it ends by itself."""
    try:
        with _ending_when_asked():
            print("Tây Ninh Pass, on this machine")
            with running(Printed(), port=port, cors=cors, providers=standing_in(port)) as (stack, engine):
                _welcome(stack)
                engine.watch()
    except Asked:
        print("Stopped. Nothing is left running, and nothing is kept.")


def down() -> None:
    """Stop the system that another process runs, and wait for its end."""
    pid = current()["pid"]
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _ENDS_WITHIN
    while time.monotonic() < deadline:
        # The lock is free once the process has ended: another system can start.
        with suppress(Held), lock_now(WORKDIR / "lock"):
            print("Stopped.")
            return
        time.sleep(0.1)
    raise CannotGoOn(f"Process {pid} was asked to end, but is still running after {_ENDS_WITHIN:.0f} s.")


@contextmanager
def _ending_when_asked() -> Iterator[None]:
    """Raise `Asked` at the first signal that asks us to end. Later ones are ignored, so that the clean-up finishes."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        for each in _ENDING:
            signal.signal(each, signal.SIG_IGN)
        os.write(1, b"\nStopping, and deleting what was unpacked ...\n")  # `print` may be interrupted here itself
        raise Asked

    before = {each: signal.signal(each, ask) for each in _ENDING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _welcome(stack: Stack) -> None:
    url = stack["api_url"]
    pages = "".join(f"  {_PAGES[name]:<22} {address}\n" for name, address in stack["pages"].items())
    print(
        f"""
Ready.

{pages}
  The API                {url}/v1
  Its documentation      {url}/docs
  OpenAPI                {url}/v1/openapi.json
  SMS that were sent     {stack["endpoint_url"]}/_ministack/sns/sms-messages
  Zalo, as phones see it {stack["zalo_url"]}

  A story, played live   .venv/bin/python -m infra local story
  A token of staff       .venv/bin/python -m infra local token --role checkpoint
                         (also {", ".join(role for role in stack["staff"] if role != "checkpoint")};
                         everyone's password is {PASSWORD})
  Sign-in for apps       {stack["issuer_url"]}, client {stack["outputs"]["StaffClientId"]}
  The engine's log       {WORKDIR.relative_to(ROOT) / LOG}

This runs on a local AWS engine for development and demonstration. It listens on this machine only, keeps everything in
memory, and forgets it when it stops: never declare a real person here.

Ctrl-C stops it.
""",
        flush=True,
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_PORT:
        raise ArgumentTypeError(f"must be a number from 0 to {_LAST_PORT}")
    return int(text)


def _origin(text: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", text):
        raise ArgumentTypeError("must be an origin, for instance https://dev.example:8443")
    return text
