"""Start what is measured and what answers it, each in a process with an environment of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import certificates

ROOT = Path(__file__).resolve().parents[1]

SETTINGS = {
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_SESSION_TOKEN": "x",
    "AWS_DEFAULT_REGION": "ap-southeast-1",
    "AWS_REGION": "ap-southeast-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "ENTRIES_TABLE": "entries",
    "REFERENCE_TABLE": "reference",
    "PERMITS_TABLE": "permits",
    "SIGNING_KEYS_PARAMETER": "/signing-keys",
    "HASH_KEY_PARAMETER": "/hash-key",
    "PUBLIC_URL": "https://bench.example/api",
    "STAFF_ISSUER": "https://bench.example",
    "STAFF_KEYS_URL": "https://bench.example/jwks",
    "STAFF_AUDIENCE": "bench",
}
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
"""Nothing else of the caller's environment counts. With `PYTHONDONTWRITEBYTECODE`, for instance, our many modules would
be compiled again at each start, and the others' few would not."""


class Figures(NamedTuple):
    """What one process took, and, where the stub answered, what it called for one answer."""

    cold_ms: float
    cold_calls: list[str]
    warm_us: float | None
    """None if it received only one request."""
    warm_calls: list[str]


class Warm(NamedTuple):
    """How often a process answers after its first answer."""

    rounds: int
    answers: int
    """In each round."""


class Code(NamedTuple):
    """Where a contender's code is, and how Python runs it."""

    folder: Path
    options: tuple[str, ...] = ()


SOURCES = Code(ROOT)


class Endpoint(NamedTuple):
    """Where AWS answers: in the process, or at a server's URL."""

    prepared: Path
    url: str | None = None

    def settings(self) -> dict[str, str]:
        common = {**SETTINGS, "BENCH_REQUESTS": str(self.prepared / "requests")}
        if self.url is None:
            return {**common, "BENCH_ANSWERS": str(self.prepared / "answers.json")}
        authorities = str(self.prepared / certificates.AUTHORITIES)
        return {
            **common,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CA_BUNDLE": authorities,
            "SSL_CERT_FILE": authorities,  # for the issuer's keys
            "STAFF_KEYS_URL": f"{self.url}/jwks",
        }


def prepare(folder: Path) -> None:
    """Prepare the requests of the contenders and the answers of AWS."""
    _run([sys.executable, "-m", "bench.prepare", str(folder)], ROOT, SETTINGS)


def run(contender: str, request: str, warm: Warm, *, endpoint: Endpoint, code: Code = SOURCES) -> Figures:
    """Let a contender answer a request in a fresh process, and after that as often as `warm` says."""
    command = [sys.executable, *code.options, "-m", "bench.contender", contender, request, *map(str, warm)]
    return Figures(**json.loads(_run(command, code.folder, endpoint.settings())))


@contextmanager
def serving(prepared: Path) -> Iterator[Endpoint]:
    """A TLS server while this context lasts, however it ends."""
    certificates.make(prepared)
    command = [
        sys.executable,
        "-m",
        "bench.server",
        str(prepared / "answers.json"),
        str(prepared / certificates.SERVER),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, env=_environment({}), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            if not port:
                raise SystemExit("The server of the bench did not start.")
            yield Endpoint(prepared, f"https://127.0.0.1:{port}")
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()


def _environment(settings: dict[str, str]) -> dict[str, str]:
    return {**{name: os.environ[name] for name in _KEPT if name in os.environ}, **settings}


def _run(command: list[str], folder: Path, settings: dict[str, str]) -> str:
    ran = subprocess.run(
        command, cwd=folder, env=_environment(settings), capture_output=True, text=True, check=False, timeout=120
    )
    if ran.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{ran.stderr}")
    return ran.stdout
