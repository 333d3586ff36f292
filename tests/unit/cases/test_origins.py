"""A form that anyone may have sent takes nothing from what is known of a person."""

from datetime import timedelta

import pytest

from chalicelib.models.cases.contacts import contacts_of
from chalicelib.models.cases.events import CaseEvent
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.tracing.exposures import Exposure, ExposureKind
from chalicelib.models.tracing.markers import SearchEvent
from tests.forms import NOW
from tests.recounts.worlds import ZONE, Run, Storage, World, random_world, seeded
from tests.unit.fakes.cases import Cases
from tests.unit.fakes.tracing import Exposures


def _exposure(person: str, plate: str, number: int, hours: int, origin: Origin = Origin.PROVEN) -> Exposure:
    return Exposure(
        kind=ExposureKind.DECLARED,
        at=NOW - timedelta(hours=hours) + timedelta(minutes=number),
        code=str(Code.of(number, 0)),
        person=person,
        plate=plate,
        commune="25480",
        origin=origin,
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_form_with_somebodys_number_and_the_plate_of_a_case_does_not_hide_their_real_pass(seed: int) -> None:
    real = _exposure("victim", "van", 4, 5)
    exposures = [
        _exposure("case", "bus", 1, 30),
        _exposure("contact", "bus", 2, 30),
        _exposure("contact", "van", 3, 5),
        real,
        _exposure("victim", "bus", 5, 30, Origin.UNPROVEN),
    ]
    case = random_world(seeded(1), NOW).case.model_copy(
        update={
            "persons": ["case"],
            "infectious_from": NOW - timedelta(days=3),
            "infectious_until": NOW,
            "opened_at": NOW,
            "hops": 2,
            "communes": False,
        }
    )
    kept, cases = Exposures(), Cases(NOW)

    def stream() -> list[CaseEvent | SearchEvent]:
        new, cases.stream = cases.stream, []
        return list(new)

    Run(World(exposures, [], case), Storage(cases, kept, kept, stream), seeded(seed)).run()
    contacts = contacts_of(case.code, cases.edges(case.code), cases.same(case.code), case.persons, ZONE)
    reasons = {each.persons[0]: {(reason.hop, reason.is_unproven) for reason in each.reasons} for each in contacts}
    assert reasons == {"contact": {(1, False)}, "victim": {(1, True), (2, False)}}
    assert next(each.code for each in contacts if each.persons[0] == "victim") == real.code
