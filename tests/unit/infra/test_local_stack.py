"""A running system is known by its lock. What one that was killed has left names a process that is another by now."""

import json
import os
import socket
from pathlib import Path

import pytest

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
