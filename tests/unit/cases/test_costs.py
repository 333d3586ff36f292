"""What a search costs does not depend on how much else is stored."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from chalicelib.models.cases.cases import Case
from chalicelib.models.cases.events import CaseEvent
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.tracing.exposures import Exposure, ExposureKind
from chalicelib.models.tracing.markers import SearchEvent
from chalicelib.models.tracing.places import places_of
from tests.forms import NOW
from tests.recounts.worlds import ZONE, Run, Storage, World, random_world, seeded
from tests.unit.fakes.cases import Cases
from tests.unit.fakes.tracing import Exposures

CONTACTS = 200


class Indexed(Exposures):
    """Exposures by place, as the real table has them. It counts calls and the rows that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.by_place: dict[str, list[Exposure]] = {}
        self.asked: Counter[str] = Counter()

    def keep(self, exposure: Exposure) -> None:
        for place in places_of(exposure, ZONE):
            self.by_place.setdefault(place, []).append(exposure)

    def exposures_at(self, place: str, since: datetime, until: datetime) -> list[Exposure]:
        found = [each for each in self.by_place.get(place, []) if since <= each.at <= until]
        self.asked.update(["exposures_at"], rows=len(found))
        return found


def searched(others: int) -> tuple[Counter[str], int]:
    """The calls of a case on four buses, among so many exposures of others; and how many contacts it has."""
    kept = Indexed()
    for bus in range(4):
        for person in range(CONTACTS // 4 + 1):
            name = "case" if person == 0 else f"{bus}-{person}"
            kept.keep(_exposure(name, f"bus {bus}", bus * 100 + person, NOW - bus * timedelta(hours=9)))
    for number in range(others):
        kept.keep(_exposure(f"other {number}", f"plate {number // 3}", 1000 + number, NOW - timedelta(hours=2)))
    cases = Cases(NOW)

    def stream() -> list[CaseEvent | SearchEvent]:
        new, cases.stream = cases.stream, []
        return list(new)

    run = Run(World([], [], _case()), Storage(cases, kept, kept, stream), seeded(1), twice=0)
    run.run()
    kept.asked["calls"] = run.calls
    return kept.asked, len({each.person for each in cases.edges(run.world.case.code)})


def _case(hops: int = 1) -> Case:
    return random_world(seeded(1), NOW).case.model_copy(
        update={
            "persons": ["case"],
            "infectious_from": NOW - timedelta(days=3),
            "infectious_until": NOW,
            "opened_at": NOW,
            "hops": hops,
            "communes": False,
            "household_days": 14,
        }
    )


def _exposure(person: str, plate: str, number: int, at: datetime) -> Exposure:
    code = str(Code.of(number, 0))
    return Exposure(kind=ExposureKind.DECLARED, at=at, code=code, person=person, plate=plate, commune="25480")


@pytest.mark.parametrize("others", [10_000])
def test_a_case_among_many_costs_what_it_finds(others: int) -> None:
    few, contacts = searched(100)
    many, same = searched(others)
    assert (contacts, same) == (CONTACTS, CONTACTS)
    assert few == many


def test_a_crowd_at_one_address_does_not_cost_its_square() -> None:
    """A hamlet with one address: all are contacts in hop 1, and so nobody in hop 2."""

    def calls(people: int) -> int:
        kept, cases = Indexed(), Cases(NOW)
        for number in range(people + 1):
            name = "case" if number == 0 else f"neighbour {number}"
            at = NOW - timedelta(hours=30) + timedelta(minutes=number)
            kept.keep(_exposure(name, f"car {number}", number, at).model_copy(update={"address": "hamlet"}))

        def stream() -> list[CaseEvent | SearchEvent]:
            new, cases.stream = cases.stream, []
            return list(new)

        run = Run(World([], [], _case(hops=2)), Storage(cases, kept, kept, stream), seeded(1), twice=0)
        run.run()
        edges = cases.edges(run.world.case.code)
        assert len(edges) == people
        return run.calls

    assert calls(80) < 2.2 * calls(40)


@pytest.mark.parametrize("origin", [None, Origin.PROVEN])
def test_riders_who_all_stood_near_a_case_do_not_cost_the_square_of_their_bus(origin: Origin | None) -> None:
    """They are contacts in hop 1 by another place than the one that they share with each other."""

    def edges(people: int) -> int:
        kept, cases = Indexed(), Cases(NOW)
        at = NOW - timedelta(hours=30)
        kept.keep(_exposure("case", "car", 0, at).model_copy(update={"address": "inn"}))
        for number in range(1, people + 1):
            rider = _exposure(f"rider {number}", "bus", number, at + timedelta(minutes=number))
            kept.keep(rider.model_copy(update={"address": "inn", "origin": origin}))

        def stream() -> list[CaseEvent | SearchEvent]:
            new, cases.stream = cases.stream, []
            return list(new)

        run = Run(World([], [], _case(hops=2)), Storage(cases, kept, kept, stream), seeded(1), twice=0)
        run.run()
        return len(cases.edges(run.world.case.code))

    assert edges(40) == 40


def test_each_of_many_late_forms_at_the_plate_of_a_case_costs_the_same() -> None:
    """Anyone may send forms that name a plate. A search of all of them for each would be a million for a thousand."""

    def calls(forms: int) -> int:
        kept, cases = Indexed(), Cases(NOW)
        kept.keep(_exposure("case", "bus", 0, NOW - timedelta(hours=1)))

        def stream() -> list[CaseEvent | SearchEvent]:
            new, cases.stream = cases.stream, []
            return list(new)

        late = [
            _exposure(f"late {number}", "bus", number + 1, NOW - timedelta(hours=1) + timedelta(seconds=number))
            for number in range(forms)
        ]
        run = Run(World([], [], _case(hops=2)), Storage(cases, kept, kept, stream), seeded(1), twice=0)
        run.run()
        for each in late:
            kept.keep(each)
            run.late([each])
        assert len({each.person for each in cases.edges(run.world.case.code)}) == forms
        return run.calls

    assert calls(80) < 2.2 * calls(40)
