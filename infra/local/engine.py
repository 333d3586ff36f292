"""The local AWS engine (MiniStack) as a child process: start it, wait for it, end it with all its workers.

The engine is for development and demonstration: it keeps everything in memory and forgets it when it ends.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from infra import ROOT
from infra.accounts import REGION, engine_environment
from infra.errors import CannotGoOn

HOST = "127.0.0.1"
PROGRAM = "infra.local.engine_process"
"""The module that is the engine's process."""
LOG = "engine.log"
STATE = "state"
TEMPORARY = "tmp"
"""Folders of the working directory, empty when the engine starts and gone when it has ended."""

_READY_WITHIN = 30.0
_ENDS_WITHIN = 2.0
"""Seconds."""
_DIRECTLY = build_opener(ProxyHandler({}))


class PortTaken(CannotGoOn):
    """Another program listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is taken by another program. End that program, or choose another port, for instance:\n"
            f"    make run PORT={port + 4 if port < 65000 else 4566}"
        )


class EngineEnded(CannotGoOn):
    """The engine ended by itself."""

    def __init__(self, code: int, log: Path) -> None:
        how = f"was killed (signal {-code})" if code < 0 else f"ended (exit code {code})"
        tail = "".join(f"    {line}\n" for line in log.read_text(errors="replace").splitlines()[-5:])
        super().__init__(f"The local engine {how}. The end of {log}:\n{tail}Start it again: make run")


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine."""

    process: "subprocess.Popen[bytes]"
    endpoint: str
    log: Path

    def watch(self) -> None:
        """Wait until it ends by itself, and raise `EngineEnded`."""
        raise EngineEnded(self.process.wait(), self.log)

    def check(self) -> None:
        """Raise `EngineEnded` if it has ended."""
        if self.process.poll() is not None:
            raise EngineEnded(self.process.returncode, self.log)


@contextmanager
def running(port: int, workdir: Path) -> Iterator[Engine]:
    """An engine on a port of the loopback interface, for as long as the `with` lasts. Its files are in `workdir`.

    Raises
    ------
    EngineEnded
        It could not start, or ended before the `with` did.
    """
    endpoint = f"http://{HOST}:{port}"
    temporary, log = workdir / TEMPORARY, workdir / LOG
    rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", PROGRAM],
            cwd=ROOT,
            env=_environment(port, workdir, endpoint),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C in a terminal goes to the foreground group. The engine is in another: we end it.
            process_group=0,
        )
    engine = Engine(process, endpoint, log)
    try:
        _wait_until_ready(engine)
        yield engine
    except Exception:
        engine.check()  # if the engine has ended, that is the cause, and this error a result
        raise
    finally:
        _end(process)
        for left in (temporary, workdir / STATE):
            rmtree(left, ignore_errors=True)


def free_port() -> int:
    """A port on which nobody listens at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def check_port(port: int) -> None:
    """Raise `PortTaken`, or `CannotGoOn` for a port that is reserved for the system."""
    with socket.socket() as probe:
        # As servers do: a port is free if only closed connections still use it.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise CannotGoOn(f"Port {port} may only be used by the system. Choose one from 1024 to 65535.") from None
        except OSError:
            raise PortTaken(port) from None


def answers(endpoint: str) -> bool:
    """Whether an engine is ready at a URL."""
    try:
        with _DIRECTLY.open(f"{endpoint}/_ministack/ready", timeout=2) as answer:
            ready: bool = answer.status == 200
            return ready
    except (URLError, OSError):
        return False


def _environment(port: int, workdir: Path, endpoint: str) -> dict[str, str]:
    # Functions inherit the environment, so it must hold nothing that is special to this machine.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MINISTACK_"))}
    return engine_environment(kept, endpoint) | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true",  # functions have only the rights of their roles
        "STATE_DIR": str(workdir / STATE),
        "S3_DATA_DIR": str(workdir / "s3"),
        "TMPDIR": str(workdir / TEMPORARY),
        "HOME": str(workdir),
        "PYTHONUNBUFFERED": "1",
    }


def _wait_until_ready(engine: Engine) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while not answers(engine.endpoint):
        engine.check()
        if time.monotonic() > deadline:
            raise CannotGoOn(f"The local engine was not ready within {_READY_WITHIN:.0f} s. See {engine.log}.")
        time.sleep(0.02)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the engine and the workers in its group."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, ending)
        except (ProcessLookupError, PermissionError):
            break  # the group is empty; macOS raises PermissionError then
        try:
            process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            continue
    process.communicate()  # waits for the process and closes its pipe
