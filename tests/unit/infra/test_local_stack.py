"""A running system is known by its lock. What one that was killed has left names a process that is another by now."""

import json
import os
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from infra import ROOT
from infra.local import commands
from infra.local.engine import PortTaken
from infra.local.stack import FILE, NotRunning, current, running
from infra.locks import is_held, lock_now
from infra.steps import Silent


def test_the_file_of_a_killed_system_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps({"pid": os.getpid()}))
    with pytest.raises(NotRunning):
        current(tmp_path)
    with lock_now(tmp_path / "lock"):
        assert is_held(tmp_path / "lock")
        assert current(tmp_path)["pid"] == os.getpid()
    assert not is_held(tmp_path / "lock")


def test_a_system_that_starts_deletes_the_file_of_a_killed_one_before_all_else(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps({"pid": os.getpid()}))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken), running(Silent(), port=port, workdir=tmp_path):
            pass
    assert not (tmp_path / FILE).exists()


HOLDER = """
import json, os, signal, sys, time
from pathlib import Path
from infra.locks import lock_now
def end(*_):
    time.sleep(0.3)  # deletes what was unpacked
    sys.exit()
signal.signal(signal.SIGTERM, end)
folder = Path(sys.argv[1])
with lock_now(folder / "lock"):
    (folder / "stack.json").write_text(json.dumps({"pid": os.getpid()}))
    print("runs", flush=True)
    time.sleep(60)
"""


def test_down_waits_for_the_end_of_the_running_system_and_ends_no_other_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "WORKDIR", tmp_path)
    monkeypatch.setattr(commands, "current", partial(current, tmp_path))
    holder = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(holder, cwd=ROOT, stdout=subprocess.PIPE) as system:  # noqa: S603 - our own
        assert system.stdout is not None
        system.stdout.readline()
        commands.down()
        assert capsys.readouterr().out == "Stopped.\n"
        assert system.wait() == 0
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (tmp_path / FILE).write_text(json.dumps({"pid": other.pid}))
        with pytest.raises(NotRunning):
            commands.down()
        assert other.poll() is None
        other.kill()
