"""Manifests: secrets of seats, and the bus that a guard means."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.models.partners.manifests import FoundBy, Manifest, ManifestForm, SeatForm
from chalicelib.services.partners.manifests import (
    ManifestDesk,
    confirm_seat,
    keep_manifest,
    manifest_of_bus,
    secret_for,
)
from tests.forms import HEALTHY, NOW
from tests.unit.fakes.partners import Manifests
from tests.unit.world import World


@pytest.fixture
def desk(world: World) -> ManifestDesk:
    return ManifestDesk(world.office(), Manifests(), lambda _: None)


def kept(desk: ManifestDesk, arrival: datetime = NOW + timedelta(minutes=30), key: str = "key") -> Manifest:
    seats = [
        {"seat": f"{number}A", "full_name": "Trần Thị Mẫu", "birth_year": 1990, "phone": f"091234567{number}"}
        for number in range(2)
    ]
    body = {
        "service_number": "TN-0630",
        "plate": "70B-012.34",
        "departs_at": (arrival - timedelta(hours=2)).isoformat(),
        "expected_arrival": arrival.isoformat(),
        "checkpoint": "an-hoa",
        "destination": {"list_version": "2021", "code": "25480"},
        "seats": seats,
    }
    form = ManifestForm.model_validate_json(json.dumps(body))
    return keep_manifest(form, partner="partner", idempotency_key=key, desk=desk).manifest


def passenger(**changes: Any) -> SeatForm:
    body = {
        "gender": "female",
        "nationality": "VN",
        "identity": {"kind": "cccd", "number": "072190000001"},
        "health": HEALTHY,
        "origin": {"unit": {"list_version": "2021", "code": "79"}},
        "address": "Tổ 3",
        "purpose": "work",
        "consent": {"accepted": True, "messages": True, "text_version": "2026-12"},
        **changes,
    }
    return SeatForm.model_validate_json(json.dumps(body))


def test_each_seat_has_a_secret_of_its_own(world: World, desk: ManifestDesk) -> None:
    one, other = kept(desk), kept(desk, key="other")
    secrets = {secret_for(each.id, number, world.keyed_hash) for each in (one, other) for number in range(60)}
    assert len(secrets) == 120


def test_a_passenger_declares_for_nobody_else(world: World, desk: ManifestDesk) -> None:
    manifest = kept(desk)
    for number in (0, 1):
        secret = secret_for(manifest.id, number, world.keyed_hash)
        declared = confirm_seat(manifest.id, str(number), secret.lower(), passenger(), desk=desk)
        form = declared.declaration.form
        assert (form.traveller.phone, form.companions) == (f"+8491234567{number}", [])
        assert (form.trip.transport.seat, form.trip.transport.service_number) == (f"{number}A", "TN-0630")
        assert (declared.declaration.origin, declared.declaration.partner) == ("partner", "partner")
    assert len(world.entries.declarations) == 2


def test_a_confirmation_that_was_interrupted_is_finished(world: World, desk: ManifestDesk) -> None:
    """The declaration was stored, and that the seat is confirmed was not."""
    manifest, manifests = kept(desk), desk.manifests
    assert isinstance(manifests, Manifests)
    secret = secret_for(manifest.id, 0, world.keyed_hash)
    first = confirm_seat(manifest.id, "0", secret, passenger(), desk=desk)
    manifests.confirmed.clear()
    again = confirm_seat(manifest.id, "0", secret, passenger(), desk=desk)
    assert (again.code, again.repeated) == (first.code, True)
    assert manifests.confirmed[manifest.code][0].code == str(first.code)


def test_of_several_trips_the_one_expected_nearest_to_now_is_meant(world: World, desk: ManifestDesk) -> None:
    def found(by: FoundBy, text: str) -> str | None:
        record = manifest_of_bus(by, text, manifests=desk.manifests, keyed_hash=world.keyed_hash, clock=world.clock)
        return record.manifest.id if record else None

    assert found(FoundBy.PLATE, "70B01234") is None
    ids = [kept(desk, NOW + timedelta(hours=hours), f"{hours}").id for hours in (1, 9, 30)]
    assert found(FoundBy.PLATE, "70B01234") == found(FoundBy.SERVICE, "tn 0630") == ids[0]
    world.clock.advance(hours=6)
    assert found(FoundBy.PLATE, "70B01234") == ids[1]
    world.clock.advance(hours=27)
    assert found(FoundBy.PLATE, "70B01234") == ids[2]
    world.clock.advance(hours=22)
    assert found(FoundBy.PLATE, "70B01234") is None
