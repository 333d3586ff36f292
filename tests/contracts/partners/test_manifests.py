"""Lists of passengers: kept once, found by plate and service number, with the seats that are confirmed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.partners.manifests import (
    MANIFEST,
    FoundBy,
    Manifest,
    ManifestForm,
    ManifestHashes,
    ManifestRecord,
    SeatConfirmed,
)
from chalicelib.services.partners.ports import Manifests
from chalicelib.storage.partners import manifests as storage
from tests.tables import Database
from tests.unit.fakes import partners as fakes

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
HASHES = ManifestHashes("plate", "service", [f"phone {number % 50}" for number in range(60)])


@pytest.fixture
def manifests(database: Database | None) -> Manifests:
    return fakes.Manifests() if database is None else storage.Manifests(database.drafts)


def manifest(number: int, arrival: datetime = NOW + HOUR) -> Manifest:
    seats: list[dict[str, Any]] = [
        {"seat": f"{each}", "full_name": "Trần Mẫu", "birth_year": 1990, "phone": "0912345678"} for each in range(60)
    ]
    form = ManifestForm.model_validate(
        {
            "service_number": "TN-0630",
            "plate": "70B-012.34",
            "departs_at": arrival - HOUR,
            "expected_arrival": arrival,
            "checkpoint": "an-hoa",
            "destination": {"list_version": "2021", "code": "25480"},
            "seats": seats,
        }
    )
    return Manifest(id=str(Code.of(number, MANIFEST)), form=form, partner="partner", received_at=NOW)


def test_a_manifest_is_kept_once(manifests: Manifests) -> None:
    one = manifest(1)
    assert manifests.find(one.code) is None
    assert [manifests.append(one, HASHES), manifests.append(one, HASHES)] == [True, False]
    assert manifests.find(one.code) == ManifestRecord(one, {})
    assert manifests.find(manifest(2).code) is None


def test_a_seat_is_confirmed_once(manifests: Manifests) -> None:
    one = manifest(1)
    manifests.append(one, HASHES)
    for number in (0, 59, 0):
        confirmed = SeatConfirmed(code=str(Code.of(number, 0)), confirmed_at=NOW)
        manifests.append_confirmation(one, number, confirmed)
    record = manifests.find(one.code)
    assert record is not None
    assert {number: each.code for number, each in record.confirmed.items()} == {
        0: str(Code.of(0, 0)),
        59: str(Code.of(59, 0)),
    }


def test_those_that_arrive_between_two_times_are_found(manifests: Manifests) -> None:
    for number in range(4):
        manifests.append(manifest(number, NOW + number * HOUR), HASHES)
    expected = [(NOW + number * HOUR, Code.of(number, MANIFEST)) for number in (1, 2)]
    for by, hashed in ((FoundBy.PLATE, "plate"), (FoundBy.SERVICE, "service")):
        assert manifests.arriving(by, hashed, since=NOW + HOUR, until=NOW + 2 * HOUR) == expected
        assert manifests.arriving(by, "other", since=NOW, until=NOW + 4 * HOUR) == []
