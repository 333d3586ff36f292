"""Verifications: numbered for each phone, and answered as often as they may be, however many come at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.models.entry.codes import VERIFICATION, Code
from chalicelib.models.entry.verifications import Numbered, Verification, VerificationRecord
from chalicelib.models.people.languages import Language
from chalicelib.services.entry.ports import Verifications
from chalicelib.storage.entry import verifications as storage
from tests.tables import Database
from tests.unit.fakes import entry as fakes

NOW = datetime.now(UTC).replace(microsecond=0)
CODE = Code.of(1, VERIFICATION)
ASKED = Verification(phone="+84912345678", requested_at=NOW)


@pytest.fixture
def verifications(database: Database | None) -> Verifications:
    return fakes.Verifications() if database is None else storage.Verifications(database.entries)


def test_nothing_is_found_where_nothing_is_stored(verifications: Verifications) -> None:
    assert verifications.find(CODE) is None
    assert verifications.latest("hash") == []


def test_a_verification_is_found_by_its_code_and_listed_for_its_phone(verifications: Verifications) -> None:
    assert verifications.append("hash", 0, CODE, ASKED)
    assert verifications.find(CODE) == VerificationRecord(CODE, ASKED, tries=0)
    assert verifications.latest("hash") == [Numbered(0, NOW)]
    assert verifications.latest("other") == []


def test_the_language_of_its_message_is_kept(verifications: Verifications) -> None:
    asked = ASKED.model_copy(update={"language": Language.KM})
    assert verifications.append("hash", 0, CODE, asked)
    assert verifications.find(CODE) == VerificationRecord(CODE, asked, tries=0)


def test_the_latest_five_are_listed_the_newest_first(verifications: Verifications) -> None:
    for number in range(12):
        later = ASKED.model_copy(update={"requested_at": NOW + timedelta(minutes=number)})
        assert verifications.append("hash", number, Code.of(number, VERIFICATION), later)
    latest = verifications.latest("hash")
    assert latest == [Numbered(number, NOW + timedelta(minutes=number)) for number in (11, 10, 9, 8, 7)]


def test_a_number_that_is_taken_stores_nothing(verifications: Verifications) -> None:
    assert verifications.append("hash", 0, CODE, ASKED)
    assert not verifications.append("hash", 0, Code.of(2, VERIFICATION), ASKED)
    assert verifications.find(Code.of(2, VERIFICATION)) is None
    assert verifications.append("other", 0, Code.of(2, VERIFICATION), ASKED)


def test_each_try_has_a_number_of_its_own(verifications: Verifications) -> None:
    verifications.append("hash", 0, CODE, ASKED)
    record = verifications.find(CODE)
    assert record is not None
    assert [verifications.append_try(record, number) for number in (1, 1, 2)] == [True, False, True]
    assert verifications.find(CODE) == VerificationRecord(CODE, ASKED, tries=2)


def test_of_many_at_once_one_gets_a_number(verifications: Verifications, threads: ThreadPoolExecutor) -> None:
    def ask(number: int) -> bool:
        return verifications.append("hash", 0, Code.of(number, VERIFICATION), ASKED)

    assert sorted(threads.map(ask, range(8))) == [False] * 7 + [True]
    record = VerificationRecord(CODE, ASKED, tries=0)
    assert sorted(threads.map(lambda _: verifications.append_try(record, 1), range(8))) == [False] * 7 + [True]
