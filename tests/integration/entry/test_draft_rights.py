"""The conditions on the public function's role for the `drafts` table: drafts by their phone, and lists of passengers
by their id."""

import pytest

from tests.integration.conftest import Api, Clock
from tests.integration.entry.test_drafts import Citizen, confirmation, draft
from tests.integration.partitions import asked_of, may, unused
from tests.integration.partners.test_manifests import bus, confirm, passenger, sent


def test_drafts_and_seats_are_within_the_public_role(api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asked_of("drafts", monkeypatch)
    citizen = Citizen(api)
    deleted, kept = (citizen.saves(draft(clock, number, days=0))["id"] for number in (0, 1))
    assert citizen("DELETE", f"/{deleted}").status_code == 200
    assert citizen("PUT", f"/{kept}", draft(clock, 2, days=0)).status_code == 200
    for _ in range(2):
        assert citizen("POST", f"/{kept}/confirmation", confirmation(clock, 2)).status_code == 201
    manifest = sent(api, bus(clock, hours=0.5))
    assert confirm(api, manifest, 0, passenger(clock)).status_code == 201
    assert {each for each in asked if not may("public", each[0], "drafts", each[1])} == set()
    assert unused("public", asked, "drafts") == []
    for partition in ("PLATE#0", "SERVICE#0", "SEATS#0", "PERSON#0"):
        assert not may("public", "dynamodb:Query", "drafts", partition)
    assert not may("public", "dynamodb:DeleteItem", "drafts", "MANIFEST#0")
