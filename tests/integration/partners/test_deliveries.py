"""From what staff record to a partner's endpoint, and what the partner sees of it, on moto."""

import json
from io import StringIO
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.models.entry.codes import Code
from tests import endpoint as endpoints
from tests.endpoint import PartnerEndpoint
from tests.integration.conftest import Api, Clock
from tests.integration.partners.conftest import KEY, OTHER_KEY, Partner
from tests.integration.queues import event
from tests.integration.refused import fields_refused
from tests.tables import rows

ADMIT = {"checkpoint": "an-hoa", "decision": "isolate", "reason": "sốt cao", "temperature": 38.5}


@pytest.fixture
def used(partner: Partner, api: Api) -> str:
    """The code of a pass that was used. Its event is handled."""
    code = partner.declares()
    assert api("POST", "/v1/checkpoint/crossings", {**ADMIT, "code": code}, role="checkpoint").status_code == 201
    assert partner.handles(event("crossing_recorded", Code.parse(code))) == []
    return code


def test_a_crossing_becomes_a_webhook_that_says_nothing_about_the_person(
    partner: Partner, used: str, endpoint: PartnerEndpoint, logged: StringIO
) -> None:
    partner.works()
    (received,) = endpoint.received
    assert received.content["type"] == "pass.used"
    assert received.content["data"] == {"code": used, "state": "used"}
    line = json.loads(logged.getvalue().splitlines()[-1])
    assert (line["function"], line["Webhook_delivered"]) == ("deliver_webhooks", 1)
    for private in ("isolate", "38.5", "Thử", "912345678", "an-hoa"):
        assert private not in str(received)
        assert private not in json.dumps(rows("webhooks"))
    assert KEY not in json.dumps([rows(table) for table in ("entries", "webhooks", "reference")]) + logged.getvalue()


def test_the_partner_sees_what_became_of_its_webhooks(
    partner: Partner, used: str, endpoint: PartnerEndpoint, clock: Clock
) -> None:
    endpoint.behaviour = endpoints.answers(500)
    partner.works()
    (listed,) = partner.lists()["deliveries"]
    assert (listed["code"], listed["type"], listed["state"], listed["attempts"]) == (used, "pass.used", "pending", 1)
    assert (listed["last_attempt"]["outcome"], listed["last_attempt"]["status"]) == ("refused", 500)
    assert listed["id"] == endpoint.received[0].id
    clock.advance(hours=12)
    assert partner.lists()["deliveries"][0]["state"] == "failed"


def test_a_webhook_is_sent_again_when_the_partner_asks(
    partner: Partner, used: str, endpoint: PartnerEndpoint, clock: Clock
) -> None:
    endpoint.behaviour = endpoints.closes
    partner.works()
    clock.advance(hours=13)
    endpoint.behaviour = endpoints.answers(204)
    (failed,) = partner.lists()["deliveries"]
    answer = partner.asks("POST", f"/v1/partner/webhook-deliveries/{failed['id']}/replay")
    assert (answer.status_code, answer.json_body) == (202, failed)
    partner.works()
    assert [each.id for each in endpoint.received] == [failed["id"]] * 2
    assert partner.lists()["deliveries"][0]["state"] == "delivered"


def test_another_partner_sees_and_replays_nothing_of_it(partner: Partner, used: str) -> None:
    (listed,) = partner.lists()["deliveries"]
    assert partner.lists(key=OTHER_KEY) == {"deliveries": [], "complete": True}
    answer = partner.asks("POST", f"/v1/partner/webhook-deliveries/{listed['id']}/replay", key=OTHER_KEY)
    assert (answer.status_code, answer.json_body["code"]) == (404, "webhook_delivery_unknown")


def test_a_list_has_a_cursor_until_it_is_complete(partner: Partner, api: Api, clock: Clock) -> None:
    for _ in range(3):
        code = partner.declares()
        api("POST", "/v1/checkpoint/crossings", {**ADMIT, "code": code}, role="checkpoint")
        partner.handles(event("crossing_recorded", Code.parse(code)))
        clock.advance(seconds=1)
    first = partner.lists("?limit=2")
    assert (len(first["deliveries"]), first["complete"]) == (2, False)
    last = partner.lists(f"?limit=2&cursor={first['cursor']}")
    assert (len(last["deliveries"]), last["complete"], last.get("cursor")) == (1, True, None)
    assert len({each["id"] for each in first["deliveries"] + last["deliveries"]}) == 3


@pytest.mark.parametrize(("limit", "code"), [(0, "number_too_low"), (201, "number_too_high")])
def test_a_list_of_no_possible_length_is_refused(partner: Partner, limit: int, code: str) -> None:
    answer = partner.asks("GET", f"/v1/partner/webhook-deliveries?limit={limit}")
    assert fields_refused(answer) == [("/limit", code)]


def test_a_cursor_that_was_not_answered_is_refused(partner: Partner) -> None:
    answer = partner.asks("GET", "/v1/partner/webhook-deliveries?cursor=PARTNERS")
    assert fields_refused(answer) == [("/cursor", "cursor_unknown")]


def test_in_maintenance_nothing_is_sent_again(partner: Partner, used: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib import settings

    (listed,) = partner.lists()["deliveries"]
    monkeypatch.setenv("MAINTENANCE", "true")
    settings.settings.cache_clear()
    answer = partner.asks("POST", f"/v1/partner/webhook-deliveries/{listed['id']}/replay")
    assert answer.json_body["code"] == "maintenance"


def test_a_declaration_knows_its_partner_by_a_hash_of_the_key(partner: Partner) -> None:
    partner.declares()
    (stored,) = (json.loads(each["body"]["S"]) for each in rows("entries"))
    assert stored["partner"] == wiring.partner_of(KEY)
    assert KEY not in json.dumps(rows("entries"))


def test_one_event_that_cannot_be_read_is_not_its_neighbours_failure(
    partner: Partner, used: str, endpoint: PartnerEndpoint
) -> None:
    bad: list[Any] = [
        {"kind": "attempt_due", "subject": "no turn"},
        {"kind": "unheard_of", "subject": "x"},
        {"kind": "expiry_due", "subject": "x"},
    ]
    again = event("crossing_recorded", Code.parse(used))
    assert partner.handles(bad[0], again, *bad[1:]) == bad


def test_an_endpoint_that_keeps_silent_is_waited_for_beside_the_others(
    partner: Partner, api: Api, endpoint: PartnerEndpoint
) -> None:
    """Ten requests of a second each take little more than one."""
    from time import monotonic

    codes = [partner.declares() for _ in range(10)]
    for code in codes:
        api("POST", "/v1/checkpoint/crossings", {**ADMIT, "code": code}, role="checkpoint")
    partner.handles(*(event("crossing_recorded", Code.parse(code)) for code in codes))
    endpoint.behaviour = endpoints.waits(1.0)
    started = monotonic()
    partner.works()
    assert len(endpoint.received) == 10
    assert monotonic() - started < 6
