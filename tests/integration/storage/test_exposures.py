"""The `tracing` table."""

from datetime import timedelta

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.tracing.exposures import Exposure, ExposureKind, FoundBy
from chalicelib.storage.tracing import exposures as tracing
from chalicelib.wiring import tracing as wiring_of_tracing
from tests.integration.conftest import Clock


def test_however_often_passes_are_on_record_as_many_declarations_are_found(
    aws: dict[str, str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [Code.of(declaration, person) for declaration in range(3) for person in range(4)]
    declared = Exposure(
        kind=ExposureKind.DECLARED,
        at=clock(),
        code="",
        person="x",
        phone=None,
        plate="hashed",
        checkpoint=None,
        commune="25735",
    )
    rows = [
        declared.model_copy(update={"code": str(code), "kind": kind, "at": clock() + timedelta(seconds=number)})
        for code in codes
        for kind in ExposureKind
        for number in range(5)
    ]
    exposures = wiring_of_tracing.exposures()
    exposures.append(rows, clock() + timedelta(days=1))

    def found(declarations: int) -> tuple[int, int, bool]:
        passes, complete = exposures.codes(FoundBy.PLATE, "hashed", since=clock(), declarations=declarations)
        assert len(passes) == len(set(passes))
        return len({code.declaration for code in passes}), len(passes), complete

    monkeypatch.setattr(tracing, "_A_PAGE", 7)
    assert found(3) == (3, 12, True)
    assert found(2) == (2, 8, False)
    assert found(0) == (0, 0, False)
    monkeypatch.setattr(tracing, "_MOST_ROWS", len(rows))
    assert found(3) == (3, 12, True)
    monkeypatch.setattr(tracing, "_MOST_ROWS", 8)
    assert found(3)[2] is False
