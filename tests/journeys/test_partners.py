"""A partner app declares for travellers and learns what became of their passes, on the packaged functions."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest

from infra.local.stack import Stack
from tests import endpoint as endpoints
from tests.journeys.actors import Guard, HealthOfficer, Partner, Traveller, Witness
from tests.journeys.faulty_aws import environment

_numbers = iter(range(9100, 9200))


@pytest.fixture(scope="module")
def partner(stack: Stack) -> Iterator[Partner]:
    with endpoints.serving() as endpoint:
        partner = Partner(stack, endpoint, "bus-company")
        yield partner
        partner.operator("remove", "--yes")


@pytest.fixture(autouse=True)
def _working(partner: Partner) -> None:
    partner.endpoint.behaviour = endpoints.answers(204)


def test_a_partner_learns_that_its_pass_was_used_from_us_and_nothing_else(stack: Stack, partner: Partner) -> None:
    own, daughter = partner.declares(companions=1)
    assert Guard(stack).records(own, decision="refuse", reason="khó thở")[0] == 201
    Witness(stack).waits_until(lambda: partner.endpoint.of(own), "the webhook")
    received = partner.endpoint.of(own)
    assert {each.content["type"] for each in received} == {"pass.used"}
    assert len({each.id for each in received}) == 1
    assert all(partner.verifies(each, partner.secret) for each in received)
    assert received[0].content["data"] == {"code": own, "state": "used"}
    assert partner.endpoint.of(daughter) == []


def test_a_partner_learns_that_its_pass_was_revoked(stack: Stack, partner: Partner) -> None:
    (code,) = partner.declares()
    HealthOfficer(stack).revokes(code, "dương tính")
    Witness(stack).waits_until(lambda: partner.endpoint.of(code), "the webhook")
    assert partner.endpoint.of(code)[0].content["data"] == {"code": code, "state": "revoked"}


def test_what_the_public_declares_is_no_partners_business(stack: Stack, partner: Partner) -> None:
    code = Traveller(stack, next(_numbers)).declares()["passes"][0]["code"]
    (own,) = partner.declares()
    for each in (code, own):
        assert Guard(stack).records(each)[0] == 201
    Witness(stack).waits_until(lambda: partner.endpoint.of(own), "the webhook")
    Witness(stack).waits_until(lambda: not Witness(stack).waiting("WebhooksQueue"), "no event waits")
    assert partner.endpoint.of(code) == []


@pytest.mark.parametrize("fault", [endpoints.answers(500), endpoints.closes, endpoints.redirects("http://127.0.0.1/")])
def test_while_the_endpoint_is_down_nothing_is_lost(stack: Stack, partner: Partner, fault: endpoints.Behaviour) -> None:
    partner.endpoint.behaviour = fault
    (code,) = partner.declares()
    assert Guard(stack).records(code)[0] == 201
    witness = Witness(stack)
    witness.waits_until(lambda: partner.sees(code).get("attempts"), "the first attempt")
    assert partner.sees(code)["state"] == "pending"
    partner.endpoint.behaviour = endpoints.answers(204)
    witness.waits_until(lambda: partner.sees(code)["state"] == "delivered", "the second attempt")
    received = partner.endpoint.of(code)
    assert len(received) >= 2
    assert len({(each.id, each.body) for each in received}) == 1
    assert all(partner.verifies(each, partner.secret) for each in received)


def test_a_partner_has_a_webhook_sent_again(stack: Stack, partner: Partner) -> None:
    (code,) = partner.declares()
    assert Guard(stack).records(code)[0] == 201
    witness = Witness(stack)
    witness.waits_until(lambda: partner.sees(code).get("state") == "delivered", "the webhook")
    before = len(partner.endpoint.of(code))
    delivery = partner.sees(code)["id"]
    assert partner.replays(delivery) == 202
    witness.waits_until(lambda: len(partner.endpoint.of(code)) > before, "the webhook again")
    assert {each.id for each in partner.endpoint.of(code)} == {delivery}
    assert partner.replays("evt_" + "0" * 32) == 404


def test_after_a_rotation_both_secrets_hold_and_after_a_replacement_the_new_one_alone(
    stack: Stack, partner: Partner
) -> None:
    secrets = [partner.secret]
    holding = []
    for change in ("--rotate", "--replace"):
        secrets += re.findall(r"^    (\S+)$", partner.operator("webhook", change, "--yes"), re.MULTILINE)
        (code,) = partner.declares()
        assert Guard(stack).records(code)[0] == 201
        Witness(stack).waits_until(partial(partner.endpoint.of, code), "the webhook")
        received = partner.endpoint.of(code)[0]
        holding.append([partner.verifies(received, secret) for secret in secrets])
    assert holding == [[True, True], [False, False, True]]
    listed = partner.operator("list")
    assert partner.endpoint.url in listed
    assert not any(secret in listed for secret in (partner.key, *secrets))
    partner.secret = secrets[-1]


def test_a_partner_learns_that_nobody_used_a_pass_when_its_hour_is_over(stack: Stack, partner: Partner) -> None:
    with environment(stack, "APIHandler", PASS_LIFETIME_SECONDS="60"):
        codes = partner.declares(companions=1, expected_arrival=datetime.now(UTC).isoformat())
    Guard(stack).records(codes[0])
    witness = Witness(stack)
    witness.waits_until(lambda: partner.endpoint.of(codes[1]), "the end of the hour", patience=150)
    assert [each.content["type"] for each in partner.endpoint.of(codes[1])][:1] == ["pass.expired"]
    assert {each.content["type"] for each in partner.endpoint.of(codes[0])} == {"pass.used"}
    witness.waits_until(lambda: not witness.waiting("WebhooksQueue"), "no event waits")
    assert witness.waiting("WebhooksDeadLetters") == 0
