"""The links that passengers of a bus get by message, on moto."""

import json
from typing import Any

import pytest
from chalice.test import Client

from chalicelib import settings
from chalicelib.models.people.province import Province
from tests.integration.conftest import Api, Clock
from tests.integration.partners.conftest import OTHER_KEY
from tests.integration.partners.test_manifests import bus, confirm, passenger, send
from tests.integration.partners.test_manifests import sent as stored
from tests.integration.queues import handled, taken
from tests.tables import rows

URL = "https://declare.example/tay-ninh"
Sent = list[tuple[str, str]]


class Worker:
    """The worker of the queue that has the events of manifests."""

    def __init__(self, lambdas: Client) -> None:
        self._lambdas = lambdas

    def takes(self) -> list[str]:
        return taken("declared")

    def delivers(self, *bodies: str) -> None:
        handled(self._lambdas, "notify_declared", *bodies)


@pytest.fixture(autouse=True)
def links_at_once(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage has a page to declare at, and its queue delays nothing."""
    monkeypatch.setenv("DECLARE_URL", URL)
    settings.settings.cache_clear()
    monkeypatch.setattr("chalicelib.wiring.queues.AFTER_REQUEST", 0)


@pytest.fixture
def worker(lambdas: Client) -> Worker:
    return Worker(lambdas)


def test_each_passenger_gets_the_link_of_their_seat_once(api: Api, clock: Clock, worker: Worker, sent: Sent) -> None:
    body = bus(clock, 3)
    manifest = stored(api, body)
    bodies = worker.takes()
    assert [json.loads(each) for each in bodies] == [{"kind": "manifest_kept", "subject": manifest["id"]}]
    worker.delivers(*bodies, *bodies)
    assert [phone for phone, _ in sent] == [f"+84912{500000 + number}" for number in range(3)]
    (_, text), *_ = sent
    link = f"{URL}#{manifest['id']}00{manifest['seats'][0]['secret']}"
    assert text == f"Tay Ninh: nha xe TN-0630 gui so nay. Khai trong 1 gio truoc chot: {link}"
    assert len(text) <= 160
    # The same list under another id.
    again = stored(api, body)
    assert again["id"] != manifest["id"]
    worker.delivers(*worker.takes())
    assert len(sent) == 3


def test_the_link_has_what_confirms_the_seat(api: Api, clock: Clock, worker: Worker, sent: Sent) -> None:
    stored(api, bus(clock, 2, hours=0.5))
    worker.delivers(*worker.takes())
    behind = sent[1][1].partition("#")[2]
    manifest, number, secret = behind[:16], int(behind[16:18]), behind[18:]
    assert confirm(api, {"id": manifest}, number, passenger(clock), secret).status_code == 201


def test_another_phone_on_a_seat_gets_a_message(api: Api, clock: Clock, worker: Worker, sent: Sent) -> None:
    body = bus(clock, 2)
    stored(api, body)
    worker.delivers(*worker.takes())
    body["seats"][1]["phone"] = "0987654321"
    stored(api, body)
    worker.delivers(*worker.takes())
    assert [phone for phone, _ in sent] == ["+84912500000", "+84912500001", "+84987654321"]


def test_a_request_that_is_sent_twice_asks_once(api: Api, clock: Clock, worker: Worker) -> None:
    body = bus(clock)
    for _ in range(2):
        assert send(api, body, Idempotency_Key="a-key-of-a-manifest").status_code == 201
    assert len(worker.takes()) == 1


def test_a_company_may_hand_the_links_on_by_itself(api: Api, clock: Clock, worker: Worker, sent: Sent) -> None:
    stored(api, bus(clock, notify=False))
    assert (worker.takes(), sent) == ([], [])


def test_no_link_is_sent_after_the_declaration_or_after_the_arrival(
    api: Api, clock: Clock, worker: Worker, sent: Sent
) -> None:
    manifest = stored(api, bus(clock, 2, hours=0.5))
    bodies = worker.takes()
    assert confirm(api, manifest, 0, passenger(clock)).status_code == 201
    worker.delivers(*bodies)
    assert [phone for phone, _ in sent] == ["+84912500001"]
    stored(api, bus(clock, 1, hours=0.5, service_number="TN-0700"))
    bodies = worker.takes()
    clock.advance(minutes=30)
    worker.delivers(*bodies)
    assert len(sent) == 1


def test_an_event_without_a_manifest_sends_nothing(worker: Worker, sent: Sent) -> None:
    worker.delivers(json.dumps({"kind": "manifest_kept", "subject": "0000000000000B09"}))
    assert sent == []


def test_a_phone_gets_six_links_a_day_beside_its_other_messages(
    api: Api, clock: Clock, worker: Worker, sent: Sent
) -> None:
    seats = [{**each, "phone": "0912345678"} for each in bus(clock, 8)["seats"]]
    stored(api, {**bus(clock), "seats": seats})
    worker.delivers(*worker.takes())
    assert len(sent) == Province._field_defaults["seat_links_to_a_phone"] == 6
    counts = {each["event"]["S"]: len(each["counted"]["SS"]) for each in rows("messages") if "counted" in each}
    assert counts == {f"{clock().date()}#seat_link": 6}


def test_a_partner_has_a_share_of_what_the_stage_may_spend(
    api: Api, clock: Clock, worker: Worker, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPENDING_A_DAY", str(10 * 2 * 800))  # a tenth is two texts
    settings.settings.cache_clear()
    stored(api, bus(clock, 3))
    worker.delivers(*worker.takes())
    assert len(sent) == 2
    assert send(api, bus(clock, 1, service_number="TN-0700"), OTHER_KEY).status_code == 201
    worker.delivers(*worker.takes())
    assert len(sent) == 3


@pytest.mark.parametrize(
    ("service", "shown"),
    [
        ("evil.example/x", "evilexamplex"),
        ("Tuyến Số 7", "TuyenSo7"),
        ("...", "-"),
        ("TN-0630-0630-0630", "TN-0630-0630"),
    ],
)
def test_no_company_writes_an_address_into_a_message(
    service: str, shown: str, api: Api, clock: Clock, worker: Worker, sent: Sent
) -> None:
    stored(api, bus(clock, 1, service_number=service))
    worker.delivers(*worker.takes())
    assert sent[0][1].startswith(f"Tay Ninh: nha xe {shown} gui so nay.")


@pytest.mark.parametrize(("language", "begins"), [("en", "Tay Ninh: bus TN-0630 gave"), ("km", "Tay Ninh: bus")])
def test_a_passenger_reads_it_in_their_language(
    language: str, begins: str, api: Api, clock: Clock, worker: Worker, sent: Sent
) -> None:
    seats: list[dict[str, Any]] = [{**each, "language": language} for each in bus(clock, 1)["seats"]]
    stored(api, {**bus(clock), "seats": seats})
    worker.delivers(*worker.takes())
    assert sent[0][1].startswith(begins)
