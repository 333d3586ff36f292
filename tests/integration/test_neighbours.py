"""The last release reads what this one stores: the rows, events and secrets of a day at the gates."""

from pathlib import Path
from typing import Any

import pytest

from chalicelib.models.records import Record
from infra.deployment import archives
from tests.integration.http.test_examples import clock, recorded
from tests.neighbours import READS, name_of, stored
from tests.released import runs

__all__ = ["clock", "recorded"]  # fixtures


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> set[tuple[type[Record], str]]:
    """All that is read from tables, queues and the parameter store from now on."""
    found: set[tuple[type[Record], str]] = set()
    read: Any = Record.from_stored.__func__  # type: ignore[attr-defined]

    def from_stored(record: type[Record], text: str | bytes) -> Any:
        found.add((record, text if isinstance(text, str) else text.decode()))
        return read(record, text)

    monkeypatch.setattr(Record, "from_stored", classmethod(from_stored))
    return found


def test_the_last_release_reads_what_a_day_at_the_gates_has_stored(
    texts: set[tuple[type[Record], str]], recorded: dict[str, Any], tmp_path: Path
) -> None:
    read = {record for record, _ in texts}
    assert len(read) > 40
    # What `tests/unit/test_neighbours.py` compares is all that there is.
    assert read <= {*stored()}
    _, code = archives.unpack(tmp_path)
    assert runs(code, READS, [(name_of(record), text) for record, text in texts]) == []
