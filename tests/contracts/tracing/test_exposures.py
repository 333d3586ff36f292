"""Exposures: stored by tracing, found again by the gate, counted as arrivals by trials."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import permutations, product
from typing import Protocol

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.tracing.exposures import Exposure, ExposureKind, FoundBy
from chalicelib.services.entry.ports import Arrivals
from chalicelib.services.gate import ports
from chalicelib.storage.tracing import exposures as storage
from tests.forms import NOW
from tests.tables import Database
from tests.unit.fakes import tracing as fakes

ZONE = "Asia/Ho_Chi_Minh"
KEPT = NOW + timedelta(days=1)
MINUTE = timedelta(minutes=1)
TODAY = date(2021, 7, 22)
"""In Tây Ninh, from 17:00 UTC of the day before."""


class Exposures(ports.Exposures, Arrivals, Protocol):
    """What reads exposures, and the one function that stores them."""

    def append(self, exposures: Sequence[Exposure], keep_until: datetime) -> None: ...


@pytest.fixture
def exposures(database: Database | None) -> Exposures:
    return fakes.Exposures() if database is None else storage.Exposures(database.tracing, time_zone=ZONE)


def exposed(
    code: Code,
    at: datetime = NOW,
    *,
    kind: ExposureKind = ExposureKind.DECLARED,
    phone: str | None = "phone",
    commune: str = "25480",
    checkpoint: str = "an-hoa",
) -> Exposure:
    return Exposure(
        kind=kind,
        at=at,
        code=str(code),
        person=f"person {code}",
        phone=phone,
        plate="plate",
        checkpoint=checkpoint if kind is ExposureKind.CROSSED else None,
        commune=commune,
    )


def test_a_pass_is_found_by_person_phone_and_plate_and_by_nothing_else(exposures: Exposures) -> None:
    one, other = Code.of(1, 0), Code.of(2, 0)
    exposures.append([exposed(one), exposed(other, phone=None)], KEPT)
    for by, hashed, found in (
        (FoundBy.PERSON, f"person {one}", [one]),
        (FoundBy.PHONE, "phone", [one]),
        (FoundBy.PLATE, "plate", [other, one]),
        (FoundBy.PLATE, "phone", []),
        (FoundBy.PHONE, "None", []),
    ):
        assert exposures.codes(by, hashed, since=NOW, declarations=10) == (found, True)


def test_passes_are_found_the_newest_first_and_each_once(exposures: Exposures) -> None:
    codes = [Code.of(number, 0) for number in range(3)]
    exposures.append([exposed(code, NOW + place * MINUTE) for place, code in zip((1, 2, 0), codes, strict=True)], KEPT)
    exposures.append([exposed(codes[0], NOW + 5 * MINUTE, kind=ExposureKind.CROSSED)], KEPT)
    found, complete = exposures.codes(FoundBy.PLATE, "plate", since=NOW, declarations=10)
    assert (found, complete) == ([codes[0], codes[1], codes[2]], True)


def test_the_same_exposures_again_change_nothing(exposures: Exposures) -> None:
    stored = [exposed(Code.of(1, person)) for person in range(3)]
    for _ in range(2):
        exposures.append(stored, KEPT)
    assert len(exposures.codes(FoundBy.PLATE, "plate", since=NOW, declarations=10)[0]) == 3
    assert len(list(exposures.declared("25480", TODAY))) == 3


def test_a_crossing_is_no_arrival_even_in_the_second_of_its_declaration(exposures: Exposures) -> None:
    code = Code.of(1, 0)
    gates = [exposed(code, kind=ExposureKind.CROSSED, checkpoint=each) for each in ("an-hoa", "an-tinh")]
    exposures.append([*gates, exposed(code)], KEPT)
    assert numbers(exposures, TODAY) == [1]
    assert exposures.codes(FoundBy.PLATE, "plate", since=NOW, declarations=10) == ([code], True)


def test_what_lies_before_the_moment_asked_for_is_not_found(exposures: Exposures) -> None:
    codes = [Code.of(number, 0) for number in range(3)]
    exposures.append([exposed(code, NOW + number * MINUTE) for number, code in enumerate(codes)], KEPT)
    for minutes, number in ((0, 3), (0.5, 2), (1, 2), (2, 1), (2.5, 0)):
        since = NOW + minutes * MINUTE
        assert len(exposures.codes(FoundBy.PLATE, "plate", since=since, declarations=10)[0]) == number


def test_the_moment_asked_for_counts_by_its_whole_second(exposures: Exposures) -> None:
    exposures.append([exposed(Code.of(1, 0), NOW + timedelta(milliseconds=300))], KEPT)
    since = NOW + timedelta(milliseconds=600)
    assert exposures.codes(FoundBy.PLATE, "plate", since=since, declarations=1) == ([Code.of(1, 0)], True)


@pytest.mark.parametrize("most", range(5))
def test_as_many_declarations_are_found_as_are_asked_for(exposures: Exposures, most: int) -> None:
    codes = [Code.of(declaration, person) for declaration in range(3) for person in range(4)]
    rows = [
        exposed(code, NOW + timedelta(seconds=n), kind=kind) for code, kind, n in product(codes, ExposureKind, (0, 1))
    ]
    exposures.append(rows, KEPT)
    found, complete = exposures.codes(FoundBy.PLATE, "plate", since=NOW, declarations=most)
    assert len(found) == len(set(found))
    assert len({code.declaration for code in found}) == min(most, 3)
    assert complete == (most >= 3)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_answer_ends_where_one_declaration_too_many_begins(exposures: Exposures, order: tuple[int, ...]) -> None:
    codes = [Code.of(1, 0), Code.of(2, 0), Code.of(1, 1)]  # the newest first
    rows = [exposed(code, NOW + (3 - place) * MINUTE) for place, code in enumerate(codes)]
    exposures.append([rows[place] for place in order], KEPT)
    assert exposures.codes(FoundBy.PLATE, "plate", since=NOW, declarations=1) == (codes[:1], False)
    assert exposures.codes(FoundBy.PLATE, "plate", since=NOW, declarations=2) == (codes, True)


def test_arrivals_are_those_declared_for_the_commune_on_the_local_day(exposures: Exposures) -> None:
    midnight = datetime(2021, 7, 21, 17, tzinfo=UTC)
    times = {
        1: midnight - MINUTE,
        2: midnight,
        3: NOW,
        4: midnight + timedelta(days=1) - MINUTE,
        5: midnight + timedelta(days=1),
    }
    exposures.append([exposed(Code.of(number, 0), at) for number, at in times.items()], KEPT)
    exposures.append([exposed(Code.of(6, 0), commune="25459"), exposed(Code.of(7, 0), kind=ExposureKind.CROSSED)], KEPT)
    found = {day: numbers(exposures, date(2021, 7, day)) for day in (20, 21, 22, 23)}
    assert found == {20: [], 21: [1], 22: [4, 3, 2], 23: [5]}
    assert numbers(exposures, TODAY, commune="25459") == [6]


def test_arrivals_come_the_last_to_arrive_first_with_a_text_that_sorts_by_the_arrival(exposures: Exposures) -> None:
    minutes = (9, 0, 11, 100, 10)
    exposures.append([exposed(Code.of(number, 0), NOW + number * MINUTE) for number in minutes], KEPT)
    texts = [text for text, _ in exposures.declared("25480", TODAY)]
    assert texts == sorted(texts, reverse=True)
    assert len(set(texts)) == 5
    assert numbers(exposures, TODAY) == sorted(minutes, reverse=True)


def numbers(exposures: Exposures, day: date, commune: str = "25480") -> list[int]:
    """The numbers of the declarations that arrive."""
    names = {Code.of(number, 0).declaration: number for number in range(101)}
    return [names[name] for _, name in exposures.declared(commune, day)]
