"""Endpoints: which URLs they may have, and how requests to them are signed."""

from datetime import timedelta

import pytest

from chalicelib.models.partners.endpoints import Endpoint, Reliability, problem_of, secret_text, signed_headers
from tests.forms import NOW
from tests.unit.partners.partnership import PARTNER, Partnership


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of its libraries (https://github.com/standard-webhooks/standard-webhooks)."""
    from base64 import b64decode
    from datetime import UTC, datetime

    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', [secret])
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert secret_text(secret) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_after_a_rotation_both_secrets_sign_for_a_while_and_then_the_new_one_alone(partnership: Partnership) -> None:
    rotated = Endpoint(name="app", url="https://app.example/", version=2, former_until=NOW + timedelta(days=1))
    assert rotated.versions(NOW) == [2, 1]
    assert rotated.versions(NOW + timedelta(days=1)) == [2]
    partnership.endpoints[PARTNER] = rotated
    (code,) = partnership.declares()
    partnership.is_used(code)
    partnership.works(until=timedelta(minutes=1))
    ((_, headers, _),) = partnership.requests.sent
    assert len(headers["webhook-signature"].split()) == 2


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://app.example/webhooks?a=b", None),
        ("https://app.example:443", None),
        ("http://app.example/", "it must begin with https://"),
        ("app.example", "it must begin with https://"),
        ("https://", "it has no host"),
        ("https://app.example:8443/", "it must use port 443"),
        ("https://app.example:x/", "its port is none"),
        ("https://me:secret@app.example/", "it must not have a user name or a password"),
        ("https://app.example/#top", "it must not have a fragment"),
        ("https://app.example/a b", "it must be a URL of at most 500 ASCII characters"),
        ("https://app.example/\n", "it must be a URL of at most 500 ASCII characters"),
        ("https://ứng-dụng.example/", "it must be a URL of at most 500 ASCII characters"),
        ("https://app.example/" + "x" * 500, "it must be a URL of at most 500 ASCII characters"),
    ],
)
def test_an_endpoint_has_a_plain_https_url(url: str, problem: str | None) -> None:
    assert problem_of(url) == problem


def test_on_the_local_engine_it_may_be_on_this_machine() -> None:
    assert problem_of("http://127.0.0.1:8080/webhooks", on_this_machine=True) is None
    assert problem_of("ftp://127.0.0.1/", on_this_machine=True) is not None


def test_pauses_begin_with_the_fifth_miss_and_are_a_quarter_of_an_hour_at_most() -> None:
    reliability, pauses = Reliability(), []
    for _ in range(12):
        reliability = reliability.after_miss(NOW)
        pauses.append(reliability.paused_until and (reliability.paused_until - NOW).total_seconds() / 60)
    assert pauses == [None] * 4 + [1, 2, 4, 8, 15, 15, 15, 15]
