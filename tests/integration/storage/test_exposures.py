"""The `tracing` table."""

import json
from datetime import timedelta

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.tracing.exposures import Exposure, ExposureKind, FoundBy
from chalicelib.storage.tracing import exposures as tracing
from chalicelib.wiring import tracing as wiring_of_tracing
from tests.integration.conftest import Clock
from tests.tables import rows as rows_of


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


def test_two_gates_that_recorded_a_pass_in_one_second_are_both_kept_at_each_place(
    aws: dict[str, str], clock: Clock
) -> None:
    crossed = Exposure(
        kind=ExposureKind.CROSSED,
        at=clock(),
        code=str(Code.of(1, 0)),
        person="x",
        phone="y",
        plate="z",
        checkpoint="an-hoa",
        commune="25735",
    )
    both = [crossed, crossed.model_copy(update={"checkpoint": "an-tinh"})]
    exposures = wiring_of_tracing.exposures()
    for stored in (both, both, both[:1], [*both, *both]):
        exposures.append(stored, clock() + timedelta(days=1))
    gates: dict[str, list[str]] = {}
    for row in rows_of("tracing"):
        place = row["place"]["S"].partition("#")[0]
        gates.setdefault(place, []).append(json.loads(row["body"]["S"])["checkpoint"])
    assert {place: sorted(each) for place, each in gates.items()} == {
        place: ["an-hoa", "an-tinh"] for place in ("PERSON", "PHONE", "PLATE", "COMMUNE", "CHECKPOINT")
    }
