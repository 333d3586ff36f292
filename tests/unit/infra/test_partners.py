"""What the operator registers for a partner."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.models.partners.endpoints import Endpoint
from infra.accounts import Account, engine
from infra.errors import CannotGoOn
from infra.operation.partners import BOTH_SECRETS_FOR, Limits, Partner, _check, _named, registered, rotated

NOW = datetime(2021, 7, 22, 7, 0, tzinfo=UTC)
ENDPOINT = Endpoint(name="app", url="https://app.example/")
LOCAL = engine("http://127.0.0.1:1")
CLOUD = Account(LOCAL.session, LOCAL.region)


def test_another_url_keeps_the_secret() -> None:
    second = rotated("app", None, ENDPOINT)
    moved = registered("app", "https://new.example/", second)
    assert (moved.url, moved.version) == ("https://new.example/", 2)
    assert registered("app", "https://app.example/", None) == ENDPOINT


def test_a_rotation_keeps_the_former_secret_for_a_day_and_a_replacement_does_not() -> None:
    both = rotated("app", NOW + BOTH_SECRETS_FOR, ENDPOINT)
    assert [both.versions(at) for at in (NOW, NOW + timedelta(days=1))] == [[2, 1], [2]]
    assert rotated("app", None, both).versions(NOW) == [3]


def test_what_is_not_registered_cannot_be_rotated() -> None:
    with pytest.raises(CannotGoOn, match="has no endpoint"):
        rotated("app", None, None)


def test_who_names_an_unknown_partner_is_told_the_known_ones() -> None:
    known = [Partner(name, "plan", "key", Limits(20, 40, 20_000), None) for name in ("app", "mini-app")]
    assert _named("app", known) == known[0]
    with pytest.raises(CannotGoOn, match=r"no partner map\. Partners: app, mini-app\."):
        _named("map", known)
    with pytest.raises(CannotGoOn, match=r"no partner app\. Partners: none yet\."):
        _named("app", [])


def test_an_endpoint_on_this_machine_is_for_the_local_engine_alone() -> None:
    _check("http://127.0.0.1:8080/", LOCAL)
    _check("https://app.example/", CLOUD)
    for url in ("http://127.0.0.1:8080/", "http://app.example/", "https://app.example:8443/"):
        with pytest.raises(CannotGoOn, match="cannot be an endpoint"):
            _check(url, CLOUD)
