"""A permit's holder who was isolated at a gate is in the list of a commune."""

import json
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.links import LinkKind
from chalicelib.services.entry.links import secret_for
from chalicelib.wiring import keyed_hash
from tests.integration.conftest import Api, Clock
from tests.integration.permits.conftest import Desk
from tests.integration.permits.test_corrections import corrects
from tests.integration.queues import handled
from tests.integration.stays.conftest import COMMUNE, OFFICER, Commune


class Driver:
    """A permit's holder, and the worker that follows their crossings."""

    def __init__(self, desk: Desk, lambdas: Any) -> None:
        self._desk, self._lambdas, self.code = desk, lambdas, desk.granted()

    def crosses(self, **changes: Any) -> Any:
        answer = self._desk.crosses(self.code, **changes)
        assert answer.status_code == 201, answer.body
        self.watched()
        return answer.json_body

    def isolated(self) -> Any:
        return self.crosses(decision="isolate", well=False, reason="sốt")

    def corrected(self, crossing: Any, **body: Any) -> None:
        assert corrects(self._desk, crossing, **body).status_code == 201
        self.watched()

    def watched(self) -> None:
        event = {"kind": "permit_stay", "subject": f"{Code.parse(self.code)}.2021-07-22T07:00Z#in"}
        for _ in range(2):  # the same event again changes nothing
            handled(self._lambdas, "watch", json.dumps(event))


@pytest.fixture
def commune(api: Api) -> Commune:
    return Commune(api, COMMUNE, OFFICER)


@pytest.fixture
def driver(desk: Desk, lambdas: Any) -> Driver:
    return Driver(desk, lambdas)


def kinds(commune: Commune, driver: Driver) -> list[str]:
    return [each["kind"] for each in commune.sees(driver.code).json_body["changes"]]


def test_an_isolated_driver_is_on_the_communes_list_until_they_leave(
    driver: Driver, commune: Commune, clock: Clock
) -> None:
    driver.crosses()
    assert commune.codes() == []
    clock.advance(minutes=2)
    driver.isolated()
    (listed,) = commune.lists()["stays"]
    assert (listed["code"], listed["place"], listed["day"], listed["days"]) == (driver.code, "facility", 1, 14)
    assert (listed["person"]["full_name"], listed["person"]["host"]) == ("Trần Văn Mẫu", "Công ty Vận tải Ví Dụ")
    clock.advance(days=3)
    driver.crosses(direction="out", well=None)
    assert commune.codes() == []
    assert kinds(commune, driver) == ["left"]


def test_a_correction_ends_the_stay_and_another_one_brings_it_back(
    driver: Driver, commune: Commune, clock: Clock
) -> None:
    crossing = driver.isolated()
    clock.advance(minutes=5)
    driver.corrected(crossing, decision="admit", reason="bấm nhầm")
    assert commune.codes() == []
    driver.corrected(crossing, decision="isolate", reason="đúng là sốt")
    assert commune.codes() == [driver.code]
    assert kinds(commune, driver) == ["ended", "taken_back"]


def test_a_holder_who_is_isolated_again_is_on_the_list_again(driver: Driver, commune: Commune, clock: Clock) -> None:
    driver.isolated()
    ended = commune.sends(driver.code, "changes", kind="ended", reason="âm tính")
    assert ended.status_code == 201, ended.body
    driver.watched()
    assert commune.codes() == []
    clock.advance(days=5)
    driver.isolated()
    (listed,) = commune.lists()["stays"]
    assert listed["days"] == 19
    assert kinds(commune, driver) == ["ended", "taken_back", "longer"]
    assert commune.sends(driver.code, "changes", kind="ended", reason="âm tính").status_code == 201
    driver.watched()
    assert commune.codes() == []


def test_the_asker_of_a_permit_does_not_open_the_holders_stay(
    driver: Driver, commune: Commune, desk: Desk, api: Api, clock: Clock
) -> None:
    """The employer has the secret of `holder`, and the holder also that of the message."""
    driver.isolated()
    path, employers = f"/v1/passes/{driver.code}", desk.sees(driver.code)["holder"]["secret"]
    holders = secret_for(LinkKind.TEXT, Code.parse(driver.code), keyed_hash())
    report = {"day": f"{clock():%Y-%m-%d}", "symptoms": ["fever"], "temperature": 38.5}
    for answer in (
        api("GET", f"{path}/stay", X_Pass_Secret=employers),
        api("POST", f"{path}/health-reports", report, X_Pass_Secret=employers),
    ):
        assert (answer.status_code, answer.json_body["code"]) == (403, "pass_secret_wrong")
    assert api("POST", f"{path}/health-reports", report, X_Pass_Secret=holders).status_code == 201
    (reported,) = api("GET", f"{path}/stay", X_Pass_Secret=holders).json_body["reports"]
    assert reported["symptoms"] == ["fever"]


def test_a_departure_that_the_commune_takes_back_is_not_repeated(
    driver: Driver, commune: Commune, clock: Clock
) -> None:
    driver.isolated()
    clock.advance(minutes=5)
    driver.crosses(direction="out", well=None)
    assert commune.sends(driver.code, "changes", kind="taken_back", reason="vẫn ở đây").status_code == 201
    driver.watched()
    assert commune.codes() == [driver.code]
