"""Waves: one write makes one, its facts have an order, and its progress never goes back."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.models.messaging.waves import MOST_SUBJECTS, Wave, WaveFact, WaveFactKind, WaveRecord
from chalicelib.services.messaging.ports import Waves
from chalicelib.storage.messaging import waves as storage
from tests.tables import Database
from tests.unit.fakes import waves as fakes

# Storage leaves out what has expired by the real time.
MADE = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
SUBJECTS = [f"{number:016d}" for number in range(1_203)]


@pytest.fixture
def waves(database: Database | None) -> Waves:
    return fakes.Waves() if database is None else storage.Waves(database.waves, retention=timedelta(days=30))


def wave(name: str = "a" * 16, *, made_at: datetime = MADE, number: int = len(SUBJECTS)) -> Wave:
    return Wave(
        id=name,
        kind="told",
        text="text",
        values={"checkpoint": "an-hoa"},
        number=number,
        rate=300,
        reason="why",
        made_at=made_at,
        made_by="maker",
        asked="digest",
    )


def fact(kind: WaveFactKind, **more: str) -> WaveFact:
    return WaveFact(kind=kind, reason="why", at=MADE, by="other", by_name="Người Kia", **more)


def test_a_wave_is_found_as_it_was_made_and_its_subjects_by_their_places(waves: Waves) -> None:
    assert waves.find("a" * 16) is None
    assert waves.append(wave(), SUBJECTS) is None
    assert waves.find("a" * 16) == WaveRecord(wave())
    for begins, ends in ((0, 1), (0, 500), (499, 501), (500, 1_000), (990, 1_203), (0, 1_203), (1_203, 1_203), (7, 7)):
        assert waves.subjects("a" * 16, begins, ends) == SUBJECTS[begins:ends]


def test_of_two_waves_with_one_id_the_first_one_stays(waves: Waves) -> None:
    waves.append(wave(), SUBJECTS)
    other = wave().model_copy(update={"asked": "another"})
    assert waves.append(other, SUBJECTS[:3]) == wave()
    assert waves.subjects("a" * 16, 0, 1_203) == SUBJECTS


def test_facts_are_numbered_and_each_number_is_written_once(waves: Waves) -> None:
    waves.append(wave(), SUBJECTS)
    released, paused = fact(WaveFactKind.RELEASED), fact(WaveFactKind.PAUSED)
    assert waves.append_fact(wave(), 0, released)
    assert not waves.append_fact(wave(), 0, paused)
    assert waves.append_fact(wave(), 1, paused)
    assert waves.find("a" * 16) == WaveRecord(wave(), (released, paused))


def test_a_wave_s_progress_never_goes_back(waves: Waves) -> None:
    waves.append(wave(), SUBJECTS)
    for number, expected in ((50, 50), (20, 50), (50, 50), (1_203, 1_203)):
        waves.set_handed_over("a" * 16, number)
        found = waves.find("a" * 16)
        assert found is not None
        assert found.handed_over == expected


def test_a_wave_is_taken_back_once_and_with_the_wave_that_says_so(waves: Waves) -> None:
    waves.append(wave(), SUBJECTS)
    new = wave("b" * 16, number=2).model_copy(update={"takes_back": "a" * 16})
    taken_back = fact(WaveFactKind.TAKEN_BACK, wave="b" * 16)
    assert waves.append_taking_back(wave(), 0, taken_back, new, SUBJECTS[:2])
    assert not waves.append_taking_back(wave(), 0, taken_back, wave("c" * 16), SUBJECTS)
    assert waves.find("a" * 16) == WaveRecord(wave(), (taken_back,))
    assert waves.find("b" * 16) == WaveRecord(new)
    assert waves.find("c" * 16) is None


def test_waves_are_listed_the_latest_first_over_months(waves: Waves) -> None:
    for number in range(4):
        name, made_at = f"{number:016x}", MADE - timedelta(days=9 * number)
        waves.append(wave(name, made_at=made_at, number=1), SUBJECTS[:1])
    assert waves.made_since(MADE - timedelta(days=28)) == [f"{number:016x}" for number in range(4)]
    assert waves.made_since(MADE - timedelta(days=10)) == [f"{number:016x}" for number in range(2)]


def test_the_largest_wave_is_stored_in_one_write(waves: Waves) -> None:
    subjects = [f"{number:016d}" for number in range(MOST_SUBJECTS)]
    waves.append(wave(number=MOST_SUBJECTS), subjects[:1])
    new = wave("b" * 16, number=MOST_SUBJECTS)
    assert waves.append_taking_back(wave(), 0, fact(WaveFactKind.TAKEN_BACK, wave="b" * 16), new, subjects)
    assert waves.subjects("b" * 16, 0, MOST_SUBJECTS) == subjects
