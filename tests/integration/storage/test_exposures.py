"""The `tracing` table."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.tracing.exposures import (
    DeclaredPasses,
    Exposure,
    ExposureKind,
    FoundBy,
    PersonAlias,
    Position,
    Side,
)
from chalicelib.storage.tracing import exposures as tracing
from chalicelib.wiring import tracing as wiring_of_tracing
from tests.integration.calls import Call, respond
from tests.integration.conftest import Clock
from tests.tables import client
from tests.tables import rows as rows_of


def exposure(at: datetime, **changes: Any) -> Exposure:
    content: dict[str, Any] = {
        "kind": ExposureKind.DECLARED,
        "at": at,
        "code": str(Code.of(1, 0)),
        "person": "x",
        "phone": "y",
        "plate": "z",
        "commune": "25735",
    }
    return Exposure(**{**content, **changes})


def test_however_often_passes_are_on_record_each_is_listed_once(
    aws: dict[str, str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [str(Code.of(declaration, person)) for declaration in range(3) for person in range(4)]
    crossed = [
        exposure(
            clock() + timedelta(seconds=number), code=code, kind=ExposureKind.CROSSED, checkpoint="an-hoa", plate="z"
        )
        for code in codes
        for number in range(5)
    ]
    exposures = wiring_of_tracing.exposures()
    exposures.append([*(exposure(clock(), code=code) for code in codes), *crossed], clock() + timedelta(days=1))

    def found(before: Position | None = None, declarations: int = 3) -> DeclaredPasses:
        return exposures.declared_under(
            FoundBy.PLATE,
            "z",
            Side.UNPROVEN,
            since=clock(),
            before=before,
            declarations=declarations,
            passes=300,
        )

    monkeypatch.setattr(tracing, "_A_PAGE", 7)
    whole = [each.position.code for each in found().passes]
    assert whole == sorted(codes, reverse=True)
    assert len(found(declarations=2).passes) == 8
    # A part may end among rows that are no declarations: it says how far it came, and the next goes on there.
    monkeypatch.setattr(tracing, "_MOST_ROWS", 8)
    read: list[str] = []
    part = found()
    for _ in range(20):
        read += [each.position.code for each in part.passes]
        if part.read_to is None:
            break
        part = found(part.read_to)
    assert part.read_to is None
    assert read == whole


def test_the_mark_of_an_exposure_that_became_known_is_written_after_the_row_to_which_it_points(
    aws: dict[str, str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []

    def watched(do: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        items = [each["PutRequest"]["Item"] for each in request["RequestItems"]["tracing"]]
        calls.append([item["place"]["S"] for item in items])
        assert all(("known_since" in item) == (len(calls) == 2) for item in items)
        return do(operation, request)

    respond(monkeypatch, watched)
    later = exposure(clock(), origin=Origin.PROVEN, known_since=clock())
    wiring_of_tracing.exposures().append([later], clock() + timedelta(days=1))
    before, after = map(set, calls)
    assert before > {"PERSON#x#KNOWN", "PHONE#y#KNOWN", "PLATE#z#KNOWN"}
    assert after == {"PERSON#x", "PHONE#y", "PLATE#z"}


def test_an_exposure_of_any_origin_is_written_in_one_call(
    aws: dict[str, str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def watched(do: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        calls.append(operation)
        return do(operation, request)

    respond(monkeypatch, watched)
    for origin in Origin:
        wiring_of_tracing.exposures().append([exposure(clock(), origin=origin)], clock() + timedelta(days=1))
    assert calls == len(Origin) * ["BatchWriteItem"]


def test_what_the_former_release_wrote_is_listed(aws: dict[str, str], clock: Clock) -> None:
    moment = f"{clock().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}#{Code.of(1, 0)}#declared"
    body = '{"kind":"declared","at":"2021-07-22T07:00:00Z","code":"%s","person":"x","plate":"z","commune":"25735"}'
    row = {"place": {"S": "PLATE#z"}, "moment": {"S": moment}, "expires_at": {"N": "1"}}
    client("dynamodb").put_item(TableName="tracing", Item={**row, "body": {"S": body % str(Code.of(1, 0))}})
    part = wiring_of_tracing.exposures().declared_under(
        FoundBy.PLATE, "z", Side.UNPROVEN, since=clock(), before=None, declarations=60, passes=300
    )
    assert [each.position.code for each in part.passes] == [str(Code.of(1, 0))]
    assert Exposure.from_stored(body % str(Code.of(1, 0))).sides == [Side.UNPROVEN]


def test_an_alias_that_has_expired_leads_nowhere(aws: dict[str, str], clock: Clock) -> None:
    exposures = wiring_of_tracing.exposures()
    exposures.append_aliases([PersonAlias(clock(), str(Code.of(1, 0)), "a", "b")], clock() - timedelta(seconds=1))
    assert len(rows_of("tracing")) == 2
    assert exposures.other_numbers("a") == []


def test_two_gates_that_recorded_a_pass_in_one_second_are_both_kept_at_each_place(
    aws: dict[str, str], clock: Clock
) -> None:
    crossed = exposure(clock(), kind=ExposureKind.CROSSED, checkpoint="an-hoa")
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
