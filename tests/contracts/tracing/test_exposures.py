"""Exposures: stored by tracing, found again by the gate, counted as arrivals by trials."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

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
from chalicelib.services.entry.ports import Arrivals, ExpectedPasses
from chalicelib.services.gate import ports
from chalicelib.storage.tracing import exposures as storage
from tests.forms import NOW
from tests.tables import Database
from tests.unit.fakes import tracing as fakes

ZONE = "Asia/Ho_Chi_Minh"
KEPT = datetime.now(UTC) + timedelta(days=1)
MINUTE = timedelta(minutes=1)
TODAY = date(2021, 7, 22)
"""In Tây Ninh, from 17:00 UTC of the day before."""


class Exposures(ports.Exposures, Arrivals, ExpectedPasses, Protocol):
    """What reads exposures and aliases, and the two functions that store them."""

    def append(self, exposures: Sequence[Exposure], keep_until: datetime) -> None: ...

    def append_aliases(self, aliases: Sequence[PersonAlias], keep_until: datetime) -> None: ...


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
    origin: Origin | None = Origin.UNPROVEN,
    known_since: datetime | None = None,
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
        origin=origin,
        known_since=known_since,
    )


def listed(
    exposures: Exposures,
    side: Side = Side.UNPROVEN,
    *,
    by: FoundBy = FoundBy.PLATE,
    hashed: str = "plate",
    since: datetime = NOW,
    before: Position | None = None,
    declarations: int = 60,
    passes: int = 300,
) -> DeclaredPasses:
    return exposures.declared_under(
        by, hashed, side, since=since, before=before, declarations=declarations, passes=passes
    )


def codes(part: DeclaredPasses) -> list[str]:
    return [each.position.code for each in part.passes]


def plain(*named: Code) -> list[str]:
    return [str(each) for each in named]


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
        part = listed(exposures, by=by, hashed=hashed)
        assert (codes(part), part.read_to) == (plain(*found), None)


def test_passes_are_listed_by_their_arrivals_each_once_whatever_happened_to_them_since(exposures: Exposures) -> None:
    named = [Code.of(number, 0) for number in range(3)]
    exposures.append([exposed(code, NOW + place * MINUTE) for place, code in zip((1, 2, 0), named, strict=True)], KEPT)
    crossed = [exposed(named[0], NOW + minutes * MINUTE, kind=ExposureKind.CROSSED) for minutes in (1, 5)]
    exposures.append(crossed, KEPT)
    assert codes(listed(exposures)) == plain(named[1], named[0], named[2])


@pytest.mark.parametrize(
    ("origin", "side"),
    [
        (Origin.STAFF, Side.KNOWN),
        (Origin.PARTNER, Side.KNOWN),
        (Origin.PROVEN, Side.KNOWN),
        (Origin.UNPROVEN, Side.UNPROVEN),
        (None, Side.UNPROVEN),
    ],
)
def test_what_anyone_may_have_declared_takes_no_room_from_the_others(
    exposures: Exposures, origin: Origin | None, side: Side
) -> None:
    code = Code.of(1, 0)
    exposures.append([exposed(code, origin=origin)], KEPT)
    for by, hashed in ((FoundBy.PERSON, f"person {code}"), (FoundBy.PHONE, "phone"), (FoundBy.PLATE, "plate")):
        for each in Side:
            assert codes(listed(exposures, each, by=by, hashed=hashed)) == (plain(code) if each is side else [])
    assert numbers(exposures, TODAY) == [1]


def test_what_becomes_known_later_is_listed_there_and_marked_where_it_stood(exposures: Exposures) -> None:
    one, other = Code.of(1, 0), Code.of(2, 0)
    exposures.append([exposed(one), exposed(other)], KEPT)
    for _ in range(2):
        exposures.append([exposed(one, origin=Origin.PROVEN, known_since=NOW + MINUTE)], KEPT)
        (known,) = listed(exposures, Side.KNOWN).passes
        assert (known.position, known.known_since) == (Position(NOW, str(one)), None)
        marks = {each.position.code: each.known_since for each in listed(exposures).passes}
        assert marks == {str(one): NOW + MINUTE, str(other): None}
    assert sorted(numbers(exposures, TODAY)) == [1, 2]


def test_an_event_that_comes_late_does_not_take_away_what_became_known(exposures: Exposures) -> None:
    code = Code.of(1, 0)
    exposures.append([exposed(code, origin=Origin.PROVEN, known_since=NOW)], KEPT)
    exposures.append([exposed(code)], KEPT)
    for side in Side:
        assert codes(listed(exposures, side)) == plain(code)


def test_the_same_exposures_again_change_nothing(exposures: Exposures) -> None:
    stored = [exposed(Code.of(1, person)) for person in range(3)]
    for _ in range(2):
        exposures.append(stored, KEPT)
    assert len(listed(exposures).passes) == 3
    assert len(list(exposures.declared("25480", TODAY))) == 3


def test_a_crossing_is_no_arrival_even_in_the_second_of_its_declaration(exposures: Exposures) -> None:
    code = Code.of(1, 0)
    gates = [exposed(code, kind=ExposureKind.CROSSED, checkpoint=each) for each in ("an-hoa", "an-tinh")]
    exposures.append([*gates, exposed(code)], KEPT)
    assert numbers(exposures, TODAY) == [1]
    assert codes(listed(exposures)) == plain(code)


def test_what_lies_before_the_moment_asked_for_is_not_found(exposures: Exposures) -> None:
    named = [Code.of(number, 0) for number in range(3)]
    exposures.append([exposed(code, NOW + number * MINUTE) for number, code in enumerate(named)], KEPT)
    for minutes, number in ((0, 3), (0.5, 2), (1, 2), (2, 1), (2.5, 0)):
        assert len(listed(exposures, since=NOW + minutes * MINUTE).passes) == number


def test_the_moment_asked_for_counts_by_its_whole_second(exposures: Exposures) -> None:
    exposures.append([exposed(Code.of(1, 0), NOW + timedelta(milliseconds=300))], KEPT)
    assert codes(listed(exposures, since=NOW + timedelta(milliseconds=600))) == plain(Code.of(1, 0))


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_as_many_declarations_are_listed_as_are_asked_for(exposures: Exposures, most: int) -> None:
    named = [Code.of(declaration, person) for declaration in range(3) for person in range(4)]
    for kind in ExposureKind:
        exposures.append([exposed(code, kind=kind) for code in named], KEPT)
    part = listed(exposures, declarations=most)
    assert len(part.passes) == 4 * min(most, 3)
    assert len({code[:13] for code in codes(part)}) == min(most, 3)
    assert (part.read_to is None) == (most >= 3)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 12])
@pytest.mark.parametrize("by_declarations", [False, True])
def test_a_list_is_read_in_parts_and_each_pass_is_in_one(
    exposures: Exposures, size: int, by_declarations: bool
) -> None:
    named = [Code.of(declaration, person) for declaration in range(4) for person in range(3)]
    for number, code in enumerate(named):
        at = NOW + number // 3 % 2 * MINUTE
        exposures.append([exposed(code, at), exposed(code, at + MINUTE, kind=ExposureKind.CROSSED)], KEPT)
    whole = codes(listed(exposures))
    read: list[str] = []
    before: Position | None = None
    while True:
        sizes = (size, 300) if by_declarations else (60, size)
        part = listed(exposures, before=before, declarations=sizes[0], passes=sizes[1])
        assert len(part.passes) <= size * (3 if by_declarations else 1)
        read += codes(part)
        # What comes in meanwhile lies before or behind, and moves nothing.
        exposures.append([exposed(Code.of(100 + len(read), 0), NOW + timedelta(hours=1))], KEPT)
        if part.read_to is None:
            break
        before = part.read_to
    assert read == whole
    assert sorted(whole) == sorted(plain(*named))


def test_an_alias_leads_from_each_number_to_the_other_and_no_further(exposures: Exposures) -> None:
    code = str(Code.of(1, 0))
    exposures.append_aliases([PersonAlias(NOW, code, "new", "old")], KEPT)
    exposures.append_aliases([PersonAlias(NOW, code, "new", "old")], KEPT)
    exposures.append_aliases([PersonAlias(NOW + MINUTE, str(Code.of(2, 0)), "newer", "old")], KEPT)
    found = {person: exposures.other_numbers(person) for person in ("new", "old", "newer", "other")}
    assert found == {"new": ["old"], "old": ["newer", "new"], "newer": ["old"], "other": []}


def test_a_number_leads_to_three_others_at_most(exposures: Exposures) -> None:
    aliases = [PersonAlias(NOW + n * MINUTE, str(Code.of(n, 0)), "old", f"new {n}") for n in range(5)]
    exposures.append_aliases(aliases, KEPT)
    assert exposures.other_numbers("old") == ["new 4", "new 3", "new 2"]


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


def test_the_passes_that_are_expected_at_a_checkpoint_are_found_by_the_hour(exposures: Exposures) -> None:
    codes = [Code.of(number, 0) for number in range(6)]
    times = (NOW - 61 * MINUTE, NOW - 60 * MINUTE, NOW + 59 * MINUTE, NOW + 121 * MINUTE)
    expected = [exposed(code, at) for code, at in zip(codes, times, strict=False)]
    exposures.append(
        [
            *(each.model_copy(update={"checkpoint": "an-hoa"}) for each in expected),
            exposed(codes[4]).model_copy(update={"checkpoint": "an-tinh"}),
            exposed(codes[5], kind=ExposureKind.CROSSED),
        ],
        KEPT,
    )
    since, until = NOW - 60 * MINUTE, NOW + 120 * MINUTE
    found = exposures.at_checkpoint("an-hoa", since=since, until=until, at_most=10)
    assert found == [str(codes[1]), str(codes[2])]
    assert exposures.at_checkpoint("an-hoa", since=since, until=until, at_most=1) == [str(codes[1])]
    assert exposures.at_checkpoint("loc-giang", since=since, until=until, at_most=10) == []


def test_of_the_passes_expected_at_a_checkpoint_those_of_known_origin_are_read_apart(exposures: Exposures) -> None:
    codes = [Code.of(number, 0) for number in range(4)]
    origins = (Origin.UNPROVEN, Origin.STAFF, Origin.PROVEN, None)
    here = {"checkpoint": "an-hoa"}
    expected = [exposed(code, origin=origin) for code, origin in zip(codes, origins, strict=True)]
    exposures.append([each.model_copy(update=here) for each in expected], KEPT)
    since, until = NOW - 60 * MINUTE, NOW + 60 * MINUTE

    def known(at_most: int) -> list[str]:
        return exposures.known_at_checkpoint("an-hoa", since=since, until=until, at_most=at_most)

    assert exposures.at_checkpoint("an-hoa", since=since, until=until, at_most=10) == [str(each) for each in codes]
    assert (known(1), known(10)) == ([str(codes[1])], [str(codes[1]), str(codes[2])])
    # Their phone answers after the form had come.
    proven = exposed(codes[0], origin=Origin.PROVEN, known_since=NOW)
    exposures.append([proven.model_copy(update=here)], KEPT)
    assert known(10) == [str(codes[0]), str(codes[1]), str(codes[2])]


def test_the_passes_that_crossed_at_a_checkpoint_are_found_by_the_hour(exposures: Exposures) -> None:
    codes = [Code.of(number, 0) for number in range(4)]
    at_an_hoa = {"checkpoint": "an-hoa"}
    exposures.append(
        [
            exposed(codes[0], NOW - 61 * MINUTE, kind=ExposureKind.CROSSED).model_copy(update=at_an_hoa),
            exposed(codes[1], NOW - 60 * MINUTE, kind=ExposureKind.CROSSED).model_copy(update=at_an_hoa),
            exposed(codes[2], NOW, kind=ExposureKind.CROSSED).model_copy(update={"checkpoint": "an-tinh"}),
            exposed(codes[3], NOW).model_copy(update=at_an_hoa),
        ],
        KEPT,
    )
    assert exposures.crossed_at("an-hoa", since=NOW - 60 * MINUTE, until=NOW) == {str(codes[1])}
