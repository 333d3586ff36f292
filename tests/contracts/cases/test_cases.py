"""Cases and what stands beside them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.models.cases.cases import CASE, Case, CaseEnd, CasePerson, ContactOf
from chalicelib.models.cases.contacts import Edge, FoundSince
from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.cases.tellings import Chosen, Telling, Told
from chalicelib.models.cases.works import OpenWork, Work, WorkKind
from chalicelib.models.entry.codes import Code
from chalicelib.models.tracing.markers import Marker
from chalicelib.services.cases import ports
from chalicelib.storage.cases import cases as storage
from tests.tables import Database
from tests.unit.fakes import cases as fakes

NOW = datetime.now(UTC).replace(microsecond=0)
"""The real time: storage leaves out what has expired."""
DAY = timedelta(days=1)
CODE = str(Code.of(1, CASE))
PERSON, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def cases(database: Database | None) -> ports.Cases:
    return fakes.Cases(NOW) if database is None else storage.Cases(database.cases, retention=180 * DAY)


def case(number: int = 1, *persons: str, opened_at: datetime = NOW) -> Case:
    return Case(
        code=str(Code.of(number, CASE)),
        person=CasePerson(full_name="Nguyễn Văn Thử"),
        persons=list(persons) or [PERSON],
        infectious_from=NOW - DAY,
        infectious_until=NOW,
        hops=2,
        communes=False,
        checkpoint_minutes=15,
        household_days=14,
        policy_version="1",
        opened_by="officer",
        opened_at=opened_at,
    )


def test_a_person_has_one_case_until_another_may_be_opened(cases: ports.Cases) -> None:
    assert cases.open(case(), NOW + DAY) is None
    assert cases.open(case(2, OTHER, PERSON), NOW + DAY) == CODE
    assert cases.find(str(Code.of(2, CASE))) is None
    assert cases.open(case(3, OTHER), NOW - DAY) is None
    assert cases.open(case(4, OTHER), NOW + DAY) is None
    found = cases.find(CODE)
    assert found is not None
    assert found == (case(), None)


def test_a_case_ends_once(cases: ports.Cases) -> None:
    cases.open(case(), NOW + DAY)
    first, second = (CaseEnd(reason=each, ended_by="officer", ended_at=NOW) for each in ("one", "another"))
    assert cases.end(case(), first) is None
    assert cases.end(case(), second) == first
    assert cases.find(CODE) == (case(), first)


def test_cases_of_a_month_are_listed_the_latest_first(cases: ports.Cases) -> None:
    month = NOW.replace(day=1, hour=12)
    for number in range(3):
        cases.open(case(number, f"{number}" * 32, opened_at=month + timedelta(minutes=number)), NOW + DAY)
    names = cases.listed(month, None, 2)
    assert [each.rpartition("#")[2] for each in names] == [str(Code.of(number, CASE)) for number in (2, 1)]
    assert [each.rpartition("#")[2] for each in cases.listed(month, names[-1], 2)] == [str(Code.of(0, CASE))]
    assert cases.listed(month - 40 * DAY, None, 2) == []


def edge(fact: str = "x", **changes: object) -> Edge:
    made = Edge(
        hop=1,
        person=OTHER,
        through=PERSON,
        kind=ContactKind.VEHICLE,
        seen_at=NOW,
        from_=NOW - DAY,
        until=NOW,
        code=str(Code.of(5, 0)),
        fact=fact,
        found_at=NOW,
    )
    return made.model_copy(update=changes)


def test_a_reason_is_stored_once(cases: ports.Cases) -> None:
    assert cases.append_edges(case(), [(edge(), True)])
    assert not cases.append_edges(case(), [(edge(found_at=NOW + DAY), True)])
    assert cases.append_edges(case(), [(edge("y"), True)])
    assert cases.append_edges(case(), [(edge(kind=ContactKind.HOST), True)])
    assert sorted(cases.edges(CODE), key=lambda each: (each.fact, each.kind)) == sorted(
        [edge(), edge("y"), edge(kind=ContactKind.HOST)], key=lambda each: (each.fact, each.kind)
    )


def test_the_earliest_search_is_the_one_that_counts(cases: ports.Cases) -> None:
    for hours in (2, 1, 3):
        cases.searched(case(), 1, PERSON, NOW + timedelta(hours=hours))
    cases.searched(case(), 2, OTHER, NOW)
    assert cases.searched_since(CODE, [PERSON, OTHER], [0, 1]) == {PERSON: NOW + timedelta(hours=1)}
    assert cases.searched_since(CODE, [PERSON, OTHER], [1, 2]).keys() == {PERSON, OTHER}


def test_since_when_a_person_is_in_hop_1_is_kept_by_any_reason_and_by_known_ones(cases: ports.Cases) -> None:
    forged = edge(until=NOW - timedelta(hours=5), is_unproven=True)
    cases.append_edges(case(), [(forged, True)])
    assert cases.found_since(CODE, [PERSON, OTHER]) == {OTHER: FoundSince(forged.reach, None)}
    assert cases.found_since(CODE, [OTHER])[OTHER].covers(edge(is_unproven=True))
    assert not cases.found_since(CODE, [OTHER])[OTHER].covers(edge())
    cases.append_edges(case(), [(forged, True), (edge("y"), False)])
    assert cases.found_since(CODE, [OTHER]) == {OTHER: FoundSince(forged.reach, NOW)}
    cases.append_edges(case(), [(edge("z", hop=2, person=PERSON), True)])
    assert cases.found_since(CODE, [PERSON]) == {}


def test_numbers_of_one_person_and_markers_are_kept(cases: ports.Cases) -> None:
    for one, other in ((PERSON, OTHER), (OTHER, PERSON)):
        cases.append_same(case(), one, other)
    assert list(cases.same(CODE)) == [(PERSON, OTHER)]
    marker = Marker(place="HOST#1", case=CODE, hop=0, person=PERSON, since=NOW, until=NOW)
    for _ in range(2):
        cases.append_marks(case(), [marker])
    assert list(cases.marks(CODE)) == [("HOST#1", marker.key)]
    cases.delete_marks(CODE, [("HOST#1", marker.key)])
    assert list(cases.marks(CODE)) == []


def test_work_is_numbered_and_moves_in_the_officers_lists(cases: ports.Cases) -> None:
    work = Work(kind=WorkKind.ASSIGNED, officer="one", due_on=date(2098, 1, 2), recorded_by="one", recorded_at=NOW)
    first, second = (OpenWork(officer, date(2098, 1, 2), CODE, OTHER) for officer in ("one", "two"))
    assert cases.append_work(case(), OTHER, 0, work, None, first)
    assert not cases.append_work(case(), OTHER, 0, work, None, second)
    assert (list(cases.open_work("one", None, 9)), list(cases.open_work("two", None, 9))) == ([first], [])
    assert cases.append_work(case(), OTHER, 1, work, first, second)
    assert (list(cases.open_work("one", None, 9)), list(cases.open_work("two", None, 9))) == ([], [second])
    assert list(cases.open_work("two", second.key, 9)) == []
    assert cases.append_work(case(), OTHER, 2, work, second, None)
    assert cases.works(CODE) == {OTHER: [work] * 3}
    assert list(cases.open_work("two", None, 9)) == []


def test_those_who_work_on_cases_are_remembered(cases: ports.Cases) -> None:
    for subject in ("two", "one", "two"):
        cases.note_officer(subject)
    assert sorted(cases.officers()) == ["one", "two"]


def test_whom_a_request_chose_is_stored_once(cases: ports.Cases) -> None:
    first, second = (
        Telling(
            wave="0" * 16,
            asked=asked,
            chosen=[Chosen(person=OTHER, subject=f"{CODE}/2021-07-22/vehicle")],
            not_reachable={},
            told_before=0,
            made_by="officer",
            made_at=NOW,
        )
        for asked in ("one", "another")
    )
    assert cases.find_telling(CODE, "0" * 16) is None
    assert cases.append_telling(case(), first) is None
    assert cases.append_telling(case(), second) == first
    assert cases.find_telling(CODE, "0" * 16) == first


def test_a_person_is_taken_by_one_wave_unless_that_one_is_replaced(cases: ports.Cases) -> None:
    first, second, third = (Told(wave=each * 16, code=CODE, at=NOW) for each in "012")
    assert cases.append_told(case(), OTHER, first, None) is None
    assert cases.append_told(case(), OTHER, second, None) == first
    assert cases.append_told(case(), OTHER, second, third) == first
    assert cases.append_told(case(), OTHER, second, first) is None
    assert cases.append_told(case(), OTHER, third, first) == second
    assert cases.told(CODE) == {OTHER: second}


def test_a_person_is_found_in_the_cases_of_which_they_were_a_contact(cases: ports.Cases) -> None:
    known = ContactOf(case=CODE, hop=1)
    cases.open(case(), NOW + DAY)
    for hop in (2, 1):
        cases.append_edges(case(), [(edge(hop=hop), True)])
    cases.searched(case(), 1, OTHER, NOW)
    assert list(cases.contact_of([OTHER], NOW)) == [known]
    assert list(cases.contact_of([OTHER], NOW - DAY)) == []
    assert list(cases.contact_of([PERSON], NOW + DAY)) == []
    cases.open(case(2, OTHER).model_copy(update={"contact_of": [known]}), NOW + DAY)
    assert cases.count_opened(NOW) == (2, 1)
    assert cases.count_opened(NOW - 40 * DAY) == (0, 0)
